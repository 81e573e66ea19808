"""What the sandbox asks of whatever executes workflows, and what it is told back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sandbox.state import Annotation, Trigger


@dataclass(frozen=True, slots=True)
class BrokenWorkflow:
    """A workflow file that cannot be read: its run ends in startup_failure without a job. Line and column from 1."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: ``branch`` is None for a tag; of a pull request it is the base. ``changed`` are paths."""

    name: str
    ref: str
    branch: str | None
    changed: tuple[str, ...] = ()
    activity: str | None = None


class ParsedWorkflow(Protocol):
    """A workflow file that can be run."""

    @property
    def name(self) -> str:
        """Its ``name``, or its path."""

    def triggered_by(self, event: Event) -> bool:
        """Whether its ``on`` asks for this event."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A job of an earlier attempt that is not run again: how it ended, and what it gave those that need it."""

    conclusion: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One attempt to execute; ``workdir`` does not exist yet. ``kept`` are the jobs, by slot, not to be run again.

    ``stop`` is set when somebody cancels the attempt.
    """

    repository_git: Path
    full_name: str
    default_branch: str
    trigger: Trigger
    actor: str
    triggering_actor: str
    run_id: int
    run_number: int
    attempt: int
    server_url: str
    workflow_path: str
    workdir: Path
    kept: Mapping[str, Kept] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


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

    slot: str
    name: str
    conclusion: str
    started_at: datetime
    completed_at: datetime
    steps: tuple[StepOutcome, ...] = ()
    log: Path | None = None
    annotations: tuple[Annotation, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)


class Watcher(Protocol):
    """Is told of each job as it goes."""

    def queued(self, slot: str, name: str) -> None:
        """A job waits for a runner; what it needs has ended."""

    def started(self, slot: str, name: str) -> None:
        """A job runs."""

    def ended(self, outcome: JobOutcome) -> None:
        """A job has ended, whether it ran or was skipped."""


class Runner(Protocol):
    """Reads and executes workflows."""

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        """Read a workflow file."""

    async def run(self, workflow: ParsedWorkflow, order: RunOrder, watcher: Watcher) -> str:
        """Execute it to the end; gives the attempt's conclusion."""
