"""A repository, and all that it holds beside git."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.state.accounts import User
from sandbox.state.checks import CheckRun, CheckSuite
from sandbox.state.issues import Comment, Issue
from sandbox.state.pulls import Pull, Review, ReviewComment
from sandbox.state.runs import Run, Workflow

# A person's role in a repository, weakest first; "none" is absence.
ROLES = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(slots=True)
class Repository:
    """A repository: git on disk at ``path``, the rest here."""

    id: int
    owner: User
    name: str
    path: Path
    default_branch: str
    private: bool
    created_at: datetime
    pushed_at: datetime
    parent: Repository | None = None
    has_issues: bool = True
    roles: dict[str, str] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    review_comments: dict[int, ReviewComment] = field(default_factory=dict)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    def role(self, login: str) -> str:
        """A person's role: the owner is admin, anybody may read a public repository."""
        if login.lower() == self.owner.login.lower():
            return "admin"
        return self.roles.get(login.lower(), "none" if self.private else "read")
