import asyncio
import traceback
from typing import LiteralString

import psycopg
import pytest

from storage.database import Database, open_database
from storage.errors import DatabaseUnavailable


async def cut_others(url: str) -> None:
    """Hang up on every other connection to the database, as a restart of the server does."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def in_a_transaction(database: Database, *statements: LiteralString) -> None:
    async with database.transaction() as connection:
        for statement in statements:
            await connection.execute(statement)


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE t (n int)")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await in_a_transaction(database, "INSERT INTO t VALUES (1)", "SELECT 1/0")
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM t")
        assert await cursor.fetchone() == (0,)


async def test_a_restart_of_the_server_between_two_uses_is_not_noticed(database: Database, database_url: str) -> None:
    async with database.connection() as connection:
        await connection.execute("SELECT 1")
    await cut_others(database_url)
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT 1")
        assert await cursor.fetchone() == (1,)


async def test_a_connection_that_breaks_in_use_is_an_unavailable_database(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="the connection broke"):
        await in_a_transaction(database, "SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_statement_that_was_cancelled_is_not_an_unavailable_database(database: Database) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        await in_a_transaction(database, "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(60)")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:hunter2@127.0.0.1:1/product",
        "postgresql://someone:hunter2@127.0.0.1:port/x",
        "a=hunter2 b",
    ],
)
async def test_a_database_that_cannot_be_had_is_named_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL") as caught:
        async with open_database(url):
            pass
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


async def test_a_locked_name_is_held_by_one_at_a_time(database: Database, database_url: str) -> None:
    inside = 0
    most = 0

    async def hold(where: Database) -> None:
        nonlocal inside, most
        async with where.advisory("comment:1"):
            inside += 1
            most = max(most, inside)
            async with where.connection() as connection:
                await connection.execute("SELECT 1")
            inside -= 1

    async with open_database(database_url) as other_process:
        await asyncio.gather(*(hold(where) for where in (database, other_process) for _ in range(6)))
    assert most == 1


async def test_locks_never_take_the_connections_that_their_holders_need(database_url: str) -> None:
    async def work(number: int) -> None:
        async with database.advisory(f"name {number % 5}"), database.connection() as connection:
            await connection.execute("SELECT 1")

    async with open_database(database_url, most=2) as database, asyncio.timeout(20):
        await asyncio.gather(*map(work, range(40)))


async def test_a_lock_whose_holder_raised_is_free_again(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.advisory("x"):
            raise ZeroDivisionError
    async with asyncio.timeout(5), database.advisory("x"):
        pass


async def test_a_lock_lost_with_its_connection_is_free_and_its_holder_is_told(
    database: Database, database_url: str
) -> None:
    async def hold_and_lose() -> None:
        async with open_database(database_url) as other, database.advisory("x"):
            await cut_others(database_url)
            async with asyncio.timeout(5), other.advisory("x"):
                pass

    with pytest.raises(DatabaseUnavailable, match="the connection broke"):
        await hold_and_lose()
