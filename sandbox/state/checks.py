"""Check suites and check runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.state.accounts import App


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line remark of a check run."""

    path: str
    start_line: int
    end_line: int
    start_column: int | None
    end_column: int | None
    level: str
    message: str
    title: str | None
    raw_details: str | None


@dataclass(frozen=True, slots=True)
class CheckAction:
    """A button of a check run."""

    label: str
    description: str
    identifier: str


@dataclass(slots=True)
class CheckSuite:
    """All check runs of one App on one commit."""

    id: int
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime


@dataclass(slots=True)
class CheckRun:
    """A check run as its App last wrote it; annotations only ever grow."""

    id: int
    suite: CheckSuite
    name: str
    external_id: str
    details_url: str | None
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: tuple[CheckAction, ...] = ()
