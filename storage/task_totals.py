"""How often each task ended how, in all workers and since ever: a dozen rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from storage.database import Connection


@dataclass(frozen=True, slots=True)
class TaskTotal:
    """A task and how it ended: `done`, to be tried `later`, `refused` for good, or with an `error`."""

    task: str
    outcome: str
    jobs: int
    seconds: float


async def add(connection: Connection, rows: Sequence[TaskTotal]) -> None:
    """Add what a worker counted; in one order for all, so that none waits for another in a circle."""
    kept = sorted(rows, key=lambda row: (row.task, row.outcome))
    await connection.execute(
        """
        INSERT INTO task_totals AS known (task, outcome, jobs, seconds)
        SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::float8[])
        ON CONFLICT (task, outcome) DO UPDATE SET
            jobs = known.jobs + excluded.jobs, seconds = known.seconds + excluded.seconds
        """,
        (
            [one.task for one in kept],
            [one.outcome for one in kept],
            [one.jobs for one in kept],
            [one.seconds for one in kept],
        ),
    )


async def every(connection: Connection) -> tuple[TaskTotal, ...]:
    """All of them."""
    async with connection.cursor(row_factory=class_row(TaskTotal)) as cursor:
        await cursor.execute("SELECT task, outcome, jobs, seconds FROM task_totals ORDER BY task, outcome")
        return tuple(await cursor.fetchall())
