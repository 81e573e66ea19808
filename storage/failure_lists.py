"""Failures as people look for them: pages newest first within the repositories that one may read, and one by its id.

A page is found in two steps: each repository gives its newest keys from an index alone, and only what is shown is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.ids import FailureId

SCANNED = 200
"""Keys looked at for one page where a filter has no index: 200 repositories give that many each, in some 20 ms."""
_FILTERS: Mapping[str, str] = {
    "category": "f.category = %(category)s",
    "verdict": "f.verdict = %(verdict)s",
    "branch": "f.head_branch = %(branch)s",
    "fingerprint": "f.fingerprint = %(fingerprint)s",
    "since": "f.ran_at >= %(since)s",
    "until": "f.ran_at < %(until)s",
}
# As time to green is counted (analytics_greens), and true at this moment, not as of the last count. The newest success
# is one step in an index; EXISTS was planned to look through all later ones of the workflow.
_OVER = """
coalesce((SELECT max(g.run_started_at) FROM workflow_runs g
          WHERE g.repository_id = r.repository_id AND g.workflow_id = r.workflow_id AND g.head_branch = r.head_branch
            AND g.head_repository = r.head_repository AND g.conclusion = 'success') > r.run_started_at, false)
"""


@dataclass(frozen=True, slots=True)
class FailureFilter:
    """Which failures; None does not ask. `since` is within, `until` is not."""

    category: str | None = None
    verdict: str | None = None
    branch: str | None = None
    fingerprint: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailureKey:
    """A failure's place in the order of lists: by the time of its attempt, then by id."""

    ran_at: datetime
    failure_id: FailureId


@dataclass(frozen=True, slots=True)
class ListedFailure:
    """A failure as a list shows it. `resolved`: its workflow was green on its branch later."""

    failure_id: FailureId
    owner: str
    name: str
    run_id: int
    run_attempt: int
    workflow_name: str
    run_html_url: str
    head_sha: str
    head_branch: str | None
    fingerprint: str
    category: str
    tool: str | None
    headline: str
    verdict: str
    resolved: bool
    ran_at: datetime


async def failure_keys(
    connection: Connection,
    repository_ids: Sequence[int],
    wanted: FailureFilter,
    limit: int,
    before: FailureKey | None = None,
) -> tuple[FailureKey, ...]:
    """The newest `limit` failures of those repositories before a place in the order, newest first."""
    after = "" if before is None else "AND (f.ran_at, f.failure_id) < (%(ran_at)s, %(failure_id)s)"
    async with connection.cursor(row_factory=class_row(FailureKey)) as cursor:
        await cursor.execute(
            f"""
            SELECT k.ran_at, k.failure_id FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
            CROSS JOIN LATERAL (
                SELECT f.ran_at, f.failure_id FROM workflow_failures f
                WHERE f.repository_id = wanted.repository_id {_where(wanted)} {after}
                ORDER BY f.ran_at DESC, f.failure_id DESC LIMIT %(limit)s
            ) k
            ORDER BY k.ran_at DESC, k.failure_id DESC LIMIT %(limit)s
            """.encode(),
            {
                **_values(wanted),
                "ids": list(repository_ids),
                "limit": limit,
                "ran_at": None if before is None else before.ran_at,
                "failure_id": None if before is None else before.failure_id,
            },
        )
        return tuple(await cursor.fetchall())


async def count(connection: Connection, repository_ids: Sequence[int], wanted: FailureFilter, most: int) -> int:
    """How many failures of those repositories there are, counted up to `most`."""
    cursor = await connection.execute(
        f"""
        SELECT count(*) FROM (
            SELECT FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
            CROSS JOIN LATERAL (
                SELECT FROM workflow_failures f WHERE f.repository_id = wanted.repository_id {_where(wanted)}
                LIMIT %(most)s
            ) k
            LIMIT %(most)s
        ) counted
        """.encode(),
        {**_values(wanted), "ids": list(repository_ids), "most": most},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def resolved_among(connection: Connection, failure_ids: Sequence[int]) -> frozenset[int]:
    """Those of the failures that are over: their workflow was green on their branch later."""
    cursor = await connection.execute(
        "SELECT f.failure_id FROM workflow_failures f JOIN workflow_runs r USING (run_id, run_attempt) "
        f"WHERE f.failure_id = ANY(%s) AND {_OVER}".encode(),
        (list(failure_ids),),
    )
    return frozenset(int(row[0]) for row in await cursor.fetchall())


async def listed(connection: Connection, failure_ids: Sequence[int]) -> tuple[ListedFailure, ...]:
    """Those failures as a list shows them, newest first."""
    async with connection.cursor(row_factory=class_row(ListedFailure)) as cursor:
        await cursor.execute(
            f"""
            SELECT f.failure_id, p.owner, p.name, f.run_id, f.run_attempt, r.workflow_name, r.html_url AS run_html_url,
                   f.head_sha, f.head_branch, f.fingerprint, f.category, f.tool, f.headline, f.verdict,
                   {_OVER} AS resolved, f.ran_at
            FROM workflow_failures f JOIN workflow_runs r USING (run_id, run_attempt)
            JOIN repositories p ON p.repository_id = f.repository_id
            WHERE f.failure_id = ANY(%s) ORDER BY f.ran_at DESC, f.failure_id DESC
            """.encode(),
            (list(failure_ids),),
        )
        return tuple(await cursor.fetchall())


def _where(wanted: FailureFilter) -> str:
    asked = [sql for name, sql in _FILTERS.items() if getattr(wanted, name) is not None]
    return "".join(f" AND {sql}" for sql in asked)


def _values(wanted: FailureFilter) -> dict[str, str | datetime | None]:
    return {name: getattr(wanted, name) for name in _FILTERS}
