import asyncio

import pytest

from storage.database import open_database
from storage.errors import DatabaseUnavailable, MigrationError
from storage.migrate import QueueSchema, installed_queue, migrate, shipped

PRODUCT_TABLES = {
    "workflow_failures", "suggested_fixes", "repositories", "analytics_patterns", "human_approvals", "deliveries",
    "installations", "workflow_runs", "fingerprints", "plan_runs", "plan_steps", "clarifications", "fix_events",
    "api_tokens", "analyses", "fix_failures", "command_receipts", "procrastinate_jobs",
}  # fmt: skip


async def test_a_new_database_gets_every_table_once(empty_database_url: str) -> None:
    first = await migrate(empty_database_url)
    second = await migrate(empty_database_url)
    assert first.applied == (f"procrastinate {installed_queue().version}", *shipped())
    assert second.applied == ()
    async with open_database(empty_database_url) as database, database.connection() as connection:
        cursor = await connection.execute("SELECT table_name FROM information_schema.tables")
        assert {row[0] for row in await cursor.fetchall()} >= PRODUCT_TABLES


async def test_of_many_processes_that_migrate_at_once_one_does_it(empty_database_url: str) -> None:
    results = await asyncio.gather(*(migrate(empty_database_url) for _ in range(10)))
    assert sorted(len(result.applied) for result in results) == [0] * 9 + [1 + len(shipped())]


async def test_a_file_changed_after_it_was_applied_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (x int)"})
    with pytest.raises(MigrationError, match=r"0001_a\.sql was changed after it was applied"):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (x bigint)"})


async def test_a_database_newer_than_the_program_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()", "0002_b.sql": "CREATE TABLE b ()"})
    with pytest.raises(MigrationError, match=r"0002_b\.sql, which this program does not know"):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()"})


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_database_url: str) -> None:
    with pytest.raises(MigrationError, match=r'0001_a\.sql failed.*"nowhere" does not exist'):
        await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (); SELECT 1 FROM nowhere"})
    assert (await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a ()"})).applied == ("0001_a.sql",)


async def test_line_ends_of_another_system_are_no_change(empty_database_url: str) -> None:
    await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (\nx int)"})
    assert (await migrate(empty_database_url, {"0001_a.sql": "CREATE TABLE a (\r\nx int)"})).applied == ()


def test_the_shipped_files_are_numbered_without_a_gap() -> None:
    assert [name[:5] for name in shipped()] == [f"{number:04}_" for number in range(1, len(shipped()) + 1)]


OLD_QUEUE = QueueSchema("3.9.9", "CREATE TABLE queue (step text)", {})
NEW_QUEUE = QueueSchema(
    "3.11.0",
    "the whole schema is for new databases only",
    {
        "03.09.09_01_pre_known.sql": "INSERT INTO queue VALUES ('known')",
        "03.10.00_01_pre_first.sql": "INSERT INTO queue VALUES ('first')",
        "03.10.00_50_post_second.sql": "INSERT INTO queue VALUES ('second')",
        "03.11.00_01_pre_third.sql": "INSERT INTO queue VALUES ('third')",
    },
)


async def test_a_newer_queue_is_reached_by_its_own_migrations(empty_database_url: str) -> None:
    assert (await migrate(empty_database_url, {}, OLD_QUEUE)).applied == ("procrastinate 3.9.9",)
    assert (await migrate(empty_database_url, {}, NEW_QUEUE)).applied == ("procrastinate 3.11.0",)
    assert (await migrate(empty_database_url, {}, NEW_QUEUE)).applied == ()
    async with open_database(empty_database_url) as database, database.connection() as connection:
        cursor = await connection.execute("SELECT step FROM queue")
        assert [row[0] for row in await cursor.fetchall()] == ["first", "second", "third"]


async def test_a_queue_newer_than_the_installed_one_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, {}, QueueSchema("3.11.0", "SELECT 1", {}))
    with pytest.raises(MigrationError, match=r"Procrastinate 3\.11\.0, newer than the installed 3\.9\.9"):
        await migrate(empty_database_url, {}, OLD_QUEUE)


async def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        await migrate("postgresql://someone:hunter2@127.0.0.1:1/product")
    assert "127.0.0.1:1/product" in str(caught.value)
    assert "hunter2" not in str(caught.value)
