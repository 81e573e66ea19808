"""Attempts of workflow runs, successes too: what verdicts and verification are judged by."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.text import storable, storable_or_none

_COLUMNS = (
    "run_id, run_attempt, repository_id, workflow_id, workflow_name, event, status, conclusion, head_sha, "
    "head_branch, head_repository, html_url, run_started_at"
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One attempt of a run, in GitHub's words. `conclusion` is None until `status` is completed."""

    run_id: int
    run_attempt: int
    repository_id: int
    workflow_id: int
    workflow_name: str
    event: str
    status: str
    conclusion: str | None
    head_sha: str
    head_branch: str | None
    head_repository: str | None
    html_url: str
    run_started_at: datetime | None


async def save_run(connection: Connection, row: RunRow) -> RunRow:
    """Insert or update, and give what is stored now.

    Events come in any order: an attempt that is completed stays so, whatever an older event says of it.
    """
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"""
            INSERT INTO workflow_runs AS stored ({_COLUMNS})
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (run_id, run_attempt) DO UPDATE SET
                status = CASE WHEN stored.status = 'completed' THEN stored.status ELSE excluded.status END,
                conclusion = CASE WHEN stored.status = 'completed' AND excluded.status <> 'completed'
                                  THEN stored.conclusion ELSE excluded.conclusion END,
                workflow_name = excluded.workflow_name,
                run_started_at = coalesce(excluded.run_started_at, stored.run_started_at),
                updated_at = now()
            RETURNING {_COLUMNS}
            """,
            (
                row.run_id,
                row.run_attempt,
                row.repository_id,
                row.workflow_id,
                storable(row.workflow_name),
                row.event,
                row.status,
                row.conclusion if row.status == "completed" else None,
                row.head_sha,
                storable_or_none(row.head_branch),
                storable_or_none(row.head_repository),
                row.html_url,
                row.run_started_at,
            ),
        )
        stored = await cursor.fetchone()
    if stored is None:
        raise LookupError(f"run {row.run_id} was deleted while it was saved")
    return stored


async def run(connection: Connection, run_id: int, run_attempt: int) -> RunRow | None:
    """One attempt."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs WHERE run_id = %s AND run_attempt = %s", (run_id, run_attempt)
        )
        return await cursor.fetchone()


async def latest_attempt(connection: Connection, run_id: int) -> int | None:
    """The number of the newest attempt that is known."""
    cursor = await connection.execute(
        "SELECT run_attempt FROM workflow_runs WHERE run_id = %s ORDER BY run_attempt DESC LIMIT 1", (run_id,)
    )
    found = await cursor.fetchone()
    return None if found is None else int(found[0])


async def runs_of_head(connection: Connection, repository_id: int, head_sha: str) -> tuple[RunRow, ...]:
    """Every attempt on a head commit, newest first."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs WHERE repository_id = %s AND head_sha = %s "
            "ORDER BY run_id DESC, run_attempt DESC",
            (repository_id, head_sha),
        )
        return tuple(await cursor.fetchall())


async def newest_of_branch(
    connection: Connection, repository_id: int, workflow_id: int, branch: str, before_run_id: int
) -> RunRow | None:
    """The newest attempt of one workflow on a branch of the repository itself, before a run, finished or not."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs WHERE repository_id = %s AND workflow_id = %s AND head_branch = %s "
            "AND run_id < %s AND event <> ALL(ARRAY['pull_request', 'pull_request_target']) "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT 1",
            (repository_id, workflow_id, branch, before_run_id),
        )
        return await cursor.fetchone()


async def newest_finished(
    connection: Connection, repository_id: int, workflow_id: int, branch: str | None, full_name: str
) -> RunRow | None:
    """The newest attempt of one workflow on a branch of the repository itself that passed or failed."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs WHERE repository_id = %s AND workflow_id = %s AND head_branch = %s "
            "AND lower(head_repository) = lower(%s) AND status = 'completed' "
            "AND conclusion = ANY(ARRAY['success', 'failure', 'timed_out', 'startup_failure']) "
            "AND event <> ALL(ARRAY['pull_request', 'pull_request_target', 'merge_group']) "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT 1",
            (repository_id, workflow_id, branch, full_name),
        )
        return await cursor.fetchone()


