"""Runs of an agent's plan: saved step by step, so that another process goes on where one was killed.

Every write may be made twice: a step, a question and a count of tokens are the same afterwards, and what has ended
does not begin again.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.text import storable, storable_json, storable_or_none


@dataclass(frozen=True, slots=True)
class NewPlanRun:
    """A run to begin. `asked_again` where a person asked for it, with a `hint` in their own words or without."""

    plan_run_id: str
    plan_id: str
    repository_id: int
    run_id: int
    run_attempt: int
    plan_json: str
    hint: str | None = None
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class PlanRunRow:
    """A run as it is kept. `messages_json` is the model's conversation; `answer_json` stands once it is COMPLETE."""

    plan_run_id: str
    plan_id: str
    repository_id: int
    run_id: int
    run_attempt: int
    plan_json: str
    hint: str | None
    asked_again: bool
    request_key: str | None
    engine: str
    model: str
    state: str
    messages_json: str
    answer_json: str | None
    requests: int
    input_tokens: int
    output_tokens: int
    cost_micros: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PlanStepRow:
    """One step: `running`, `waiting` for a person, `done` or `failed`; `output` is what its tool said."""

    ordinal: int
    tool: str
    arguments_json: str
    state: str
    output: str | None


@dataclass(frozen=True, slots=True)
class ClarificationRow:
    """A question that an agent asked at a step of a run, and the answer where there is one."""

    clarification_id: str
    plan_run_id: str
    ordinal: int
    question: str
    answer: str | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the runs of some time cost together: runs that asked a model, requests, tokens, millionths of a dollar."""

    runs: int
    requests: int
    tokens: int
    cost_micros: int


_SELECT = """
SELECT p.plan_run_id, p.plan_id, p.repository_id, p.run_id, p.run_attempt, p.plan::text AS plan_json, p.hint,
       p.asked_again, p.request_key, p.engine, p.model, p.state, p.messages::text AS messages_json,
       p.answer::text AS answer_json, p.requests, p.input_tokens, p.output_tokens, p.cost_micros, p.created_at
