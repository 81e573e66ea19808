"""Webhook deliveries: one row a guid, written many at once, each with the job that will handle it.

Concurrent requests share one statement and one commit (a group commit); alone, a request waits for nobody. The body is
stored compressed and is not parsed here. Measured beside one insert a request: more than twice the rate.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg

from storage.database import Connection, connect, place, unavailable
from storage.errors import DatabaseUnavailable

_MOST_A_COMMIT = 200
"""Deliveries in one statement: enough that commits do not count, few enough that one batch stays in memory."""
_MOST_BYTES = 64 * 2**20
"""Compressed bytes that may wait for the database: a stop of it must not become a stop of this process."""
_WRITE_SECONDS = 8
"""For one delivery in all: GitHub gives ten (github-facts 1), and an answer that comes later is heard by nobody."""
_BESIDE_THE_LOOP = 256 * 1024
"""Bytes from which on compressing (some 5 ms a MiB) is done in a thread, so that other requests do not wait for it."""
_PURGED_AT_ONCE = 1000
_EVENT = re.compile(r"[a-z_]{1,64}")

# The jobs and their NOTIFY go with the rows: either both are there or neither (`procrastinate_defer_jobs_v1`).
# In one order for all processes, so that none waits for another in a circle.
_WRITE: LiteralString = """
WITH fresh AS (
    INSERT INTO deliveries (guid, event, body)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %b::bytea[]) AS t (guid, event, body) ORDER BY guid
    ON CONFLICT (guid) DO NOTHING
    RETURNING guid
), jobs AS (
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW('deliveries', 'deliver', 0, NULL, NULL, jsonb_build_object('guid', guid), NULL)
        ::procrastinate_job_to_defer_v1)) AS ids
    FROM fresh HAVING count(*) > 0
)
SELECT fresh.guid::text FROM fresh LEFT JOIN jobs ON true
"""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A verified delivery, not parsed."""

    guid: str
    event: str
    body: bytes


@dataclass(slots=True)
class _Waiting:
    guid: str
    event: str
    packed: bytes
    is_new: asyncio.Future[bool]


