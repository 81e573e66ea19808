import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
from hypothesis import HealthCheck, given, settings

from storage import analytics, patterns
from storage.database import Connection, Database
from storage.patterns import PatternRow, Trend
from tests.storage import recount
from tests.storage.histories import HISTORIES, REPOSITORIES, TODAY, History, begin, play

EXAMPLES = 50 if "CI_FIXER_SOAK" not in os.environ else 3000
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = NOON.date()
SPANS = [(TODAY.date() - timedelta(days=70), TODAY.date() + timedelta(days=700)), (date(2026, 5, 1), date(2026, 5, 31))]
SCOPES = [sorted(REPOSITORIES), [11, 21], [12], []]


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=HISTORIES)
async def test_analytics_are_what_a_recount_of_all_rows_gives(database: Database, history: History) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await begin(connection)
        await play(connection, history)
        rows = await recount.rows_of(connection)
        await counts_are_exact(connection, rows)
        # Whatever was folded before on this day was marked since, where it changed; only time itself marks nothing.
        assert await analytics.fold(connection, TODAY.date())
        await patterns_are_exact(connection, rows, TODAY.date(), ("green_since", "trend"))
        assert await analytics.fold(connection, TODAY.date() + timedelta(days=1))
        await counts_are_exact(connection, rows)
        await patterns_are_exact(connection, rows, TODAY.date() + timedelta(days=1))


@settings(
    max_examples=max(8, EXAMPLES // 8),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORIES)
async def test_rows_from_before_are_counted_as_if_they_had_just_come(database: Database, history: History) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await begin(connection)
        await play(connection, history)
        await connection.execute("SELECT analytics_rebuild(%s)", (TODAY.date(),))
        rows = await recount.rows_of(connection)
        await counts_are_exact(connection, rows)
        await patterns_are_exact(connection, rows, TODAY.date())


async def counts_are_exact(connection: Connection, rows: recount.Rows) -> None:
    for ids in SCOPES:
        for span in SPANS:
            assert await analytics.overview(connection, ids, *span) == recount.overview(rows, ids, *span)
            assert await analytics.effectiveness(connection, ids, *span) == recount.effectiveness(rows, ids, *span)
        assert await analytics.daily(connection, ids, *SPANS[1]) == recount.daily(rows, ids, *SPANS[1])


async def patterns_are_exact(connection: Connection, rows: recount.Rows, today: date, but: Sequence[str] = ()) -> None:
    for ids in SCOPES:
        expected = recount.patterns(rows, ids, today)
        found = await pages(connection, ids, today)
        for ours, theirs in zip(found, expected, strict=True):
            assert plain(ours, but) == plain(theirs, but)
        for span in SPANS:
            await waits_are_exact(connection, rows, ids, span)
        if not but:
            for trend in Trend:
                listed = await patterns.patterns_page(connection, ids, 99, trend=trend, today=today)
                assert [row.key for row in listed] == [row.key for row in expected if row.trend is trend]
            since = datetime.combine(today - timedelta(days=14), datetime.min.time(), UTC)
            listed = await patterns.patterns_page(connection, ids, 99, since=since, category="lint", today=today)
            assert [row.key for row in listed] == [
                row.key for row in expected if row.last_seen >= since and row.category == "lint"
            ]


async def waits_are_exact(
    connection: Connection, rows: recount.Rows, ids: Sequence[int], span: tuple[date, date]
) -> None:
    expected = recount.waits(rows, ids, *span)
    found = await analytics.time_to_green(connection, ids, *span)
    assert found.n == len(expected)
    if expected:
        assert found.mean_seconds == pytest.approx(sum(expected) / len(expected))
        assert found.median_seconds == pytest.approx(median_low(expected), rel=0.1)


async def pages(connection: Connection, ids: Sequence[int], today: date) -> list[PatternRow]:
    """All of them, two a page."""
    found = list(await patterns.patterns_page(connection, ids, 2, today=today))
    while more := await patterns.patterns_page(connection, ids, 2, found[-1].key if found else None, today=today):
        if not found:
            break
        found += more
    return found


def plain(row: PatternRow, but: Sequence[str]) -> dict[str, object]:
    """What is compared; means are of whole seconds and are near enough at a millionth."""
    left_out = {"computed_at", "green_median_seconds", *but}
    values = {name: getattr(row, name) for name in PatternRow.__slots__ if name not in left_out}
    mean = values["green_mean_seconds"]
    return {**values, "green_mean_seconds": None if mean is None else round(mean, 6)}
