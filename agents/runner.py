"""Runs a plan step by step, saves after each, and goes on from what is saved: in another process it is the same run.

A step that was cut short is done again; that is harmless, because reading changes nothing, what acts finds what it made
before, and the model's answers are replayed from the stored conversation instead of being asked and paid for again.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from agents.engine import FixAnswer, FixRequest, Inputs, Talk
from agents.plan import (
    GENERATE,
    STORE,
    Clarification,
    ClarificationId,
    Plan,
    PlanRun,
    PlanRunId,
    PlanRunState,
    StepRun,
    StepState,
    new_clarification_id,
    new_plan_run_id,
)
from agents.tools import ToolRegistry


class NeedsAnswer(Exception):
    """The agent asks a person; the run waits until somebody answers."""

    def __init__(self, question: str) -> None:
        super().__init__(question)
        self.question = question


async def _forget(_: Talk) -> None:
    """Keep nothing: for a question asked outside a plan."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the model's step works with: tools, the conversation so far, and what people have answered.

    `keep` is awaited after each answer of the model; `answers` are by question.
    """

    tools: ToolRegistry | None = None
    talk: Talk = field(default_factory=Talk)
    keep: Callable[[Talk], Awaitable[None]] = _forget
    answers: Mapping[str, str] = field(default_factory=dict)


Think = Callable[[FixRequest, Desk], Awaitable[FixAnswer]]
"""The step of a plan that is the engine's own. May raise NeedsAnswer."""


class Planned(ABC):
    """What engines have in common: all of a plan but the step in which they think."""

    __slots__ = ()

    @abstractmethod
    async def think(self, request: FixRequest, desk: Desk) -> FixAnswer:
        """Answer with what is on the desk. Raises NeedsAnswer where a person is asked."""

    async def start(self, plan: Plan, inputs: Inputs) -> PlanRun:
        """Begin a run of a plan, and run it until it ends or a question of it waits for a person."""
        run = PlanRun(new_plan_run_id(), plan)
        await inputs.store.begin(run)
        return await self.resume(run.plan_run_id, inputs)

    async def resume(
        self, run_id: PlanRunId, inputs: Inputs, answers: Mapping[ClarificationId, str] | None = None
    ) -> PlanRun:
        """Go on where a run was left; answers of a model that were kept are not asked for again."""
        return await go_on(run_id, inputs, self.think, answers)


async def go_on(
    run_id: PlanRunId, inputs: Inputs, think: Think, answers: Mapping[ClarificationId, str] | None = None
) -> PlanRun:
    """Run what is not done yet, until the end or a question; gives the run as it then is."""
    run = await _answered(await inputs.store.load(run_id), inputs, answers or {})
    if run.state.ended or run.open_clarifications:
        return run
    run = await _moved(run, inputs, PlanRunState.IN_PROGRESS)
    while run.current_step < len(run.plan.steps):
        try:
            run = await _step(run, inputs, think)
        except NeedsAnswer as asked:
            return await _waiting(run, inputs, asked.question)
    await inputs.store.complete(run_id, run.output(GENERATE) or "{}")
    return run.with_state(PlanRunState.COMPLETE)


async def _answered(run: PlanRun, inputs: Inputs, answers: Mapping[ClarificationId, str]) -> PlanRun:
    """Take answers in; of several to one question the first stays."""
    taken = {
        question.clarification_id: replace(question, answer=answers[question.clarification_id])
        for question in run.open_clarifications
        if question.clarification_id in answers
    }
    for question in taken.values():
        await inputs.store.save_clarification(run.plan_run_id, question)
    told = tuple(taken.get(question.clarification_id, question) for question in run.clarifications)
    run = replace(run, clarifications=told)
    if run.state is PlanRunState.NEED_CLARIFICATION and not run.open_clarifications:
        run = await _moved(run, inputs, PlanRunState.READY_TO_RESUME)
    return run


async def _step(run: PlanRun, inputs: Inputs, think: Think) -> PlanRun:
    at = run.current_step
    run = await _saved(run, inputs, StepRun(at, StepState.RUNNING))
    step = run.plan.steps[at]
    if step.tool == GENERATE:
        answer = await think(inputs.request, await _desk(run, inputs))
        output = msgspec.json.encode(answer).decode()
    else:
        arguments = json.dumps({"answer": run.output(GENERATE) or "{}"}) if step.tool == STORE else step.arguments
        output = (await inputs.tools.call(step.tool, arguments)).text
    return await _saved(run, inputs, StepRun(at, StepState.DONE, output))


async def _desk(run: PlanRun, inputs: Inputs) -> Desk:
    async def keep(talk: Talk) -> None:
        await inputs.store.save_talk(run.plan_run_id, talk)

    answers = {one.question: one.answer for one in run.clarifications if one.answer is not None}
    return Desk(inputs.tools, await inputs.store.talk(run.plan_run_id), keep, answers)


async def _waiting(run: PlanRun, inputs: Inputs, question: str) -> PlanRun:
    at = run.current_step
    asked = Clarification(new_clarification_id(), at, question)
    run = await _saved(run, inputs, StepRun(at, StepState.WAITING))
    await inputs.store.save_clarification(run.plan_run_id, asked)
    run = await _moved(run, inputs, PlanRunState.NEED_CLARIFICATION)
    return replace(run, clarifications=(*run.clarifications, asked))


async def _saved(run: PlanRun, inputs: Inputs, step: StepRun) -> PlanRun:
    await inputs.store.save_step(run.plan_run_id, step)
    return run.with_step(step)


async def _moved(run: PlanRun, inputs: Inputs, state: PlanRunState) -> PlanRun:
    run = run.with_state(state)
    await inputs.store.save_state(run.plan_run_id, state)
    return run
