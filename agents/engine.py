"""What every engine answers to: the failed jobs of a run and some files in, edits or a reason for none out.

An engine never raises for what a model or its service does wrong: that is an outcome. It has no tool with effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from agents.draft import Claim
from analysis.diagnosis import Category, Diagnosis
from analysis.edits import Edit, SourceFile


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

    `hint` is what a person with the right to say so wrote after `/retry`.
    """

    diagnoses: tuple[Diagnosis, ...]
    files: Mapping[str, SourceFile]
    repository: str
    head_sha: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost: requests sent, and tokens as the service counted them (thinking is output)."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
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


class Engine(Protocol):
    """Something that proposes fixes."""

    @property
    def name(self) -> str:
        """Its name in `engine:NAME`."""
        ...

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Answer one request, within the engine's own limits of time, requests and tokens."""
        ...
