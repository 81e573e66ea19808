"""What lists begin with and end in: the repositories that they are of, fixes by their ids, questions that wait."""

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


async def reached(connection: Connection, after: int, most: int) -> tuple[RepositoryRow, ...]:
    """The repositories that the App may reach beyond an id, in the order of their ids, at most `most`."""
    return await _repositories(connection, "true", after, most)


async def with_failures(connection: Connection, after: int, most: int) -> tuple[RepositoryRow, ...]:
    """Those of them that have a failure."""
    return await _repositories(
        connection,
        "EXISTS (SELECT FROM workflow_failures f WHERE f.repository_id = r.repository_id)",
        after,
        most,
    )


async def with_fixes(
    connection: Connection, after: int, most: int, state: str | None = None
) -> tuple[RepositoryRow, ...]:
    """Those of them that have a fix, of that state or of any.

    Each repository is looked at: an organisation has thousands of them, not millions.
    """
    only = "" if state is None else "AND x.state = %s"
    return await _repositories(
        connection,
        f"EXISTS (SELECT FROM suggested_fixes x WHERE x.repository_id = r.repository_id {only})",
        after,
        most,
        *([] if state is None else [state]),
    )


async def with_questions(connection: Connection, after: int, most: int) -> tuple[RepositoryRow, ...]:
    """Those of them where a question waits."""
    return await _repositories(
        connection,
        "r.repository_id IN (SELECT p.repository_id FROM clarifications c JOIN plan_runs p USING (plan_run_id) "
        "WHERE c.answer IS NULL AND c.asked_at > '-infinity')",
        after,
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


async def repository_of_failure(connection: Connection, failure_id: int) -> RepositoryRow | None:
    """Where a failure is; whoever asks must be let read there before anything of it is told."""
    return await _repository(
        connection,
        "r.repository_id = (SELECT repository_id FROM workflow_failures WHERE failure_id = %s)",
        failure_id,
    )


async def repository_of_question(connection: Connection, clarification_id: str) -> RepositoryRow | None:
    """Where a question is asked; whoever asks must be let read there before anything of it is told."""
    return await _repository(
        connection,
        "r.repository_id = (SELECT p.repository_id FROM clarifications c JOIN plan_runs p USING (plan_run_id) "
        "WHERE c.clarification_id = %s)",
        clarification_id,
    )


async def listed_fixes(connection: Connection, fix_ids: Sequence[int]) -> tuple[ListedFix, ...]:
    """Those fixes as a list shows them, newest first."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""
                SELECT x.fix_id, r.owner, r.name, x.state, x.summary, x.source, x.proof_level, x.complexity,
                       {COLUMNS}, x.head_sha, x.head_branch, x.created_at, x.updated_at
                FROM suggested_fixes x JOIN repositories r USING (repository_id)
                WHERE x.fix_id = ANY(%s) ORDER BY x.created_at DESC, x.fix_id DESC
            """.encode(),
            (list(fix_ids),),
        )
        return tuple(
            [ListedFix(**without_confidence(found), confidence=confidence_in(found)) async for found in cursor]
        )


async def count_questions(connection: Connection, repository_ids: Sequence[int], most: int) -> int:
    """How many questions of those repositories wait, counted up to `most`."""
    cursor = await connection.execute(
        """
        SELECT count(*) FROM (
            SELECT FROM clarifications c JOIN plan_runs p USING (plan_run_id)
            WHERE c.answer IS NULL AND c.asked_at > '-infinity' AND p.state = 'NEED_CLARIFICATION'
              AND p.repository_id = ANY(%s) LIMIT %s
        ) counted
        """,
        (list(repository_ids), most),
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


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


async def _repositories(
    connection: Connection, where: str, after: int, most: int, *values: str
) -> tuple[RepositoryRow, ...]:
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(
            f"SELECT {_REPOSITORY} {_REACHED} AND {where} AND r.repository_id > %s "
            "ORDER BY r.repository_id LIMIT %s".encode(),
            (*values, after, most),
        )
        return tuple(await cursor.fetchall())


async def _repository(connection: Connection, which: str, *values: int | str) -> RepositoryRow | None:
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(f"SELECT {_REPOSITORY} {_REACHED} AND {which}".encode(), values)
        return await cursor.fetchone()
