"""A plan that is run, cut short anywhere, and run on: nothing is paid twice, and the end is the same."""

from dataclasses import dataclass, field

import msgspec
import pytest

from agents.engine import FixAnswer, FixRequest, Inputs, Outcome, Talk, Usage
from agents.plan import Plan, PlanRun, PlanRunId, PlanRunState, StepState, new_plan_run_id, plan_of_a_fix
from agents.recipes_only import RecipesOnly
from agents.runner import Desk, NeedsAnswer, go_on
from agents.toolbox import toolbox
from tests.agents.memory import Kept, Killed, Memory, Sources
from tests.agents.requests import request


@dataclass
class Thinker:
    """Pays twice: for a first thought, and for the answer; each is kept in the conversation."""

    paid: list[str] = field(default_factory=list)
    question: str = ""

    async def think(self, _: FixRequest, desk: Desk) -> FixAnswer:
        said = msgspec.json.decode(desk.talk.messages, type=list[str])
        for thought in ("first", "second"):
            if thought not in said:
                self.paid.append(thought)
                said.append(thought)
                await desk.keep(Talk(msgspec.json.encode(said).decode(), Usage(len(said))))
            if thought == "first" and self.question and self.question not in desk.answers:
                raise NeedsAnswer(self.question)
        return FixAnswer(Outcome.NO_FIX, reason=f"thought of {', '.join([*said, *desk.answers.values()])}")


async def begin(plan: Plan, inputs: Inputs) -> PlanRunId:
    run = PlanRun(new_plan_run_id(), plan)
    await inputs.store.begin(run)
    return run.plan_run_id


def inputs(store: Memory, kept: Kept | None = None) -> Inputs:
    return Inputs(request(), toolbox(request(), Sources(), kept or Kept()), store)


async def test_a_plan_runs_to_its_end_and_every_step_is_saved() -> None:
    store, kept = Memory(), Kept()
    run = await RecipesOnly().start(plan_of_a_fix(), inputs(store, kept))
    saved = store.runs[run.plan_run_id]
    assert (run.state, saved.state) == (PlanRunState.COMPLETE, PlanRunState.COMPLETE)
    assert [step.state for step in saved.steps] == [StepState.DONE] * 6
    assert saved.output("fetch_workflow_run") == "CI, attempt 1: failure; failed jobs: test"
    assert saved.output("apply_fix") == "F1 waits for approval."
    assert msgspec.json.decode(store.answers[run.plan_run_id], type=FixAnswer).reason == "no model is configured"


async def test_what_has_ended_is_given_as_it_is() -> None:
    store, kept = Memory(), Kept()
    run = await RecipesOnly().start(plan_of_a_fix(), inputs(store, kept))
    writes = store.writes
    assert await RecipesOnly().resume(run.plan_run_id, inputs(store, kept)) == run
    assert (store.writes, kept.requests) == (writes, 1)


async def writes_of_a_run() -> int:
    store = Memory()
    await go_on(await begin(plan_of_a_fix(), inputs(store)), inputs(store), Thinker().think)
    return store.writes


async def test_a_run_killed_after_any_write_ends_the_same_and_pays_once() -> None:
    count = await writes_of_a_run()
    assert count > 12
    for kill_at in range(2, count + 1):
        store, kept, thinker = Memory(kill_at=kill_at), Kept(), Thinker()
        run_id = await begin(plan_of_a_fix(), inputs(store, kept))
        with pytest.raises(Killed):
            await go_on(run_id, inputs(store, kept), thinker.think)
        run = await go_on(run_id, inputs(store, kept), thinker.think)
        assert run.state is PlanRunState.COMPLETE
        assert thinker.paid == ["first", "second"]
        assert len(kept.answers) == 1
        assert msgspec.json.decode(store.answers[run_id], type=FixAnswer).reason == "thought of first, second"


async def test_a_run_that_was_cut_short_goes_on_at_the_step_where_it_was() -> None:
    store, sources = Memory(kill_at=5), Sources()
    given = Inputs(request(), toolbox(request(), sources, Kept()), store)
    run_id = await begin(plan_of_a_fix(), given)
    with pytest.raises(Killed):
        await go_on(run_id, given, Thinker().think)
    assert store.runs[run_id].current_step == 1
    await go_on(run_id, given, Thinker().think)
    assert sources.asked.count("run") == 1


async def waiting(store: Memory, thinker: Thinker) -> PlanRunId:
    run_id = await begin(plan_of_a_fix(), inputs(store))
    run = await go_on(run_id, inputs(store), thinker.think)
    assert run.state is PlanRunState.NEED_CLARIFICATION
    return run_id


async def test_a_question_stops_the_run_until_somebody_answers() -> None:
    store, thinker = Memory(), Thinker(question="Which Python?")
    run_id = await waiting(store, thinker)
    (question,) = store.runs[run_id].open_clarifications
    assert (question.question, question.step) == ("Which Python?", 3)
    assert (await go_on(run_id, inputs(store), thinker.think)).state is PlanRunState.NEED_CLARIFICATION
    run = await go_on(run_id, inputs(store), thinker.think, {question.clarification_id: "3.12"})
    assert run.state is PlanRunState.COMPLETE
    assert thinker.paid == ["first", "second"]
    assert msgspec.json.decode(store.answers[run_id], type=FixAnswer).reason == "thought of first, second, 3.12"


async def test_an_answered_run_that_is_killed_keeps_the_answer() -> None:
    store, thinker = Memory(), Thinker(question="Which Python?")
    run_id = await waiting(store, thinker)
    (question,) = store.runs[run_id].open_clarifications
    store.kill_at = store.writes + 1
    with pytest.raises(Killed):
        await go_on(run_id, inputs(store), thinker.think, {question.clarification_id: "3.12"})
    run = await go_on(run_id, inputs(store), thinker.think)
    assert (run.state, thinker.paid) == (PlanRunState.COMPLETE, ["first", "second"])
