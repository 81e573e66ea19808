"""Attempts of workflow runs, successes too: what verdicts and verification are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, kwargs_row

from storage.database import Connection
from storage.text import storable, storable_or_none

_COLUMNS = (
    "run_id, run_attempt, repository_id, workflow_id, workflow_name, event, status, conclusion, head_sha, "
    "head_branch, head_repository, html_url, run_started_at"
)
_RUN = ", ".join(f"r.{name.strip()}" for name in _COLUMNS.split(","))
# NULL for a failed attempt that nobody analysed, the empty set for one that passed or was found to have no failure.
_FINGERPRINTS = """
    CASE WHEN r.conclusion = 'success' THEN ARRAY[]::text[]
         WHEN a.diagnosed_at IS NOT NULL THEN ARRAY(
             SELECT f.fingerprint FROM workflow_failures f
             WHERE f.run_id = r.run_id AND f.run_attempt = r.run_attempt)
    END AS fingerprints
"""
_FROM = "FROM workflow_runs r LEFT JOIN analyses a ON a.run_id = r.run_id AND a.run_attempt = r.run_attempt"


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


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A completed attempt and the fingerprints of its failures; None where it failed and was not analysed."""

    run: RunRow
    fingerprints: frozenset[str] | None


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


async def branch_history(
    connection: Connection, repository_id: int, workflow_id: int, branch: str, before_run_id: int, limit: int
) -> tuple[HistoryRow, ...]:
    """The completed attempts of one workflow on a branch of the repository itself, before a run; newest first.

    Runs of forks are left out: their branch may carry the same name.
    """
    return await _history(
        connection,
        f"""
        SELECT {_RUN}, {_FINGERPRINTS} {_FROM}
        JOIN repositories p ON p.repository_id = r.repository_id
        WHERE r.repository_id = %s AND r.workflow_id = %s AND r.head_branch = %s AND r.run_id < %s
          AND r.status = 'completed'
          AND (r.head_repository IS NULL OR lower(r.head_repository) = lower(p.owner || '/' || p.name))
        ORDER BY r.run_id DESC, r.run_attempt DESC LIMIT %s
        """,
        (repository_id, workflow_id, branch, before_run_id, limit),
    )


async def head_history(
    connection: Connection,
    repository_id: int,
    workflow_id: int,
    head_sha: str,
    not_run_id_attempt: tuple[int, int],
    limit: int = 100,
) -> tuple[HistoryRow, ...]:
    """The other completed attempts of one workflow on a head commit, newest first."""
    return await _history(
        connection,
        f"""
        SELECT {_RUN}, {_FINGERPRINTS} {_FROM}
        WHERE r.repository_id = %s AND r.workflow_id = %s AND r.head_sha = %s
          AND (r.run_id, r.run_attempt) <> (%s, %s) AND r.status = 'completed'
        ORDER BY r.run_id DESC, r.run_attempt DESC LIMIT %s
        """,
        (repository_id, workflow_id, head_sha, *not_run_id_attempt, limit),
    )


async def fingerprint_elsewhere(
    connection: Connection, repository_id: int, fingerprint: str, not_branch: str | None, limit: int
) -> tuple[HistoryRow, ...]:
    """Attempts on other branches of the repository that failed with that fingerprint, newest first."""
    return await _history(
        connection,
        f"""
        SELECT {_RUN}, {_FINGERPRINTS}
        FROM workflow_failures w
        JOIN workflow_runs r ON r.run_id = w.run_id AND r.run_attempt = w.run_attempt
        LEFT JOIN analyses a ON a.run_id = r.run_id AND a.run_attempt = r.run_attempt
        WHERE w.repository_id = %s AND w.fingerprint = %s AND w.head_branch IS DISTINCT FROM %s
        ORDER BY w.failure_id DESC LIMIT %s
        """,
        (repository_id, fingerprint, not_branch, limit),
    )


async def _history(connection: Connection, query: str, values: Sequence[int | str | None]) -> tuple[HistoryRow, ...]:
    async with connection.cursor(row_factory=kwargs_row(_history_row)) as cursor:
        await cursor.execute(query.encode(), values)
        return tuple(await cursor.fetchall())


def _history_row(
    *,
    fingerprints: list[str] | None,
    run_id: int,
    run_attempt: int,
    repository_id: int,
    workflow_id: int,
    workflow_name: str,
    event: str,
    status: str,
    conclusion: str | None,
    head_sha: str,
    head_branch: str | None,
    head_repository: str | None,
    html_url: str,
    run_started_at: datetime | None,
) -> HistoryRow:
    run_row = RunRow(
        run_id,
        run_attempt,
        repository_id,
        workflow_id,
        workflow_name,
        event,
        status,
        conclusion,
        head_sha,
        head_branch,
        head_repository,
        html_url,
        run_started_at,
    )
    return HistoryRow(run_row, None if fingerprints is None else frozenset(fingerprints))
