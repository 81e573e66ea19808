import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from analysis.diagnosis import Category
from storage import analytics, patterns, waits
from storage.database import Connection, Database, open_database
from storage.failures import judge_again, save_failures
from storage.fixes import FixState, move, propose
from storage.patterns import PatternRow, Trend
from storage.runs import save_run
from tests.storage import recount
from tests.storage.histories import HISTORIES, REPOSITORIES, TODAY, History, begin, play
from tests.storage.rows import FAILURE, RUN, another_fix, seed

EXAMPLES = 30 if "CI_FIXER_SOAK" not in os.environ else 3000
# Each step is a statement or two: to make a counterexample smaller would take minutes.
HELD = settings(
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = NOON.date()
SPANS = [(TODAY.date() - timedelta(days=70), TODAY.date() + timedelta(days=700)), (date(2026, 5, 1), date(2026, 5, 31))]
# Of whole months, of parts of one, of a month and its neighbours' days, and of none.
MONTHS = [
    *SPANS,
    (date(2026, 5, 3), date(2026, 5, 28)),
    (date(2026, 4, 20), date(2026, 6, 2)),
    (date(2026, 5, 2), date(2026, 6, 3)),
]
SCOPES = [sorted(REPOSITORIES), [11, 21], [12], []]


@settings(HELD, max_examples=EXAMPLES)
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


@settings(HELD, max_examples=max(8, EXAMPLES // 8))
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
        for span in MONTHS:
            assert await analytics.overview(connection, ids, *span) == recount.overview(rows, ids, *span)
        for span in SPANS:
            assert await analytics.effectiveness(connection, ids, *span) == recount.effectiveness(rows, ids, *span)
        assert await analytics.daily(connection, ids, *SPANS[1]) == recount.daily(rows, ids, *SPANS[1])


async def patterns_are_exact(connection: Connection, rows: recount.Rows, today: date, but: Sequence[str] = ()) -> None:
    for ids in SCOPES:
        expected = recount.patterns(rows, ids, today)
        found = await pages(connection, ids, today)
        for ours, theirs in zip(found, expected, strict=True):
            assert plain(ours, but) == plain(theirs, but)
        for span in MONTHS:
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
    found = await waits.time_to_green(connection, ids, *span)
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


async def test_a_pattern_and_a_wait_are_told_of(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=101, run_started_at=NOON))
        await save_failures(connection, [replace(FAILURE, run_id=101)])
        later = replace(RUN, run_id=102, run_started_at=NOON + timedelta(minutes=90), conclusion="success")
        await save_run(connection, later)
        await analytics.fold(connection, DAY)
        (row,) = await patterns.patterns_page(connection, [11], 10, today=DAY)
        assert (row.occurrences, row.green_mean_seconds, row.trend) == (1, 5400, Trend.NEW)
        (one,) = await patterns.pattern(connection, [11], "ruff:1234", DAY)
        assert one.green_median_seconds == pytest.approx(5400, rel=0.1)
        assert await patterns.pattern(connection, [12], "ruff:1234", DAY) == ()
        (summary,) = await analytics.repository_summary(connection, [11], DAY, DAY)
        assert (summary.name, summary.runs, summary.runs_failed, summary.failures) == ("shop", 2, 1, 1)
        assert summary.time_to_green.mean_seconds == 5400
        assert summary.top_fingerprints == ("ruff:1234",)


async def test_a_failure_of_an_old_run_is_counted_on_the_day_that_it_ran(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=101, run_started_at=NOON))
        (saved,) = await save_failures(connection, [replace(FAILURE, run_id=101)])
    assert saved.day == DAY


async def test_many_writers_and_folds_at_once_lose_nothing_and_wait_for_none(database_url: str) -> None:
    async with open_database(database_url, most=10) as database:
        async with database.transaction() as connection:
            await seed(connection)

        async def write(number: int) -> None:
            for turn in range(6):
                async with database.transaction() as connection:
                    # The same days, verdicts and patterns for all, each in an order of its own.
                    run_id = 1000 + number * 10 + turn
                    await save_run(connection, replace(RUN, run_id=run_id, run_started_at=NOON))
                    new = [replace(FAILURE, run_id=run_id, fingerprint=f"ruff:{name}") for name in (number, turn)]
                    for failure in await save_failures(connection, new):
                        await judge_again(connection, failure.failure_id, "flaky", "", "[]", frozenset())
                    fix = await propose(connection, replace(another_fix(number), run_id=run_id))
                    await move(connection, fix.fix_id, to=FixState.REJECTED, actor="mona")

        async def fold() -> None:
            for _ in range(12):
                async with database.connection() as connection:
                    await analytics.fold(connection, DAY)

        await asyncio.gather(*map(write, range(4)), fold(), fold())
        async with database.connection() as connection:
            await analytics.fold(connection, DAY)
            rows = await recount.rows_of(connection)
            found = await analytics.overview(connection, [11], DAY, DAY)
            assert found == recount.overview(rows, [11], DAY, DAY)
            assert found.runs == 24
            listed = await pages(connection, [11], DAY)
            assert [plain(row, ()) for row in listed] == [plain(row, ()) for row in recount.patterns(rows, [11], DAY)]


async def test_of_two_folds_at_once_one_leaves_it_to_the_other(database: Database) -> None:
    async with database.transaction() as first:
        assert await analytics.fold(first, DAY)
        async with database.connection() as second:
            assert not await analytics.fold(second, DAY)


def test_the_categories_counted_are_those_of_the_analysis() -> None:
    assert tuple(Category) == analytics.CATEGORIES
