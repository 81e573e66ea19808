"""Lists for the people who decide: pages of fixes and of questions, within the repositories that one may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, dict_row

from storage.confidence import COLUMNS, Confidence, confidence_in, without_confidence
from storage.database import Connection
from storage.ids import FixId
from storage.repositories import RepositoryRow

_REACHED = (
    "FROM repositories r JOIN installations i USING (installation_id) "
    "WHERE r.removed_at IS NULL AND i.suspended_at IS NULL AND i.deleted_at IS NULL"
)
_REPOSITORY = "r.repository_id, r.installation_id, r.owner, r.name, r.default_branch, r.removed_at"


@dataclass(frozen=True, slots=True)
class ListedFix:
    """A fix as a list shows it."""

    fix_id: FixId
    owner: str
    name: str
    state: str
    summary: str
    source: str
    proof_level: str
    complexity: str
    confidence: Confidence | None
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """A question that waits, and where it is asked."""

    clarification_id: str
    owner: str
    name: str
    run_id: int
    run_attempt: int
    question: str
    asked_at: datetime


async def with_fixes(connection: Connection, most: int, state: str | None = None) -> tuple[RepositoryRow, ...]:
    """The repositories that the App may reach and that have a fix, of that state or of any, by id, at most `most`.

    Each repository is looked at: an organisation has thousands of them, not millions.
    """
    only = "" if state is None else "AND x.state = %s"
    return await _repositories(
        connection,
        f"EXISTS (SELECT FROM suggested_fixes x WHERE x.repository_id = r.repository_id {only})",
        most,
        *([] if state is None else [state]),
    )


async def with_questions(connection: Connection, most: int) -> tuple[RepositoryRow, ...]:
    """The repositories that the App may reach and where a question waits, by id, at most `most`."""
    return await _repositories(
        connection,
        "r.repository_id IN (SELECT p.repository_id FROM clarifications c JOIN plan_runs p USING (plan_run_id) "
        "WHERE c.answer IS NULL AND c.asked_at > '-infinity')",
        most,
    )


async def repository_named(connection: Connection, owner: str, name: str) -> RepositoryRow | None:
    """The repository of that name, whatever the case of the letters, if the App may reach it."""
    return await _repository(connection, "lower(r.owner) = lower(%s) AND lower(r.name) = lower(%s)", owner, name)


async def repository_of_fix(connection: Connection, fix_id: int) -> RepositoryRow | None:
    """Where a fix is; whoever asks must be let read there before anything of it is told."""
    return await _repository(
        connection, "r.repository_id = (SELECT repository_id FROM suggested_fixes WHERE fix_id = %s)", fix_id
    )


async def repository_of_question(connection: Connection, clarification_id: str) -> RepositoryRow | None:
    """Where a question is asked; whoever asks must be let read there before anything of it is told."""
    return await _repository(
        connection,
        "r.repository_id = (SELECT p.repository_id FROM clarifications c JOIN plan_runs p USING (plan_run_id) "
        "WHERE c.clarification_id = %s)",
        clarification_id,
    )


async def fixes_page(
    connection: Connection,
    repository_ids: Sequence[int],
    limit: int,
    *,
    state: str | None = None,
    before: int | None = None,
) -> tuple[ListedFix, ...]:
    """Fixes of those repositories, newest first, below `before`: each repository gives its `limit` newest by index."""
    only = "AND x.state = %(state)s" if state is not None else ""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""
            SELECT x.*
            FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
            CROSS JOIN LATERAL (
                SELECT x.fix_id, r.owner, r.name, x.state, x.summary, x.source, x.proof_level, x.complexity,
                       {COLUMNS}, x.head_sha, x.head_branch, x.created_at, x.updated_at
                FROM suggested_fixes x JOIN repositories r USING (repository_id)
                WHERE x.repository_id = wanted.repository_id {only} AND x.fix_id < %(before)s
                ORDER BY x.fix_id DESC LIMIT %(limit)s
            ) x
            ORDER BY x.fix_id DESC LIMIT %(limit)s
            """.encode(),
            {
                "ids": list(repository_ids),
                "state": state,
                "before": 2**63 - 1 if before is None else before,
                "limit": limit,
            },
        )
        return tuple(
            [ListedFix(**without_confidence(found), confidence=confidence_in(found)) async for found in cursor]
        )


async def questions_page(
    connection: Connection, repository_ids: Sequence[int], limit: int, *, after: tuple[str, str] | None = None
) -> tuple[ListedQuestion, ...]:
    """Questions of those repositories that wait, oldest first, after the one with that moment and id."""
    asked_at, clarification_id = after or ("-infinity", "")
    async with connection.cursor(row_factory=class_row(ListedQuestion)) as cursor:
        await cursor.execute(
            """
            SELECT c.clarification_id, r.owner, r.name, p.run_id, p.run_attempt, c.question, c.asked_at
            FROM clarifications c JOIN plan_runs p USING (plan_run_id) JOIN repositories r USING (repository_id)
            WHERE c.answer IS NULL AND (c.asked_at, c.clarification_id) > (%s::timestamptz, %s)
              AND p.state = 'NEED_CLARIFICATION' AND p.repository_id = ANY(%s)
            ORDER BY c.asked_at, c.clarification_id LIMIT %s
            """,
            (asked_at, clarification_id, list(repository_ids), limit),
        )
        return tuple(await cursor.fetchall())


async def _repositories(connection: Connection, where: str, most: int, *values: str) -> tuple[RepositoryRow, ...]:
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(
            f"SELECT {_REPOSITORY} {_REACHED} AND {where} ORDER BY r.repository_id LIMIT %s".encode(),
            (*values, most),
        )
        return tuple(await cursor.fetchall())


async def _repository(connection: Connection, which: str, *values: int | str) -> RepositoryRow | None:
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(f"SELECT {_REPOSITORY} {_REACHED} AND {which}".encode(), values)
        return await cursor.fetchone()
