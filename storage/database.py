"""Connections: one pool a process, opened once, and errors that say which server did not answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from storage.errors import DatabaseUnavailable

Connection = AsyncConnection[TupleRow]
CONNECT_SECONDS = 5.0
"""How long to wait for a connection: half of the ten seconds that GitHub gives a webhook (github-facts 1)."""


class Database:
    """One pool of connections. Made by `open_database`."""

    def __init__(self, pool: AsyncConnectionPool[Connection], where: str) -> None:
        self._pool = pool
        self._where = where

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit. Raises DatabaseUnavailable where none can be had."""
        try:
            connection = await self._pool.getconn()
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise unavailable(self._where) from error
        try:
            yield connection
        finally:
            await self._pool.putconn(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction, committed at the end of the block and rolled back by an exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def advisory(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of that name; it ends with its connection, so a killed process holds nothing."""
        async with self.connection() as connection:
            await connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (key,))
            try:
                yield
            finally:
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


@asynccontextmanager
async def open_database(url: str, *, most: int = 10) -> AsyncIterator[Database]:
    """The database at `url`, with at most `most` connections. Raises DatabaseUnavailable at once, not at first use."""
    where = place(url)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        url, min_size=1, max_size=most, timeout=CONNECT_SECONDS, open=False, kwargs={"autocommit": True}
    )
    try:
        await connect_once(url)
        async with pool:
            yield Database(pool, where)
    finally:
        await pool.close()


async def connect_once(url: str) -> None:
    """Ask the server for one connection. Raises DatabaseUnavailable with the server's own reason."""
    try:
        connection = await AsyncConnection.connect(url, connect_timeout=int(CONNECT_SECONDS))
    except psycopg.Error as error:
        raise unavailable(place(url), str(error).strip()) from error
    await connection.close()


def place(url: str) -> str:
    """Host, port and database of a URL, without user or password. Raises DatabaseUnavailable for no URL at all."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # The library's text may quote the URL, and with it the password.
        raise DatabaseUnavailable("DATABASE_URL is not a PostgreSQL URL; write postgresql://user@host/name.") from error
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def unavailable(where: str, reason: str = "no connection within five seconds") -> DatabaseUnavailable:
    """The error for a server that does not answer."""
    return DatabaseUnavailable(
        f"the database at {where} does not answer: {reason}. Start it, correct DATABASE_URL, or unset DATABASE_URL "
        "to use the embedded one."
    )