class DeliveryWriter:
    """The one writer of a process. Made by `delivery_writer`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._where = place(url)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._bytes = 0
        self._connection: Connection | None = None

    async def write(self, incoming: Incoming) -> bool:
        """Store a delivery and its job; True for a new one, False for a guid that is there. Returns after the commit.

        Raises DatabaseUnavailable within eight seconds where the database does not answer, and ValueError for a guid
        or an event that cannot be GitHub's.
        """
        guid = str(UUID(incoming.guid))
        if not _EVENT.fullmatch(incoming.event):
            raise ValueError(f"{incoming.event!r} is no event's name")
        if len(incoming.body) < _BESIDE_THE_LOOP:
            packed = zlib.compress(incoming.body, 1)
        else:
            packed = await asyncio.to_thread(zlib.compress, incoming.body, 1)
        if self._bytes + len(packed) > _MOST_BYTES:
            raise unavailable(self._where, "too many deliveries wait for it")
        waiting = _Waiting(guid, incoming.event, packed, asyncio.get_running_loop().create_future())
        self._bytes += len(packed)
        try:
            self._queue.put_nowait(waiting)
            return await asyncio.wait_for(waiting.is_new, _WRITE_SECONDS)
        except TimeoutError:
            raise unavailable(self._where, f"no commit within {_WRITE_SECONDS} seconds") from None
        finally:
            self._bytes -= len(packed)

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < _MOST_A_COMMIT:
                batch.append(self._queue.get_nowait())
            # Those whose sender was told to try again are not written: it would be told so about a stored one.
            batch = [waiting for waiting in batch if not waiting.is_new.done()]
            if batch:
                await self._settle(batch)

    async def close(self) -> None:
        """Close the connection and refuse whoever still waits."""
        while not self._queue.empty():
            self._refuse([self._queue.get_nowait()], "the server is stopping")
        await self._drop()

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        try:
            new = await self._commit_again(batch)
        except asyncio.CancelledError:
            self._refuse(batch, "the server is stopping")
            raise
        except DatabaseUnavailable as error:
            await self._drop()
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the requests must end and the writer must live on
            await self._drop()
            _fail(batch, error)
        else:
            for waiting in batch:
                if not waiting.is_new.done():
                    waiting.is_new.set_result(waiting.guid in new)
                # The same guid twice in one batch: the second is a duplicate of the first.
                new.discard(waiting.guid)

    async def _commit_again(self, batch: Sequence[_Waiting]) -> set[str]:
        """Write on the connection at hand, and once more on a new one where it broke while nobody looked.

        Safe to repeat: had the first try been committed, the second finds every guid there.
        """
        if self._connection is not None:
            try:
                return await self._commit(self._connection, batch)
            except psycopg.OperationalError as error:
                if not self._connection.broken:
                    raise self._unavailable(error) from error
                await self._drop()
        self._connection = await connect(self._url)
        await self._connection.execute(f"SET statement_timeout = '{_WRITE_SECONDS}s'".encode())
        try:
            return await self._commit(self._connection, batch)
        except psycopg.OperationalError as error:
            raise self._unavailable(error) from error

    async def _commit(self, connection: Connection, batch: Sequence[_Waiting]) -> set[str]:
        columns = (
            [waiting.guid for waiting in batch],
            [waiting.event for waiting in batch],
            [waiting.packed for waiting in batch],
        )
        cursor = await connection.execute(_WRITE, columns)
        return {str(row[0]) for row in await cursor.fetchall()}

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _unavailable(self, error: psycopg.OperationalError) -> DatabaseUnavailable:
        return unavailable(self._where, str(error).strip() or "the connection broke")

    def _refuse(self, batch: Sequence[_Waiting], reason: str) -> None:
        _fail(batch, unavailable(self._where, reason))


@asynccontextmanager
async def delivery_writer(url: str) -> AsyncIterator[DeliveryWriter]:
    """A running writer on the database at `url`; connects when the first delivery comes."""
    writer = DeliveryWriter(url)
    task = asyncio.create_task(writer.run(), name="delivery writer")
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writer.close()


async def load(connection: Connection, guid: str) -> Incoming | None:
    """The delivery of that guid with its body as it came, or None."""
    cursor = await connection.execute("SELECT guid::text, event, body FROM deliveries WHERE guid = %s", (guid,))
    row = await cursor.fetchone()
    # What is unpacked was packed by `write`, under the receiver's cap of 25 MiB.
    return None if row is None else Incoming(str(row[0]), str(row[1]), zlib.decompress(row[2]))


async def stored(connection: Connection, guids: Sequence[str]) -> frozenset[str]:
    """Those of `guids` that are here."""
    cursor = await connection.execute("SELECT guid::text FROM deliveries WHERE guid = ANY(%s::uuid[])", (list(guids),))
    return frozenset(str(row[0]) for row in await cursor.fetchall())


async def finish(connection: Connection, guid: str, outcome: str) -> None:
    """Record what became of a delivery, in words; the first outcome stands where a task ran twice."""
    await connection.execute(
        "UPDATE deliveries SET handled_at = now(), outcome = %s WHERE guid = %s AND handled_at IS NULL", (outcome, guid)
    )


async def purge(connection: Connection, older_than: datetime) -> int:
    """Delete the deliveries that came before, and say how many; a thousand at a time, so that nobody waits for long.

    Keep them for longer than GitHub redelivers (3 days, github-facts 3): a guid that is gone would be new again.
    """
    deleted = 0
    while True:
        cursor = await connection.execute(
            # An array, not IN: each guid is looked up by the key, whatever the planner believes of the size.
            "DELETE FROM deliveries WHERE guid = ANY(ARRAY("
            "SELECT guid FROM deliveries WHERE received_at < %s ORDER BY received_at LIMIT %s))",
            (older_than, _PURGED_AT_ONCE),
        )
        deleted += cursor.rowcount
        if cursor.rowcount < _PURGED_AT_ONCE:
            return deleted


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.is_new.done():
            waiting.is_new.set_exception(error)
