"""What green runs of each job said: the newest few a job, and no more rows a repository than a cap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.text import storable

RUNS_KEPT = 3
"""Green runs of a job: what only one of them said, such as a slow download, is normal too."""
ROWS_KEPT = 900
"""Rows of one repository: three hundred jobs, of some hundred KB each."""


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """What one green run of a job said, packed."""

    run_id: int
    lines: bytes


async def learned(connection: Connection, repository_id: int, workflow_id: int, job: str) -> tuple[LearnedRow, ...]:
    """What is known of a job, newest first."""
    cursor = await connection.execute(
        "SELECT run_id, lines FROM normal_lines WHERE repository_id = %s AND workflow_id = %s AND job = %s "
        "ORDER BY run_id DESC LIMIT %s",
        (repository_id, workflow_id, storable(job), RUNS_KEPT),
    )
    return tuple(LearnedRow(int(row[0]), bytes(row[1])) for row in await cursor.fetchall())


async def last_learned(
    connection: Connection, repository_id: int, workflow_id: int, jobs: Sequence[str]
) -> dict[str, datetime]:
    """When each of `jobs` was learned from last; those that never were are absent."""
    names = [storable(job) for job in jobs]
    cursor = await connection.execute(
        "SELECT job, max(learned_at) FROM normal_lines WHERE repository_id = %s AND workflow_id = %s "
        "AND job = ANY(%s::text[]) GROUP BY job",
        (repository_id, workflow_id, names),
    )
    return {str(row[0]): row[1] for row in await cursor.fetchall()}


async def save(
    connection: Connection, repository_id: int, workflow_id: int, job: str, run_id: int, lines: bytes
) -> None:
    """Keep what a green run said, and drop what is beyond the caps. Call it in a transaction."""
    name = storable(job)
    await connection.execute(
        "INSERT INTO normal_lines (repository_id, workflow_id, job, run_id, lines) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (repository_id, workflow_id, job, run_id) DO UPDATE SET lines = excluded.lines",
        (repository_id, workflow_id, name, run_id, lines),
    )
    await connection.execute(
        "DELETE FROM normal_lines WHERE repository_id = %(repository)s AND workflow_id = %(workflow)s "
        "AND job = %(job)s AND run_id < (SELECT min(run_id) FROM (SELECT run_id FROM normal_lines "
        "WHERE repository_id = %(repository)s AND workflow_id = %(workflow)s AND job = %(job)s "
        "ORDER BY run_id DESC LIMIT %(kept)s) AS newest)",
        {"repository": repository_id, "workflow": workflow_id, "job": name, "kept": RUNS_KEPT},
    )
    await connection.execute(
        "DELETE FROM normal_lines WHERE repository_id = %s AND learned_at < (SELECT learned_at FROM normal_lines "
        "WHERE repository_id = %s ORDER BY learned_at DESC OFFSET %s LIMIT 1)",
        (repository_id, repository_id, ROWS_KEPT - 1),
    )
