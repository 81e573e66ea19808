"""Rows to take away: all failures or fixes of one repository, newest first, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection


@dataclass(frozen=True, slots=True)
class FailureLine:
    """A failure as it is exported."""

    failure_id: int
    repository: str
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    fingerprint: str
    category: str
    tool: str | None
    headline: str
    verdict: str
    ran_at: datetime


@dataclass(frozen=True, slots=True)
class FixLine:
    """A fix as it is exported."""

    fix_id: int
    repository: str
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    source: str
    summary: str
    state: str
    proof_level: str
    complexity: str
    confidence: float | None
    commit_sha: str | None
    pull_request_number: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """What came out of a fix, by its newest decisive event: `succeeded` is whether CI was green on it.

    `confidence` is what was said at its proposal; `weight` is how much is learned from it, 0 to 1.
    """

    fix_id: int
    repository: str
    kind: str
    category: str
    fingerprint: str
    succeeded: bool
    weight: float
    confidence: float | None
    proposed_at: datetime
    decided_at: datetime


async def failure_lines(connection: Connection, failure_ids: Sequence[int]) -> tuple[FailureLine, ...]:
    """Those failures, newest first."""
    async with connection.cursor(row_factory=class_row(FailureLine)) as cursor:
        await cursor.execute(
            """
            SELECT f.failure_id, r.owner || '/' || r.name AS repository, f.run_id, f.run_attempt, f.head_sha,
                   f.head_branch, f.fingerprint, f.category, f.tool, f.headline, f.verdict, f.ran_at
            FROM workflow_failures f JOIN repositories r USING (repository_id)
            WHERE f.failure_id = ANY(%s) ORDER BY f.ran_at DESC, f.failure_id DESC
            """,
            (list(failure_ids),),
        )
        return tuple(await cursor.fetchall())


async def fix_lines(connection: Connection, fix_ids: Sequence[int]) -> tuple[FixLine, ...]:
    """Those fixes, newest first."""
    async with connection.cursor(row_factory=class_row(FixLine)) as cursor:
        await cursor.execute(
            """
            SELECT x.fix_id, r.owner || '/' || r.name AS repository, x.run_id, x.run_attempt, x.head_sha,
                   x.head_branch, x.source, x.summary, x.state, x.proof_level, x.complexity, x.confidence,
                   x.commit_sha, x.pull_request_number, x.created_at, x.updated_at
            FROM suggested_fixes x JOIN repositories r USING (repository_id)
            WHERE x.fix_id = ANY(%s) ORDER BY x.created_at DESC, x.fix_id DESC
            """,
            (list(fix_ids),),
        )
        return tuple(await cursor.fetchall())


async def outcome_lines(connection: Connection, fix_ids: Sequence[int]) -> tuple[OutcomeLine, ...]:
    """What came out of those of the fixes that have an outcome, in the order of their proposals, newest first."""
    async with connection.cursor(row_factory=class_row(OutcomeLine)) as cursor:
        await cursor.execute(
            """
            SELECT o.fix_id, r.owner || '/' || r.name AS repository, o.kind, o.category, o.fingerprint, o.succeeded,
                   o.weight, o.said AS confidence, o.proposed_at, o.decided_at
            FROM fix_outcomes o JOIN repositories r USING (repository_id)
            WHERE o.fix_id = ANY(%s) AND o.replaced_at IS NULL ORDER BY o.proposed_at DESC, o.fix_id DESC
            """,
            (list(fix_ids),),
        )
        return tuple(await cursor.fetchall())
