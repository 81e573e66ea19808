"""Connections: one pool a process, opened once, and errors that say which server did not answer."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from storage.errors import DatabaseUnavailable

Connection = AsyncConnection[TupleRow]
CONNECT_SECONDS = 5.0
"""How long to wait for a connection: half of the ten seconds that GitHub gives a webhook (github-facts 1)."""

_DEFAULTS: Mapping[str, int | str] = {
    "connect_timeout": int(CONNECT_SECONDS),
    "application_name": "ci-fixer",
    # A server that vanished without a word is noticed in half a minute, not in two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_LOCK: LiteralString = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
_TRY_LOCK: LiteralString = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK: LiteralString = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class Database:
    """One pool of connections. Made by `open_database`."""

    def __init__(self, pool: AsyncConnectionPool[Connection], url: str) -> None:
        self._pool = pool
        self._url = url
        self._where = place(url)
        # Whoever holds a lock needs a second connection for its work: locks may never take them all.
        self._lock_connections = asyncio.Semaphore(max(1, pool.max_size // 2))
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit. Raises DatabaseUnavailable where none can be had, or where it breaks."""
        try:
            connection = await self._pool.getconn()
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise unavailable(self._where) from error
        try:
            yield connection
        except psycopg.OperationalError as error:
            # A deadlock or a cancelled statement is an OperationalError too, and is the caller's to handle.
            if connection.broken:
                raise unavailable(self._where, "the connection broke") from error
            raise
        finally:
            await self._pool.putconn(connection)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Connection]:
        """A connection of its own, outside the pool, for whoever holds it for long. Raises DatabaseUnavailable."""
        async with await connect(self._url) as connection:
            try:
                yield connection
            except psycopg.OperationalError as error:
                if connection.broken:
                    raise unavailable(self._where, "the connection broke") from error
                raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction, committed at the end of the block and rolled back by an exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def advisory(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of that name, alone among all processes; it ends with its connection, so a killed process
        holds nothing.

        Within this process the turns are taken before the connection, so that a queue for one name costs one.
        """
        turn = self._turns[key]
        try:
            async with turn, self._lock_connections, self.connection() as connection:
                await connection.execute(_LOCK, (key,))
                try:
                    yield
                finally:
                    # A broken connection has unlocked by breaking.
                    if not connection.closed:
                        await connection.execute(_UNLOCK, (key,))
        finally:
            if not turn.locked() and self._turns.get(key) is turn:
                del self._turns[key]

    @asynccontextmanager
    async def try_advisory(self, key: str) -> AsyncIterator[bool]:
        """Hold the lock of that name as `advisory` does, if nobody else does: True; else False, at once."""
        async with self._lock_connections, self.connection() as connection:
            row = await (await connection.execute(_TRY_LOCK, (key,))).fetchone()
            held = bool(row and row[0])
            try:
                yield held
            finally:
                if held and not connection.closed:
                    await connection.execute(_UNLOCK, (key,))


@asynccontextmanager
async def open_database(url: str, *, most: int = 10) -> AsyncIterator[Database]:
    """The database at `url`, with at most `most` connections. Raises DatabaseUnavailable at once, not at first use."""
    await connect_once(url)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        _conninfo(url),
        min_size=1,
        max_size=most,
        timeout=CONNECT_SECONDS,
        open=False,
        kwargs={"autocommit": True},
        configure=_by_itself,
        # One small round trip, for which a restarted server costs nobody an error.
        check=AsyncConnectionPool.check_connection,
    )
    async with pool:
        yield Database(pool, url)


async def _by_itself(connection: Connection) -> None:
    """No query of ours is long enough to gain by parallel workers, which make its time a matter of who else is busy:
    the daily counts of a year took 34 ms either way, at the 95th percentile 35 instead of 45.
    """
    await connection.execute("SET max_parallel_workers_per_gather = 0")


async def connect_once(url: str) -> None:
    """Ask the server for one connection. Raises DatabaseUnavailable with the server's own reason."""
    connection = await connect(url)
    await connection.close()


async def connect(url: str) -> Connection:
    """A connection of its own, in autocommit. Raises DatabaseUnavailable with the server's own reason."""
    conninfo = _conninfo(url)
    try:
        return await AsyncConnection.connect(conninfo, autocommit=True)
    except psycopg.Error as error:
        raise unavailable(place(url), str(error).strip()) from error


def place(url: str) -> str:
    """Host, port and database of a URL, without user or password. Raises DatabaseUnavailable for no URL at all."""
    parts = _parts(url)
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def unavailable(where: str, reason: str = "no connection within five seconds") -> DatabaseUnavailable:
    """The error for a server that does not answer."""
    return DatabaseUnavailable(
        f"the database at {where} does not answer: {reason}. Start it, correct DATABASE_URL, or unset DATABASE_URL "
        "to use the embedded one."
    )


def _conninfo(url: str) -> str:
    """The URL's own settings, and our defaults for what it leaves open."""
    return make_conninfo("", **{**_DEFAULTS, **_parts(url)})


def _parts(url: str) -> Mapping[str, int | str | None]:
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Not chained: the library's text may quote the URL, and with it the password.
        raise DatabaseUnavailable("DATABASE_URL is not a PostgreSQL URL; write postgresql://user@host/name.") from None
