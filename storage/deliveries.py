"""Webhook deliveries: one row a guid, written many at once, each with the job that will handle it.

Concurrent requests share one statement and one commit (a group commit); alone, a request waits for nobody. The body is
stored compressed and is not parsed here. Measured beside one insert a request: more than twice the rate.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection

from storage.database import CONNECT_SECONDS, Connection, place, unavailable

_MOST_A_COMMIT = 200
"""Deliveries in one statement: enough that commits do not count, few enough that one batch stays in memory."""

# The jobs and their one NOTIFY go with the rows: either both are there or neither (`procrastinate_defer_jobs_v1`).
_WRITE = """
WITH fresh AS (
    INSERT INTO deliveries (guid, event, body)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bytea[])
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
    incoming: Incoming
    packed: bytes
    is_new: asyncio.Future[bool]


class DeliveryWriter:
    """The one writer of a process. Made by `delivery_writer`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._connection: Connection | None = None

    async def write(self, incoming: Incoming) -> bool:
        """Store a delivery and its job; True for a new one, False for a guid that is there. Returns after the commit.

        Raises DatabaseUnavailable within about five seconds where the database does not answer.
        """
        packed = zlib.compress(incoming.body, 1)
        waiting = _Waiting(incoming, packed, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        return await waiting.is_new

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < _MOST_A_COMMIT:
                batch.append(self._queue.get_nowait())
            await self._settle(batch)

    async def close(self) -> None:
        """Close the connection and refuse whoever still waits."""
        while not self._queue.empty():
            _fail([self._queue.get_nowait()], unavailable(place(self._url), "the server is stopping"))
        if self._connection is not None:
            await self._connection.close()

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        try:
            new = await self._commit(batch)
        except psycopg.Error as error:
            await self._drop()
            _fail(batch, unavailable(place(self._url), str(error).strip() or "the connection broke"))
            return
        except asyncio.CancelledError:
            _fail(batch, unavailable(place(self._url), "the server is stopping"))
            raise
        for waiting in batch:
            if not waiting.is_new.done():
                waiting.is_new.set_result(waiting.incoming.guid in new)
            # The same guid twice in one batch: the second is a duplicate of the first.
            new.discard(waiting.incoming.guid)

    async def _commit(self, batch: Sequence[_Waiting]) -> set[str]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=int(CONNECT_SECONDS)
            )
        columns = (
            [waiting.incoming.guid for waiting in batch],
            [waiting.incoming.event for waiting in batch],
            [waiting.packed for waiting in batch],
        )
        cursor = await self._connection.execute(_WRITE, columns)
        return {str(row[0]) for row in await cursor.fetchall()}

    async def _drop(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        self._connection = None


@asynccontextmanager
async def delivery_writer(url: str) -> AsyncIterator[DeliveryWriter]:
    """A running writer on the database at `url`."""
    writer = DeliveryWriter(url)
    task = asyncio.create_task(writer.run())
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
    return None if row is None else Incoming(str(row[0]), str(row[1]), zlib.decompress(row[2]))


async def finish(connection: Connection, guid: str, outcome: str) -> None:
    """Record what became of a delivery, in words; the first outcome stands where a task ran twice."""
    await connection.execute(
        "UPDATE deliveries SET handled_at = now(), outcome = %s WHERE guid = %s AND handled_at IS NULL", (outcome, guid)
    )


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.is_new.done():
            waiting.is_new.set_exception(error)