FROM plan_runs p
"""
_QUESTIONS = """
SELECT c.clarification_id, c.plan_run_id, c.ordinal, c.question, c.answer, c.answered_by FROM clarifications c
"""


async def begin(connection: Connection, new: NewPlanRun) -> None:
    """Store a run as NOT_STARTED; a second time leaves the first as it is."""
    await connection.execute(
        "INSERT INTO plan_runs (plan_run_id, plan_id, repository_id, run_id, run_attempt, plan, hint, asked_again) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (plan_run_id) DO NOTHING",
        (
            new.plan_run_id,
            new.plan_id,
            new.repository_id,
            new.run_id,
            new.run_attempt,
            storable_json(new.plan_json),
            storable_or_none(new.hint),
            new.asked_again,
        ),
    )


async def plan_run(connection: Connection, plan_run_id: str) -> PlanRunRow | None:
    """The run of that id."""
    return await _one(connection, "WHERE p.plan_run_id = %s", (plan_run_id,))


async def newest_of_attempt(connection: Connection, run_id: int, run_attempt: int) -> PlanRunRow | None:
    """The run begun last for an attempt of a workflow run."""
    return await _one(
        connection,
        "WHERE p.run_id = %s AND p.run_attempt = %s ORDER BY p.created_at DESC LIMIT 1",
        (run_id, run_attempt),
    )


async def answered_before(connection: Connection, repository_id: int, request_key: str) -> PlanRunRow | None:
    """The run that was given an answer to an equal request last."""
    return await _one(
        connection,
        "WHERE p.repository_id = %s AND p.request_key = %s AND p.state = 'COMPLETE' ORDER BY p.created_at DESC LIMIT 1",
        (repository_id, request_key),
    )


async def move(
    connection: Connection, plan_run_id: str, state: str, *, engine: str = "", model: str = "", request_key: str = ""
) -> bool:
    """Change the state, and keep what is given; False where the run has ended and stays as it is."""
    cursor = await connection.execute(
        "UPDATE plan_runs SET state = %s, engine = coalesce(nullif(%s, ''), engine), updated_at = now(), "
        "model = coalesce(nullif(%s, ''), model), request_key = coalesce(nullif(%s, ''), request_key) "
        "WHERE plan_run_id = %s AND state NOT IN ('COMPLETE', 'FAILED')",
        (state, engine, storable(model), request_key, plan_run_id),
    )
    return cursor.rowcount == 1


async def complete(connection: Connection, plan_run_id: str, answer_json: str) -> bool:
    """End a run with its answer; False where it has ended before, with the answer it had then."""
    cursor = await connection.execute(
        "UPDATE plan_runs SET state = 'COMPLETE', answer = %s, updated_at = now() "
        "WHERE plan_run_id = %s AND state NOT IN ('COMPLETE', 'FAILED')",
        (storable_json(answer_json), plan_run_id),
    )
    return cursor.rowcount == 1


async def remember(
    connection: Connection,
    plan_run_id: str,
    messages_json: str,
    requests: int,
    input_tokens: int,
    output_tokens: int,
    cost_micros: int,
) -> None:
    """Keep the conversation as far as it has come and what it has cost in all: what was paid for is never lost."""
    await connection.execute(
        "UPDATE plan_runs SET messages = %s, requests = greatest(requests, %s), "
        "input_tokens = greatest(input_tokens, %s), output_tokens = greatest(output_tokens, %s), "
        "cost_micros = greatest(cost_micros, %s), updated_at = now() WHERE plan_run_id = %s",
        (storable_json(messages_json), requests, input_tokens, output_tokens, cost_micros, plan_run_id),
    )


async def save_step(
    connection: Connection,
    plan_run_id: str,
    ordinal: int,
    tool: str,
    arguments_json: str,
    state: str,
    output: str | None = None,
) -> None:
    """Write how far a step has come; one that is done stays as it is."""
    await connection.execute(
        """
        INSERT INTO plan_steps (plan_run_id, ordinal, tool, arguments, state, output, ended_at)
        VALUES (%(plan_run_id)s, %(ordinal)s, %(tool)s, %(arguments)s, %(state)s, %(output)s,
                CASE WHEN %(state)s IN ('done', 'failed') THEN now() END)
        ON CONFLICT (plan_run_id, ordinal) DO UPDATE
        SET state = excluded.state, output = excluded.output, arguments = excluded.arguments,
            ended_at = excluded.ended_at
        WHERE plan_steps.state <> 'done'
        """,
        {
            "plan_run_id": plan_run_id,
            "ordinal": ordinal,
            "tool": storable(tool),
            "arguments": storable_json(arguments_json),
            "state": state,
            "output": storable_or_none(output),
        },
    )


async def steps_of(connection: Connection, plan_run_id: str) -> tuple[PlanStepRow, ...]:
    """The steps of a run that have begun, in order."""
    async with connection.cursor(row_factory=class_row(PlanStepRow)) as cursor:
        await cursor.execute(
            "SELECT ordinal, tool, arguments::text AS arguments_json, state, output FROM plan_steps "
            "WHERE plan_run_id = %s ORDER BY ordinal",
            (plan_run_id,),
        )
        return tuple(await cursor.fetchall())


async def ask(connection: Connection, clarification_id: str, plan_run_id: str, ordinal: int, question: str) -> None:
    """Keep a question; the same id again changes nothing."""
    await connection.execute(
        "INSERT INTO clarifications (clarification_id, plan_run_id, ordinal, question) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (clarification_id) DO NOTHING",
        (clarification_id, plan_run_id, ordinal, storable(question)),
    )


async def answer(connection: Connection, clarification_id: str, text: str, answered_by: str) -> bool:
    """Answer a question; False where somebody was faster, or where there is no such question."""
    cursor = await connection.execute(
        "UPDATE clarifications SET answer = %s, answered_by = %s, answered_at = now() "
        "WHERE clarification_id = %s AND answer IS NULL",
        (storable(text), storable(answered_by), clarification_id),
    )
    return cursor.rowcount == 1


async def clarification(connection: Connection, clarification_id: str) -> ClarificationRow | None:
    """The question of that id."""
    async with connection.cursor(row_factory=class_row(ClarificationRow)) as cursor:
        await cursor.execute((_QUESTIONS + "WHERE c.clarification_id = %s").encode(), (clarification_id,))
        return await cursor.fetchone()


async def clarifications_of(connection: Connection, plan_run_id: str) -> tuple[ClarificationRow, ...]:
    """The questions of a run and their answers, oldest first."""
    async with connection.cursor(row_factory=class_row(ClarificationRow)) as cursor:
        await cursor.execute(
            (_QUESTIONS + "WHERE c.plan_run_id = %s ORDER BY c.asked_at, c.clarification_id").encode(), (plan_run_id,)
        )
        return tuple(await cursor.fetchall())


async def spent(connection: Connection, since: datetime, repository_id: int | None = None) -> Spent:
    """What was spent on models since a moment, in one repository or in all; what still runs is counted too."""
    where = "created_at >= %s" if repository_id is None else "repository_id = %s AND created_at >= %s"
    values = (since,) if repository_id is None else (repository_id, since)
    async with connection.cursor(row_factory=class_row(Spent)) as cursor:
        await cursor.execute(
            (
                "SELECT count(*) FILTER (WHERE requests > 0) AS runs, coalesce(sum(requests), 0)::bigint AS requests, "
                "coalesce(sum(input_tokens + output_tokens), 0)::bigint AS tokens, "
                f"coalesce(sum(cost_micros), 0)::bigint AS cost_micros FROM plan_runs WHERE {where}"
            ).encode(),
            values,
        )
        found = await cursor.fetchone()
    return found or Spent(0, 0, 0, 0)


async def last_outcomes(connection: Connection, since: datetime, limit: int) -> tuple[tuple[str, datetime], ...]:
    """How the last plans that asked a model ended, and when, newest first: an outcome, or `FAILED`."""
    cursor = await connection.execute(
        "SELECT coalesce(answer->>'outcome', state), updated_at FROM plan_runs WHERE created_at >= %s "
        "AND requests > 0 AND state IN ('COMPLETE', 'FAILED') ORDER BY created_at DESC LIMIT %s",
        (since, limit),
    )
    return tuple((str(row[0]), row[1]) for row in await cursor.fetchall())


async def _one(connection: Connection, where: str, values: tuple[int | str, ...]) -> PlanRunRow | None:
    async with connection.cursor(row_factory=class_row(PlanRunRow)) as cursor:
        await cursor.execute((_SELECT + where).encode(), values)
        return await cursor.fetchone()


async def under_way_since(
    connection: Connection, before: datetime, note: str, limit: int
) -> tuple[tuple[int, int, int], ...]:
    """Repository, run and attempt of plans that nobody went on with since, where the analysis still says `note`."""
    cursor = await connection.execute(
        "SELECT p.repository_id, p.run_id, p.run_attempt FROM plan_runs p JOIN analyses a USING (run_id, run_attempt) "
        "WHERE p.state IN ('NOT_STARTED', 'IN_PROGRESS', 'READY_TO_RESUME') AND p.updated_at < %s AND a.note = %s "
        "ORDER BY p.updated_at LIMIT %s",
        (before, note, limit),
    )
    return tuple((int(row[0]), int(row[1]), int(row[2])) for row in await cursor.fetchall())
