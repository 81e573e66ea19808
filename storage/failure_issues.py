"""The issue of a failure that no pull request answers for, and where that failure was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.ids import FailureId

MOST_SIGHTINGS = 100
"""Read of one failure, the newest: whether it is green again is asked for each workflow among them."""
MOST_OPEN = 100
"""Issues asked about when a branch is green: each costs some queries, and more are no longer read by anybody."""

_COLUMNS = "repository_id, fingerprint, number, state, run_id, run_attempt, head_sha, digest"
# A run of the repository's own that is no pull request's: of its default branch, or started by a clock or by hand.
_OF_A_BRANCH = (
    "r.event <> ALL(ARRAY['pull_request', 'pull_request_target', 'merge_group']) "
    "AND lower(r.head_repository) = lower(%(full_name)s) AND (r.head_branch = %(default_branch)s "
    "OR r.event = ANY(ARRAY['schedule', 'workflow_dispatch', 'repository_dispatch']))"
)


@dataclass(frozen=True, slots=True)
class FailureIssueRow:
    """An issue, and the run that it was last written about.

    `open`; `closed` by the App, when the branch was green; `dismissed` by a person. `digest` is of what it says.
    """

    repository_id: int
    fingerprint: str
    number: int
    state: str
    run_id: int
    run_attempt: int
    head_sha: str
    digest: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A failed attempt that showed the failure; `times` and `first_at` are of all of them."""

    failure_id: FailureId
    verdict: str
    run_id: int
    run_attempt: int
    workflow_id: int
    workflow_name: str
    head_sha: str
    head_branch: str | None
    html_url: str
    at: datetime
    times: int
    first_at: datetime


async def sightings(
    connection: Connection, repository_id: int, full_name: str, default_branch: str, fingerprint: str
) -> tuple[Sighting, ...]:
    """Where a failure was seen outside of pull requests, newest run first."""
    async with connection.cursor(row_factory=class_row(Sighting)) as cursor:
        await cursor.execute(
            f"""
            SELECT f.failure_id, f.verdict, r.run_id, r.run_attempt, r.workflow_id, r.workflow_name, r.head_sha,
                   r.head_branch, r.html_url, coalesce(r.run_started_at, f.created_at) AS at,
                   count(*) OVER () AS times, min(coalesce(r.run_started_at, f.created_at)) OVER () AS first_at
            FROM workflow_failures f JOIN workflow_runs r USING (run_id, run_attempt)
            JOIN analyses a USING (run_id, run_attempt)
            WHERE f.repository_id = %(repository_id)s AND f.fingerprint = %(fingerprint)s
              AND a.pull_request_number IS NULL AND {_OF_A_BRANCH}
            ORDER BY r.run_id DESC, r.run_attempt DESC LIMIT {MOST_SIGHTINGS}
            """,
            {
                "repository_id": repository_id,
                "full_name": full_name,
                "default_branch": default_branch,
                "fingerprint": fingerprint,
            },
        )
        return tuple(await cursor.fetchall())


async def issue_of(connection: Connection, repository_id: int, fingerprint: str) -> FailureIssueRow | None:
    """The issue of a failure."""
    return await _one(connection, "repository_id = %s AND fingerprint = %s", (repository_id, fingerprint))


async def issue_numbered(connection: Connection, repository_id: int, number: int) -> FailureIssueRow | None:
    """The issue of that number, if it is one of ours."""
    return await _one(connection, "repository_id = %s AND number = %s", (repository_id, number))


async def open_fingerprints(connection: Connection, repository_id: int) -> Sequence[str]:
    """The failures whose issues are open, the one written last first."""
    cursor = await connection.execute(
        "SELECT fingerprint FROM failure_issues WHERE repository_id = %s AND state = 'open' "
        f"ORDER BY updated_at DESC LIMIT {MOST_OPEN}",
        (repository_id,),
    )
    return [str(row[0]) for row in await cursor.fetchall()]


async def save_issue(connection: Connection, row: FailureIssueRow) -> None:
    """Keep an issue as it stands now."""
    await connection.execute(
        f"INSERT INTO failure_issues ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (repository_id, fingerprint) DO UPDATE SET number = excluded.number, state = excluded.state, "
        "run_id = excluded.run_id, run_attempt = excluded.run_attempt, head_sha = excluded.head_sha, "
        "digest = excluded.digest, updated_at = now()",
        (
            row.repository_id,
            row.fingerprint,
            row.number,
            row.state,
            row.run_id,
            row.run_attempt,
            row.head_sha,
            row.digest,
        ),
    )


async def _one(connection: Connection, where: str, values: tuple[int | str, ...]) -> FailureIssueRow | None:
    async with connection.cursor(row_factory=class_row(FailureIssueRow)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM failure_issues WHERE {where}".encode(), values)
        return await cursor.fetchone()
