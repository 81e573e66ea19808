"""What every engine answers to: a plan and what it is run with in, a run that is saved step by step out.

An engine never raises for what a model or its service does wrong: that is an outcome. No tool that a model may call
has effects; what acts is a step of the fixed plan, and what it does is to ask a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from agents.draft import Claim
from agents.plan import Clarification, ClarificationId, Plan, PlanRun, PlanRunId, PlanRunState, StepRun
from analysis.diagnosis import Category, Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.policy.model import Allowed

if TYPE_CHECKING:
    from agents.examples import Example
    from agents.past import PastFix
    from agents.tools import ToolRegistry


class Outcome(StrEnum):
    """How a request for a fix ended."""

    FIX = "fix"
    NO_FIX = "no_fix"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FixRequest:
    """The failed jobs of one run and the files an engine may edit, all at `head_sha`.

    `hint` is what a person with the right to say so wrote after `/retry`; `allowed` is what the repository's own file
    lets a fix touch. `examples` are fixes of like failures that those who read this repository may see, best first;
    `past` is what people made of earlier fixes of such failures, what tells most first.
    """

    diagnoses: tuple[Diagnosis, ...]
    files: Mapping[str, SourceFile]
    repository: str
    head_sha: str
    hint: str | None = None
    allowed: Allowed = field(default_factory=Allowed)
    examples: tuple["Example", ...] = ()
    past: tuple["PastFix", ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost: requests sent, and tokens as the service counted them (thinking is output).

    `cost_micros` is in millionths of a US dollar by the list price, 0 where the model's price is not known.
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_micros + other.cost_micros,
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer came from: engine, model, version of the instructions; what of it was dropped, and why.

    `dropped` are sentences of ours: no text of the model is in them.
    """

    engine: str
    model: str
    prompt: str
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FixAnswer:
    """An engine's answer. `confidence` is 0 to 1 and the model's own word, lowered by what could not be grounded.

    `reason` says in a sentence why the outcome is not a fix, or what was dropped from one. `risk` and `prevention` are
    the model's words, of which only sentences are left whose quotes exist, and every one of `claims` stands.
    """

    outcome: Outcome
    edits: tuple[Edit, ...] = ()
    summary: str = ""
    root_cause: str = ""
    confidence: float = 0.0
    complexity: str = ""
    risk: str = ""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    reason: str = ""
    category: Category = Category.UNKNOWN
    claims: tuple[Claim, ...] = ()
    prevention: str = ""
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation with the model as far as it was stored, as the library's own JSON, and what it has cost."""

    messages: str = "[]"
    usage: Usage = field(default_factory=Usage)


class RunStore(Protocol):
    """Where a run is kept. Each call is durable when it returns, and harmless when it is made twice."""

    async def begin(self, run: PlanRun) -> None:
        """Keep a run that has not started."""
        ...

    async def load(self, run_id: PlanRunId) -> PlanRun:
        """The run as it was left, by whatever process. Raises LookupError where there is none."""
        ...

    async def save_state(self, run_id: PlanRunId, state: PlanRunState) -> None:
        """Keep how far the run has come."""
        ...

    async def complete(self, run_id: PlanRunId, answer: str) -> None:
        """End the run with the engine's answer, a FixAnswer as JSON."""
        ...

    async def save_step(self, run_id: PlanRunId, step: StepRun) -> None:
        """Keep how far a step has come, with what it said."""
        ...

    async def save_clarification(self, run_id: PlanRunId, question: Clarification) -> None:
        """Keep a question, or the answer to it; the first answer stays."""
        ...

    async def talk(self, run_id: PlanRunId) -> Talk:
        """The conversation with the model so far."""
        ...

    async def save_talk(self, run_id: PlanRunId, talk: Talk) -> None:
        """Keep the conversation: called after each answer of the model, before anything is done with it."""
        ...


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a plan is run with, in whatever process it runs: all of it is read anew there, at the same commit."""

    request: FixRequest
    tools: "ToolRegistry"
    store: RunStore


@dataclass(frozen=True, slots=True)
class Description:
    """An engine by its name and its model's, "" where it asks none."""

    name: str
    model: str = ""


class Engine(Protocol):
    """Something that runs plans."""

    def describe(self) -> Description:
        """Who it is."""
        ...

    async def start(self, plan: Plan, inputs: Inputs) -> PlanRun:
        """Begin a run of a plan, and run it until it ends or a question of it waits for a person."""
        ...

    async def resume(
        self, run_id: PlanRunId, inputs: Inputs, answers: Mapping[ClarificationId, str] | None = None
    ) -> PlanRun:
        """Go on with a run where it was left, with the answers that came; one that has ended is given as it is."""
        ...
