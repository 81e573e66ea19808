import asyncio

import psycopg
import pytest

from storage.database import Database, open_database
from storage.errors import DatabaseUnavailable, MigrationError
from storage.migrate import migrate, shipped

PRODUCT_TABLES = {
    "workflow_failures", "suggested_fixes", "repositories", "analytics_patterns", "human_approvals", "deliveries",
    "installations", "workflow_runs", "fingerprints", "plan_runs", "plan_steps", "clarifications", "fix_events",
    "api_tokens", "analyses", "fix_failures", "command_receipts", "procrastinate_jobs",
}  # fmt: skip


async def test_a_new_database_gets_every_table_once(empty_database_url: str) -> None:
    first = await migrate(empty_database_url)
    second = await migrate(empty_database_url)
    assert first.applied == tuple(shipped())
    assert second.applied == ()
    async with open_database(empty_database_url) as database, database.connection() as connection:
        cursor = await connection.execute("SELECT table_name FROM information_schema.tables")
        assert {row[0] for row in await cursor.fetchall()} >= PRODUCT_TABLES


async def test_of_many_processes_that_migrate_at_once_one_does_it(empty_database_url: str) -> None:
    results = await asyncio.gather(*(migrate(empty_database_url) for _ in range(10)))
    assert sorted(len(result.applied) for result in results) == [0] * 9 + [len(shipped())]


async def test_a_file_changed_after_it_was_applied_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (x int)"})
    with pytest.raises(MigrationError, match=r"0001_a\.sql was changed after it was applied"):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (x bigint)"})


async def test_a_database_newer_than_the_program_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()", "0002_b.sql": "CREATE TABLE b ()"})
    with pytest.raises(MigrationError, match=r"0002_b\.sql, which this program does not know"):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()"})


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_database_url: str) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (); SELECT 1 FROM nowhere"})
    assert (await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()"})).applied == ("0001_a.sql",)


async def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        await migrate("postgresql://someone:hunter2@127.0.0.1:1/product")
    assert "127.0.0.1:1/product" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_a_locked_name_is_held_by_one_at_a_time(database: Database) -> None:
    inside = 0
    most = 0

    async def hold() -> None:
        nonlocal inside, most
        async with database.advisory("comment:1"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(hold() for _ in range(6)))
    assert most == 1
