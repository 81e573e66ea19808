from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import analytics, patterns
from storage.database import Database
from storage.failures import save_failures
from storage.runs import save_run
from tests.storage.rows import FAILURE, RUN, seed

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = NOON.date()


async def test_counts_are_exact_before_and_after_the_fold(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=101, run_started_at=NOON))
        await save_failures(connection, [replace(FAILURE, run_id=101)])
    async with database.connection() as connection:
        before = await analytics.overview(connection, [11], DAY, DAY)
        assert (before.runs_failed, before.failures, before.by_category["lint"]) == (1, 1, 1)
        assert await analytics.fold(connection, DAY)
        assert await analytics.overview(connection, [11], DAY, DAY) == before
        later = replace(RUN, run_id=102, run_started_at=NOON + timedelta(minutes=90), conclusion="success")
        await save_run(connection, later)
        await analytics.fold(connection, DAY)
        assert (await analytics.time_to_green(connection, [11], DAY, DAY)).mean_seconds == 5400
        (row,) = await patterns.patterns_page(connection, [11], 10, today=DAY)
        assert (row.occurrences, row.green_mean_seconds, row.trend) == (1, 5400, "new")
        assert await patterns.patterns_page(connection, [11], 10, row.key, today=DAY) == ()
        (one,) = await patterns.pattern(connection, [11], "ruff:1234", DAY)
        assert replace(one, green_median_seconds=None) == row
        assert one.green_median_seconds is not None
