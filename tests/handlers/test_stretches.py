"""Which times a backfill has still to do: those that no stretch of an earlier one holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.tasks.backfill import gaps
from storage.backfills import BackfillRow

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 40)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def row(number: int, since: int, until: int) -> BackfillRow:
    return BackfillRow(number, 1, at(since), at(until), at(until + 1), None, None, None, 0, 0, 0, 0, START)


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=4), MOMENTS, MOMENTS)
def test_every_second_is_in_one_stretch_and_in_one_only(asked: list[tuple[int, int]], since: int, until: int) -> None:
    known: list[BackfillRow] = []
    held: set[int] = set()
    for first, last in [*((min(one), max(one)) for one in asked), (min(since, until), max(since, until))]:
        made = gaps(known, at(first), at(last))
        seconds = [
            second for start, end in made for second in range((start - START).seconds, (end - START).seconds + 1)
        ]
        assert sorted(seconds) == sorted(set(range(first, last + 1)) - held)
        held |= set(seconds)
        new = [row(len(known), (start - START).seconds, (end - START).seconds) for start, end in made]
        known = sorted([*known, *new], key=lambda one: one.since)
