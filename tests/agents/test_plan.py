from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.plan import (
    Clarification,
    PlanRun,
    PlanRunState,
    StepRun,
    StepState,
    new_clarification_id,
    new_plan_run_id,
    plan_of_a_fix,
)


def run() -> PlanRun:
    return PlanRun(new_plan_run_id(), plan_of_a_fix())


def test_ids_say_what_they_are_of_and_are_never_the_same() -> None:
    first, second = run(), run()
    assert first.plan_run_id.startswith("prun-")
    assert first.plan.plan_id.startswith("plan-")
    assert new_clarification_id().startswith("clar-")
    assert first.plan_run_id != second.plan_run_id


def test_the_six_states_are_those_of_the_first_design() -> None:
    names = "NOT_STARTED IN_PROGRESS NEED_CLARIFICATION READY_TO_RESUME COMPLETE FAILED"
    assert [state.value for state in PlanRunState] == names.split()


def test_the_plan_ends_with_a_request_for_approval() -> None:
    tools = [step.tool for step in plan_of_a_fix().steps]
    assert tools[-1] == "apply_fix"
    assert tools.index("generate_fix") < tools.index("store_analysis") < tools.index("apply_fix")


@given(st.sets(st.integers(0, 5)))
def test_a_run_goes_on_at_the_first_step_that_is_not_done(done: set[int]) -> None:
    going = run()
    for ordinal in done:
        going = going.with_step(StepRun(ordinal, StepState.DONE, str(ordinal)))
    assert going.current_step not in done
    assert all(at in done for at in range(going.current_step))


def test_a_step_is_where_it_was_left() -> None:
    going = run().with_step(StepRun(0, StepState.RUNNING)).with_step(StepRun(0, StepState.DONE, "red"))
    assert (going.current_step, going.output("fetch_workflow_run"), going.output("generate_fix")) == (1, "red", None)


@pytest.mark.parametrize("ended", [PlanRunState.COMPLETE, PlanRunState.FAILED])
def test_what_has_ended_does_not_go_on(ended: PlanRunState) -> None:
    with pytest.raises(ValueError, match="does not go on"):
        run().with_state(ended).with_state(PlanRunState.IN_PROGRESS)


def test_a_run_with_an_open_question_waits() -> None:
    question = Clarification(new_clarification_id(), 3, "Which Python?")
    waiting = replace(run(), state=PlanRunState.NEED_CLARIFICATION, clarifications=(question,))
    with pytest.raises(ValueError, match="waits for an answer to clar-"):
        waiting.with_state(PlanRunState.READY_TO_RESUME)
    answered = replace(waiting, clarifications=(replace(question, answer="3.12"),))
    assert answered.with_state(PlanRunState.READY_TO_RESUME).state is PlanRunState.READY_TO_RESUME