async def newest_green_of_branch(
    connection: Connection, repository_id: int, workflow_id: int, branch: str, before_run_id: int
) -> RunRow | None:
    """The newest attempt of one workflow on a branch of the repository itself, before a run, that passed."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs WHERE repository_id = %s AND workflow_id = %s AND head_branch = %s "
            "AND run_id < %s AND conclusion = 'success' "
            "AND event <> ALL(ARRAY['pull_request', 'pull_request_target']) "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT 1",
            (repository_id, workflow_id, branch, before_run_id),
        )
        return await cursor.fetchone()


async def fails_lately(connection: Connection, repository_id: int, workflow_id: int, until_run_id: int) -> bool:
    """Whether a workflow failed among its last two hundred attempts up to a run, on any branch."""
    cursor = await connection.execute(
        "SELECT bool_or(conclusion IN ('failure', 'timed_out')) FROM (SELECT conclusion FROM workflow_runs "
        "WHERE repository_id = %s AND workflow_id = %s AND run_id <= %s ORDER BY run_id DESC LIMIT 200) AS recent",
        (repository_id, workflow_id, until_run_id),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def without_jobs(
    connection: Connection, repository_id: int, workflow_id: int, branch: str, before_run_id: int, limit: int
) -> tuple[RunRow, ...]:
    """Of the last `limit` finished attempts of one workflow on a branch of the repository itself, before a run: those
    whose jobs nobody has asked for.
    """
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM (SELECT * FROM workflow_runs WHERE repository_id = %s AND workflow_id = %s "
            "AND head_branch = %s AND run_id < %s AND status = 'completed' "
            "AND event <> ALL(ARRAY['pull_request', 'pull_request_target']) "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT %s) AS r "
            "WHERE NOT EXISTS (SELECT FROM workflow_jobs j "
            "WHERE j.run_id = r.run_id AND j.run_attempt = r.run_attempt) "
            "ORDER BY r.run_id DESC, r.run_attempt DESC",
            (repository_id, workflow_id, branch, before_run_id, limit),
        )
        return tuple(await cursor.fetchall())


async def of_head_without_jobs(
    connection: Connection, repository_id: int, workflow_id: int, head_sha: str, but: tuple[int, int], limit: int
) -> tuple[RunRow, ...]:
    """The newest finished attempts of one workflow on a head, but for one, whose jobs nobody has asked for."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs r WHERE repository_id = %s AND head_sha = %s AND workflow_id = %s "
            "AND status = 'completed' AND (run_id, run_attempt) <> (%s, %s) "
            "AND NOT EXISTS (SELECT FROM workflow_jobs j "
            "WHERE j.run_id = r.run_id AND j.run_attempt = r.run_attempt) "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT %s",
            (repository_id, head_sha, workflow_id, *but, limit),
        )
        return tuple(await cursor.fetchall())


async def green_without_jobs(
    connection: Connection, repository_id: int, workflow_id: int, after_run_id: int, limit: int
) -> tuple[RunRow, ...]:
    """The first green attempts of one workflow after a run whose jobs nobody has asked for."""
    async with connection.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM workflow_runs r WHERE repository_id = %s AND workflow_id = %s AND run_id >= %s "
            "AND conclusion = 'success' AND NOT EXISTS (SELECT FROM workflow_jobs j "
            "WHERE j.run_id = r.run_id AND j.run_attempt = r.run_attempt) "
            "ORDER BY run_id, run_attempt LIMIT %s",
            (repository_id, workflow_id, after_run_id, limit),
        )
        return tuple(await cursor.fetchall())
