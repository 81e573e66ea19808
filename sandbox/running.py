"""What the sandbox asks of whatever executes workflows, and what it is told back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sandbox.data import Json


@dataclass(frozen=True, slots=True)
class BrokenWorkflow:
    """A workflow file that cannot be read: its run ends in startup_failure without a job."""

    message: str
    line: int
    column: int


class ParsedWorkflow(Protocol):
    """A workflow file that can be run."""

    @property
    def name(self) -> str:
        """Its ``name``, or its path."""

    def triggered_by(
        self, event: str, *, ref: str, branch: str | None, changed: Sequence[str], activity: str | None = None
    ) -> bool:
        """Whether its ``on`` asks for this event."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One attempt to execute; ``workdir`` does not exist yet."""

    repository_git: Path
    full_name: str
    sha: str
    ref: str
    event: str
    actor: str
    run_id: int
    run_number: int
    attempt: int
    server_url: str
    workdir: Path
    event_payload: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class JobUpdate:
    """A job began (``in_progress``) or ended (``completed``)."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How a step ended; a skipped one has no times."""

    number: int
    name: str
    conclusion: str
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended; ``log`` is None when it wrote none (skipped, or its runner died)."""

    name: str
    conclusion: str
    started_at: datetime
    completed_at: datetime
    steps: tuple[StepOutcome, ...]
    log: Path | None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How an attempt ended."""

    conclusion: str
    jobs: tuple[JobOutcome, ...]


class Runner(Protocol):
    """Reads and executes workflows."""

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        """Read a workflow file."""

    async def run(
        self, workflow: ParsedWorkflow, order: RunOrder, on_update: Callable[[JobUpdate], Awaitable[None]]
    ) -> RunOutcome:
        """Execute it to the end."""
