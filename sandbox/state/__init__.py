"""What the sandbox remembers beside git: people, Apps, issues, check runs, workflow runs. In memory, one process."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from sandbox.state.accounts import App, Installation, Token, User
from sandbox.state.checks import Annotation, CheckAction, CheckRun, CheckSuite
from sandbox.state.issues import Comment, Issue, Reaction
from sandbox.state.pulls import Pull, Review, ReviewComment
from sandbox.state.repositories import ROLES, Repository
from sandbox.state.runs import Attempt, Job, Run, Step, Trigger, Workflow
from sandbox.state.teams import Team

__all__ = [
    "ROLES", "Annotation", "App", "Attempt", "CheckAction", "CheckRun", "CheckSuite", "Comment", "Installation",
    "Issue", "Job", "Pull", "Reaction", "Repository", "Review", "ReviewComment", "Run", "State", "Step", "Team",
    "Token", "Trigger", "User", "Workflow",
]  # fmt: skip


@dataclass(slots=True)
class State:
    """Everything, by id; ids come from one counter, so that no two kinds can be mixed up unnoticed."""

    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))
    users: dict[str, User] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    teams: dict[tuple[str, str], Team] = field(default_factory=dict)

    def next_id(self) -> int:
        """A number never given before."""
        return next(self.ids)

    def user(self, login: str) -> User | None:
        """An account by name, whatever the case."""
        return self.users.get(login.lower())

    def repository(self, owner: str, name: str) -> Repository | None:
        """A repository by name, whatever the case."""
        wanted = f"{owner}/{name}".lower()
        return next((r for r in self.repositories.values() if r.full_name.lower() == wanted), None)

    def user_by_email(self, email: str) -> User | None:
        """The account whose no-reply address a commit carries."""
        return next((user for user in self.users.values() if user.email == email), None)

    def installation_for(self, app_id: int, repository_id: int) -> Installation | None:
        """The App's installation that covers a repository."""
        return next(
            (i for i in self.installations.values() if i.app.id == app_id and repository_id in i.repository_ids), None
        )
