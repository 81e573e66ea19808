"""GitHub's things as this project sees them: frozen, typed, with GitHub's own names; nothing of githubkit shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

InstallationId = NewType("InstallationId", int)
RepositoryId = NewType("RepositoryId", int)
RunId = NewType("RunId", int)
JobId = NewType("JobId", int)
CheckRunId = NewType("CheckRunId", int)
CommentId = NewType("CommentId", int)
UserId = NewType("UserId", int)
Sha = NewType("Sha", str)
DeliveryGuid = NewType("DeliveryGuid", str)


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository that the App is installed on. `owner` and `name` may change; `repository_id` does not."""

    repository_id: RepositoryId
    installation_id: InstallationId
    owner: str
    name: str
    default_branch: str

    @property
    def full_name(self) -> str:
        """`owner/name`, as GitHub shows it."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a workflow run. `head_repository` differs from the base's name where a fork pushed."""

    run_id: RunId
    run_attempt: int
    repository_id: RepositoryId
    workflow_id: int
    workflow_name: str
    event: str
    status: str
    conclusion: str | None
    head_sha: Sha
    head_branch: str | None
    head_repository: str | None
    html_url: str
    run_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job, as the Actions API lists it."""

    number: int
    name: str
    conclusion: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """One job of one attempt. `html_url` is where a person reads its log."""

    job_id: JobId
    run_id: RunId
    run_attempt: int
    name: str
    status: str
    conclusion: str | None
    html_url: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request; `head_repository` is None where the fork was deleted.

    `merge_commit_sha` is the commit that merged it, or a test merge while it is open.
    """

    number: int
    state: str
    title: str
    author: str
    head_sha: Sha
    head_branch: str
    head_repository: str | None
    base_branch: str
    base_repository: str
    merged: bool = False
    merge_commit_sha: Sha | None = None

    @property
    def from_fork(self) -> bool:
        """Whether the head is in another repository, where the App cannot push."""
        return self.head_repository != self.base_repository


@dataclass(frozen=True, slots=True)
class User:
    """An account as an event names it. `is_bot` by GitHub's own `type`."""

    user_id: UserId
    login: str
    is_bot: bool


class Role(StrEnum):
    """A person's right on a repository, by `role_name`; the legacy `permission` folds maintain and triage away."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def can_write(self) -> bool:
        """Whether this role may push, and so may decide on a fix."""
        return self in (Role.WRITE, Role.MAINTAIN, Role.ADMIN)


class AnnotationLevel(StrEnum):
    """GitHub's grades of an annotation."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a path and line. Fitted to GitHub's limits before sending: message 64 KB, title 255."""

    path: str
    start_line: int
    end_line: int
    level: AnnotationLevel
    message: str
    title: str


@dataclass(frozen=True, slots=True)
class CheckAction:
    """A button of a check run: label at most 20 characters, description 40, identifier 20; three at most."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """All that a check run shows. `conclusion` None means in progress. `annotations` are those not yet sent."""

    title: str
    summary: str
    text: str = ""
    conclusion: str | None = None
    annotations: Sequence[Annotation] = ()
    actions: Sequence[CheckAction] = ()


@dataclass(frozen=True, slots=True)
class ShownCheckRun:
    """A check run of ours as it stands at GitHub, with the number of its annotations."""

    check_run_id: CheckRunId
    conclusion: str | None
    title: str
    summary: str
    annotations: int

    def shows(self, output: CheckOutput) -> bool:
        """Whether it reads as `output` does. GitHub does not tell its buttons; they change with what it says."""
        return (self.conclusion, self.title, self.summary) == (output.conclusion, output.title, output.summary)


@dataclass(frozen=True, slots=True)
class Comment:
    """An issue comment, with its author's App slug where a GitHub App wrote it."""

    comment_id: CommentId
    author: User
    body: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue: its number, and whether it is `open` or `closed`."""

    number: int
    state: str


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file of a folder: path from the root, blob sha and size in bytes."""

    path: str
    sha: Sha
    size: int


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A blob of a tree: path from the root, mode, blob sha and size in bytes."""

    path: str
    mode: str
    sha: Sha
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with what the App asks of it."""

    sha: Sha
    message: str
    parents: tuple[Sha, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `head` has beyond `base`: its commits, oldest first, and the files that differ from their common ancestor.

    `whole` is False where GitHub lists a part: 250 commits and 300 files at most.
    """

    common_ancestor: Sha
    commits: tuple[Commit, ...]
    files: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class FileAddition:
    """A file's whole new bytes, for `createCommitOnBranch`, which knows no mode but a new file's 100644."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch: the commit it points to, and whether rules keep the App from pushing to it."""

    head: Sha
    protected: bool


@dataclass(frozen=True, slots=True)
class LineComment:
    """A review's comment on the lines `start_line` to `line` of a file as a pull request's head has it (RIGHT)."""

    path: str
    start_line: int
    line: int
    body: str


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One try of GitHub to hand an event over, as its delivery log has it."""

    delivery_id: int
    guid: DeliveryGuid
    event: str
    action: str | None
    delivered_at: datetime
    arrived: bool


class Reaction(StrEnum):
    """The receipts that a command gets on its comment."""

    EYES = "eyes"
    ROCKET = "rocket"
    CONFUSED = "confused"


@dataclass(frozen=True, slots=True)
class Thumb:
    """A person's `+1` or `-1` on a comment."""

    user: User
    content: str
    created_at: datetime
