"""Workflow runs, their attempts, jobs and steps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.data import JsonObject
from sandbox.state.accounts import User
from sandbox.state.checks import CheckSuite

if TYPE_CHECKING:
    from sandbox.state.repositories import Repository


@dataclass(slots=True)
class Workflow:
    """A workflow file, known by its path."""

    id: int
    path: str
    name: str
    created_at: datetime


@dataclass(slots=True)
class Step:
    """A step of a job."""

    number: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(slots=True)
class Job:
    """A job of one attempt; ``log`` is None while nothing is written (GitHub answers 404 BlobNotFound then).

    ``slot`` is what it is in the workflow file: a job's key, with a number for each of a matrix's combinations.
    """

    id: int
    slot: str
    name: str
    status: str
    conclusion: str | None
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    log: Path | None = None
    log_expired: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Attempt:
    """One try of a run; ``stop`` is set when somebody cancels it."""

    number: int
    actor: User
    started_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[Job] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What set a run off, and what its jobs run on; an attempt later runs on the very same.

    ``sha`` is the commit that is checked out: of a pull request its test merge, not its head.
    """

    event: str
    ref: str
    sha: str
    payload: JsonObject
    head_ref: str = ""
    base_ref: str = ""


@dataclass(slots=True)
class Run:
    """A workflow run; the last attempt speaks for it."""

    id: int
    workflow: Workflow
    number: int
    trigger: Trigger
    head_sha: str
    head_branch: str
    head_repository: Repository
    suite: CheckSuite
    actor: User
    title: str
    created_at: datetime
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def attempt(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]

    @property
    def event(self) -> str:
        """The event that set it off."""
        return self.trigger.event

    def latest_jobs(self) -> dict[str, Job]:
        """The newest job of each slot: an attempt lists only the jobs that it ran itself."""
        return {job.slot: job for attempt in self.attempts for job in attempt.jobs}
