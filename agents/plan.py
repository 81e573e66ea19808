"""A plan and its runs: what is to be done, how far it has come, and what was asked of people on the way. Pure.

The words, the ids and the six states are those of the SDK that the product was first designed on
(docs/decisions/0005-portia.md); a plan of that SDK and one of ours read alike.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NewType
from uuid import uuid4

PlanId = NewType("PlanId", str)
PlanRunId = NewType("PlanRunId", str)
ClarificationId = NewType("ClarificationId", str)


class PlanRunState(StrEnum):
    """How far a run has come."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    NEED_CLARIFICATION = "NEED_CLARIFICATION"
    READY_TO_RESUME = "READY_TO_RESUME"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (PlanRunState.COMPLETE, PlanRunState.FAILED)


class StepState(StrEnum):
    """How far one step has come."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """A tool to call, with its arguments as a JSON object. What it says can be read by the steps after it."""

    tool: str
    task: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order, and what they are for."""

    plan_id: PlanId
    query: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question of the agent at a step; `answer` None: nobody has answered yet."""

    clarification_id: ClarificationId
    step: int
    question: str
    answer: str | None = None

    @property
    def resolved(self) -> bool:
        """Whether the run may go on as far as this question goes."""
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step that has begun, and what its tool said once it is done."""

    ordinal: int
    state: StepState
    output: str | None = None


@dataclass(frozen=True, slots=True)
class PlanRun:
    """One run of a plan. `steps` are those that have begun, in order."""

    plan_run_id: PlanRunId
    plan: Plan
    state: PlanRunState = PlanRunState.NOT_STARTED
    steps: tuple[StepRun, ...] = ()
    clarifications: tuple[Clarification, ...] = field(default=())

    @property
    def current_step(self) -> int:
        """The first step that is not done: where a run begins and where it is resumed."""
        done = {one.ordinal for one in self.steps if one.state is StepState.DONE}
        return next((at for at in range(len(self.plan.steps)) if at not in done), len(self.plan.steps))

    @property
    def open_clarifications(self) -> tuple[Clarification, ...]:
        """The questions that nobody has answered."""
        return tuple(one for one in self.clarifications if not one.resolved)

    def output(self, tool: str) -> str | None:
        """What the last step of that tool said; None where none is done."""
        said = {self.plan.steps[one.ordinal].tool: one.output for one in self.steps if one.state is StepState.DONE}
        return said.get(tool)

    def with_step(self, step: StepRun) -> "PlanRun":
        """The run with one step as it is now."""
        others = [one for one in self.steps if one.ordinal != step.ordinal]
        return replace(self, steps=tuple(sorted([*others, step], key=lambda one: one.ordinal)))

    def with_state(self, state: PlanRunState) -> "PlanRun":
        """The run in another state. Raises ValueError for one that has ended, or that waits for an answer."""
        if self.state.ended and state is not self.state:
            raise ValueError(f"{self.plan_run_id} is {self.state.value} and does not go on")
        if state in (PlanRunState.IN_PROGRESS, PlanRunState.READY_TO_RESUME) and self.open_clarifications:
            waiting = ", ".join(one.clarification_id for one in self.open_clarifications)
            raise ValueError(f"{self.plan_run_id} waits for an answer to {waiting}")
        return replace(self, state=state)


def new_plan_id() -> PlanId:
    """An id that no other plan has."""
    return PlanId(f"plan-{uuid4()}")


def new_plan_run_id() -> PlanRunId:
    """An id that no other run has."""
    return PlanRunId(f"prun-{uuid4()}")


def new_clarification_id() -> ClarificationId:
    """An id that no other question has."""
    return ClarificationId(f"clar-{uuid4()}")


FETCH_RUN = "fetch_workflow_run"
ANALYZE = "analyze_errors"
SIMILAR = "find_similar_fixes"
GENERATE = "generate_fix"
STORE = "store_analysis"
APPLY = "apply_fix"


def plan_of_a_fix() -> Plan:
    """The plan for a failed run. It is fixed: no model chooses what is done, only what is proposed."""
    return Plan(
        new_plan_id(),
        "Find out what broke in this run, propose the smallest fix, and ask a person for approval.",
        (
            Step(FETCH_RUN, "Read what failed"),
            Step(ANALYZE, "Say what broke"),
            Step(SIMILAR, "Look up what mended the same failure before"),
            Step(GENERATE, "Propose edits that stand on the log and the files"),
            Step(STORE, "Keep the answer, and the fix where there is one"),
            Step(APPLY, "Ask a person to approve the fix"),
        ),
    )
