"""What the sandbox remembers beside git: people, Apps, issues, check runs, workflow runs. In memory, one process."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

# A person's role in a repository, weakest first; "none" is absence.
ROLES = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(slots=True)
class User:
    """A person, an organisation or an App's bot (``type`` User, Organization or Bot)."""

    id: int
    login: str
    type: str
    created_at: datetime

    @property
    def email(self) -> str:
        """The no-reply address by which commits are matched to the account."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class App:
    """A GitHub App; ``bot`` is the account its installations act as."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: User
    bot: User
    permissions: dict[str, str]
    events: tuple[str, ...]
    webhook_url: str | None
    webhook_secret: str
    public_key_pem: str
    created_at: datetime


@dataclass(slots=True)
class Installation:
    """An App on an account, for some of its repositories."""

    id: int
    app: App
    account: User
    repository_ids: set[int]
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A secret that stands for an installation (with what it was narrowed to) or for a person."""

    value: str
    holder: Installation | User
    repository_ids: frozenset[int]
    permissions: dict[str, str]
    expires_at: datetime | None


@dataclass(slots=True)
class Reaction:
    """One person's emoji on a comment."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Comment:
    """A comment in an issue's or pull request's conversation."""

    id: int
    number: int
    user: User
    app: App | None
    body: str
    created_at: datetime
    updated_at: datetime
    reactions: dict[int, Reaction] = field(default_factory=dict)


@dataclass(slots=True)
class Issue:
    """An issue, or the issue half of a pull request."""

    id: int
    number: int
    title: str
    body: str | None
    user: User
    created_at: datetime
    updated_at: datetime
    is_pull: bool = False
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    labels: tuple[str, ...] = ()


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
    """A pull request: the issue half and the two branches."""

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
    """A job of one attempt; ``log`` is None while nothing is written (GitHub answers 404 BlobNotFound then)."""

    id: int
    name: str
    status: str
    conclusion: str | None
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    log: Path | None = None
    log_expired: bool = False
    annotations: tuple[Annotation, ...] = ()


@dataclass(slots=True)
class Attempt:
    """One try of a run."""

    number: int
    actor: User
    started_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[Job] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """A workflow run; the last attempt speaks for it."""

    id: int
    workflow: Workflow
    number: int
    event: str
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

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    def role(self, login: str) -> str:
        """A person's role: the owner is admin, anybody may read a public repository."""
        if login.lower() == self.owner.login.lower():
            return "admin"
        return self.roles.get(login.lower(), "none" if self.private else "read")


@dataclass(slots=True)
class State:
    """Everything, by id; ids come from one counter, so that no two kinds can be mixed up unnoticed."""

    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))
    users: dict[str, User] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)

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
