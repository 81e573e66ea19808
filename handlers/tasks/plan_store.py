"""Runs of plans in the database, as `agents` asks for it."""

import json
from dataclasses import dataclass

import msgspec

from agents.engine import Description, Talk, Usage
from agents.plan import (
    Clarification,
    ClarificationId,
    Plan,
    PlanId,
    PlanRun,
    PlanRunId,
    PlanRunState,
    Step,
    StepRun,
    StepState,
)
from storage import plan_runs
from storage.database import Connection, Database
from storage.plan_runs import NewPlanRun, PlanRunRow


@dataclass(frozen=True, slots=True)
class Asked:
    """For what attempt a plan is run, and on whose wish: `hint` are the words of whoever asked again."""

    repository_id: int
    run_id: int
    run_attempt: int
    again: bool = False
    hint: str | None = None


async def begin_run(connection: Connection, asked: Asked, run: PlanRun) -> None:
    """Keep a run that has not started; in the transaction in which its job is deferred, so that none is without."""
    new = NewPlanRun(
        plan_run_id=run.plan_run_id,
        plan_id=run.plan.plan_id,
        repository_id=asked.repository_id,
        run_id=asked.run_id,
        run_attempt=asked.run_attempt,
        plan_json=msgspec.json.encode(run.plan).decode(),
        hint=asked.hint,
        asked_again=asked.again,
    )
    await plan_runs.begin(connection, new)


@dataclass(frozen=True, slots=True)
class PlanStore:
    """The store of one engine's runs for one attempt."""

    database: Database
    asked: Asked
    engine: Description
    request_key: str = ""

    async def begin(self, run: PlanRun) -> None:
        """Keep a run that has not started."""
        async with self.database.connection() as connection:
            await begin_run(connection, self.asked, run)

    async def load(self, run_id: PlanRunId) -> PlanRun:
        """The run as it was left. Raises LookupError where there is none."""
        async with self.database.connection() as connection:
            row = await self._row(connection, run_id)
            steps = await plan_runs.steps_of(connection, run_id)
            asked = await plan_runs.clarifications_of(connection, run_id)
        return PlanRun(
            run_id,
            plan_of(row),
            PlanRunState(row.state),
            tuple(StepRun(one.ordinal, StepState(one.state), one.output) for one in steps),
            tuple(
                Clarification(ClarificationId(one.clarification_id), one.ordinal, one.question, one.answer)
                for one in asked
            ),
        )

    async def save_state(self, run_id: PlanRunId, state: PlanRunState) -> None:
        """Keep how far the run has come, and with what engine."""
        async with self.database.connection() as connection:
            await plan_runs.move(
                connection,
                run_id,
                state.value,
                engine=self.engine.name,
                model=self.engine.model,
                request_key=self.request_key,
            )

    async def complete(self, run_id: PlanRunId, answer: str) -> None:
        """End the run with its answer."""
        async with self.database.connection() as connection:
            await plan_runs.complete(connection, run_id, answer)

    async def save_step(self, run_id: PlanRunId, step: StepRun) -> None:
        """Keep how far a step has come."""
        async with self.database.connection() as connection:
            planned = plan_of(await self._row(connection, run_id)).steps[step.ordinal]
            await plan_runs.save_step(
                connection, run_id, step.ordinal, planned.tool, planned.arguments, step.state.value, step.output
            )

    async def save_clarification(self, run_id: PlanRunId, question: Clarification) -> None:
        """Keep a question, or the answer to it."""
        async with self.database.connection() as connection:
            await plan_runs.ask(connection, question.clarification_id, run_id, question.step, question.question)
            if question.answer is not None:
                await plan_runs.answer(connection, question.clarification_id, question.answer, "")

    async def talk(self, run_id: PlanRunId) -> Talk:
        """The conversation with the model so far, and what it has cost."""
        async with self.database.connection() as connection:
            row = await self._row(connection, run_id)
        usage = Usage(row.requests, row.input_tokens, row.output_tokens, row.cost_micros)
        return Talk(row.messages_json, usage)

    async def save_talk(self, run_id: PlanRunId, talk: Talk) -> None:
        """Keep the conversation."""
        usage = talk.usage
        async with self.database.connection() as connection:
            await plan_runs.remember(
                connection,
                run_id,
                talk.messages,
                usage.requests,
                usage.input_tokens,
                usage.output_tokens,
                usage.cost_micros,
            )

    async def _row(self, connection: Connection, run_id: PlanRunId) -> PlanRunRow:
        row = await plan_runs.plan_run(connection, run_id)
        if row is None:
            raise LookupError(f"there is no plan run {run_id}")
        return row


def plan_of(row: PlanRunRow) -> Plan:
    """The plan of a stored run, as it was when the run began: another version's plan may have other steps."""
    kept = json.loads(row.plan_json)
    return Plan(PlanId(row.plan_id), kept["query"], msgspec.convert(kept["steps"], tuple[Step, ...]))
