"""The queue as it stands, read from Procrastinate's tables (https://procrastinate.readthedocs.io)."""

from dataclasses import dataclass

from psycopg.rows import class_row

from storage.database import Connection

MOST_COUNTED = 10_000
"""Where counting ends: a number beyond says the same, and would cost more the worse things are."""
_OLDEST_AMONG = 100
"""Jobs with the lowest numbers, among which the oldest is looked for."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """How many jobs wait that are due, since how long the oldest does (seconds), how many died, how many workers live.

    Counts end at `MOST_COUNTED`; a job that died is kept for a week.
    """

    waiting: int
    oldest_seconds: float
    dead: int
    workers: int


async def state(connection: Connection, alive_seconds: float) -> QueueRow:
    """The queue now; a worker lives whose heartbeat is no older than `alive_seconds`."""
    async with connection.cursor(row_factory=class_row(QueueRow)) as cursor:
        await cursor.execute(
            """
            SELECT
                (SELECT count(*) FROM (
                    SELECT FROM procrastinate_jobs WHERE status = 'todo' AND id > 0
                    AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT %(most)s) w) AS waiting,
                (SELECT coalesce(extract(epoch FROM now() - min(coalesce(o.scheduled_at, (
                    SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = o.id)))), 0)::float8 FROM (
                    SELECT id, scheduled_at FROM procrastinate_jobs WHERE status = 'todo' AND id > 0
                    AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT %(among)s) o)
                    AS oldest_seconds,
                (SELECT count(*) FROM (
                    SELECT FROM procrastinate_jobs WHERE status = 'failed' AND id > 0 LIMIT %(most)s) d) AS dead,
                (SELECT count(*) FROM procrastinate_workers
                 WHERE last_heartbeat > now() - %(alive)s * interval '1 second') AS workers
            """,
            {"most": MOST_COUNTED, "among": _OLDEST_AMONG, "alive": alive_seconds},
        )
        return await cursor.fetchone() or QueueRow(0, 0.0, 0, 0)


async def on_their_way(connection: Connection, lock: str, task: str) -> tuple[str, ...]:
    """The arguments, as JSON, of the jobs of a task under a lock that wait or are being done."""
    cursor = await connection.execute(
        "SELECT args::text FROM procrastinate_jobs WHERE lock = %s AND task_name = %s "
        "AND status IN ('todo', 'doing') ORDER BY id",
        (lock, task),
    )
    return tuple(str(row[0]) for row in await cursor.fetchall())
