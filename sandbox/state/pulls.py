"""Pull requests, and what is said on their diffs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.state.accounts import User
from sandbox.state.issues import Issue

if TYPE_CHECKING:
    from sandbox.state.repositories import Repository


@dataclass(slots=True)
class ReviewComment:
    """A comment on lines of a pull request's diff."""

    id: int
    number: int
    review_id: int
    user: User
    body: str
    path: str
    commit_id: str
    line: int | None
    start_line: int | None
    side: str
    start_side: str | None
    diff_hunk: str
    created_at: datetime
    in_reply_to: int | None = None


@dataclass(slots=True)
class Review:
    """A review of a pull request; its comments point to it."""

    id: int
    number: int
    user: User
    body: str
    state: str
    commit_id: str
    submitted_at: datetime


@dataclass(slots=True)
class Pull:
    """A pull request: the issue half and the two branches.

    ``merge_commit_sha`` is the commit that merged it or, while it is open, the test merge that its workflows run on;
    None where head and base conflict.
    """

    id: int
    issue: Issue
    head_repository: Repository
    head_branch: str
    head_sha: str
    base_branch: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None

    @property
    def number(self) -> int:
        """The number shared with issues."""
        return self.issue.number
