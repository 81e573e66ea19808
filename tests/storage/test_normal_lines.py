"""What green runs said, kept within bounds."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import normal_lines
from storage.database import Database
from storage.normal_lines import RUNS_KEPT, last_learned, learned, save
from tests.storage.rows import seed


async def test_the_newest_runs_of_a_job_are_kept(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        for run_id in range(100, 106):
            await save(connection, 11, 5, "test", run_id, str(run_id).encode())
        await save(connection, 11, 5, "test", 105, b"again")
        found = await learned(connection, 11, 5, "test")
        cursor = await connection.execute("SELECT count(*) FROM normal_lines")
        assert await cursor.fetchone() == (RUNS_KEPT,)
    assert [(row.run_id, row.lines) for row in found] == [(105, b"again"), (104, b"104"), (103, b"103")]


async def test_each_job_is_learned_by_itself(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save(connection, 11, 5, "test", 100, b"x")
        last = await last_learned(connection, 11, 5, ["test", "lint"])
        assert set(last) == {"test"}
        assert datetime.now(UTC) - last["test"] < timedelta(minutes=1)
        assert await learned(connection, 11, 5, "lint") == ()
        assert await learned(connection, 11, 6, "test") == ()


async def test_a_repository_keeps_no_more_rows_than_the_cap(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal_lines, "ROWS_KEPT", 4)
    for number in range(7):
        async with database.transaction() as connection:
            await seed(connection)
            await save(connection, 11, 5, f"job {number}", 100, b"x")
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT job FROM normal_lines ORDER BY job")
        assert [row[0] for row in await cursor.fetchall()] == ["job 3", "job 4", "job 5", "job 6"]
