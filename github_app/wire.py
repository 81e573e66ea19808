"""GitHub's JSON as far as it is used, read by msgspec into the types of `model`; unknown fields are passed over."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec

from github_app.errors import Permanent
from github_app.model import (
    Annotation,
    AnnotationLevel,
    CheckRunId,
    Comment,
    CommentId,
    Commit,
    Comparison,
    DeliveryGuid,
    HookDelivery,
    Job,
    JobId,
    PullRequest,
    RepositoryId,
    Run,
    RunId,
    Sha,
    ShownCheckRun,
    Step,
    User,
    UserId,
)

FILES_COMPARED = 300
"""The most files that GitHub lists of a comparison: https://docs.github.com/en/rest/commits/commits#compare-two-commits"""


class RepositoryWire(msgspec.Struct):
    """A repository inside another object; a deleted fork is null there."""

    id: int
    full_name: str


class OwnerWire(msgspec.Struct):
    """An account."""

    id: int
    login: str
    type: str = "User"

    def user(self) -> User:
        """The account as this project names it."""
        return User(UserId(self.id), self.login, self.type == "Bot")


class RunWire(msgspec.Struct):
    """A workflow run, in an answer and in an event."""

    id: int
    run_attempt: int
    workflow_id: int
    event: str
    head_sha: str
    html_url: str
    repository: RepositoryWire
    name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    head_branch: str | None = None
    head_repository: RepositoryWire | None = None
    run_started_at: datetime | None = None

    def run(self) -> Run:
        """The run as this project names it."""
        return Run(
            run_id=RunId(self.id),
            run_attempt=self.run_attempt,
            repository_id=RepositoryId(self.repository.id),
            workflow_id=self.workflow_id,
            workflow_name=self.name or "",
            event=self.event,
            status=self.status or "",
            conclusion=self.conclusion,
            head_sha=Sha(self.head_sha),
            head_branch=self.head_branch,
            head_repository=None if self.head_repository is None else self.head_repository.full_name,
            html_url=self.html_url,
            run_started_at=self.run_started_at,
        )


class RunsWire(msgspec.Struct):
    """A page of runs; `total_count` are all that were asked for."""

    total_count: int
    workflow_runs: list[RunWire]


class StepWire(msgspec.Struct):
    """A step of a job."""

    number: int
    name: str
    conclusion: str | None = None


class JobWire(msgspec.Struct):
    """A job of an attempt."""

    id: int
    run_id: int
    name: str
    status: str
    run_attempt: int = 1
    conclusion: str | None = None
    html_url: str | None = None
    steps: list[StepWire] = []

    def job(self) -> Job:
        """The job as this project names it."""
        steps = tuple(Step(step.number, step.name, step.conclusion) for step in self.steps)
        return Job(
            JobId(self.id),
            RunId(self.run_id),
            self.run_attempt,
            self.name,
            self.status,
            self.conclusion,
            self.html_url or "",
            steps,
        )


class JobsWire(msgspec.Struct):
    """A page of jobs."""

    jobs: list[JobWire]


class EndWire(msgspec.Struct):
    """The head or base of a pull request."""

    ref: str
    sha: str
    repo: RepositoryWire | None = None


class PullRequestWire(msgspec.Struct):
    """A pull request."""

    number: int
    state: str
    title: str
    head: EndWire
    base: EndWire
    user: OwnerWire | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None

    def pull_request(self) -> PullRequest:
        """The pull request as this project names it."""
        return PullRequest(
            number=self.number,
            state=self.state,
            title=self.title,
            author=self.user.login if self.user else "ghost",
            head_sha=Sha(self.head.sha),
            head_branch=self.head.ref,
            head_repository=self.head.repo.full_name if self.head.repo else None,
            base_branch=self.base.ref,
            base_repository=self.base.repo.full_name if self.base.repo else "",
            merged=self.merged_at is not None,
            merge_commit_sha=None if self.merge_commit_sha is None else Sha(self.merge_commit_sha),
        )


class AppWire(msgspec.Struct):
    """A GitHub App."""

    id: int
    slug: str = ""


class InstallationWire(msgspec.Struct):
    """An installation by its id."""

    id: int


class HookDeliveryWire(msgspec.Struct):
    """A line of the delivery log. A try that arrived has the status `OK` (github-facts 4)."""

    id: int
    guid: str
    event: str
    delivered_at: datetime
    status: str
    action: str | None = None

    def delivery(self) -> HookDelivery:
        """The try as this project names it."""
        arrived = self.status == "OK"
        return HookDelivery(self.id, DeliveryGuid(self.guid), self.event, self.action, self.delivered_at, arrived)


class CheckOutputWire(msgspec.Struct, frozen=True):
    """What a check run shows, as far as it is asked."""

    title: str | None = None
    summary: str | None = None
    annotations_count: int = 0


class CheckRunWire(msgspec.Struct):
    """A check run."""

    id: int
    external_id: str | None = None
    conclusion: str | None = None
    output: CheckOutputWire = CheckOutputWire()

    def shown(self) -> ShownCheckRun:
        """The check run as this project names it."""
        said = self.output
        return ShownCheckRun(
            CheckRunId(self.id), self.conclusion, said.title or "", said.summary or "", said.annotations_count
        )


class CheckRunsWire(msgspec.Struct):
    """A page of check runs."""

    check_runs: list[CheckRunWire]


class AnnotationWire(msgspec.Struct):
    """An annotation of a check run."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str | None = None
    message: str | None = None
    title: str | None = None

    def annotation(self) -> Annotation:
        """The annotation as this project names it."""
        level = AnnotationLevel(self.annotation_level or "notice")
        return Annotation(self.path, self.start_line, self.end_line, level, self.message or "", self.title or "")


class RemarkWire(msgspec.Struct):
    """An annotation of a check run, as far as its words go."""

    message: str | None = None


class CommentWire(msgspec.Struct):
    """An issue comment, and the App that wrote it, if one did."""

    id: int
    user: OwnerWire | None = None
    body: str | None = None
    performed_via_github_app: AppWire | None = None

    def comment(self) -> Comment:
        """The comment as this project names it."""
        author = self.user.user() if self.user else User(UserId(0), "ghost", is_bot=False)
        return Comment(CommentId(self.id), author, self.body or "")


class PermissionWire(msgspec.Struct):
    """A user's right: `permission` folds maintain into write and triage into read; `role_name` does not."""

    permission: str
    role_name: str | None = None
    user: OwnerWire | None = None


class TeamMembershipWire(msgspec.Struct):
    """A person in a team; `state` is `pending` until an invitation was taken."""

    state: str


class ItemWire(msgspec.Struct):
    """An entry of a tree."""

    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class TreeWire(msgspec.Struct):
    """A tree, cut by GitHub where it is very large."""

    tree: list[ItemWire]
    truncated: bool = False


class ContentWire(msgspec.Struct):
    """An entry of a folder: a file, a folder, a link or a submodule."""

    path: str
    type: str
    sha: str
    size: int


class BlobWire(msgspec.Struct):
    """A blob, in base64."""

    content: str
    encoding: str = "base64"


class ShaWire(msgspec.Struct):
    """Anything with a sha."""

    sha: str


class MessageWire(msgspec.Struct):
    """The inside of a commit."""

    message: str


class CommitWire(msgspec.Struct):
    """A commit."""

    sha: str
    commit: MessageWire
    parents: list[ShaWire] = []


class FileWire(msgspec.Struct):
    """A file that differs; GitHub gives no patch of a binary or a very large one."""

    filename: str
    patch: str | None = None


class ComparisonWire(msgspec.Struct):
    """What lies between two commits."""

    merge_base_commit: ShaWire
    total_commits: int = 0
    commits: list[CommitWire] = []
    files: list[FileWire] = []

    def comparison(self) -> Comparison:
        """The comparison as this project names it."""
        commits = tuple(
            Commit(Sha(one.sha), one.commit.message, tuple(Sha(parent.sha) for parent in one.parents))
            for one in self.commits
        )
        whole = self.total_commits == len(commits) and len(self.files) < FILES_COMPARED
        return Comparison(Sha(self.merge_base_commit.sha), commits, tuple(file.filename for file in self.files), whole)


def diff_of(files: Sequence[FileWire]) -> str:
    """The patches of files, each under its name."""
    return "\n".join(f"--- {file.filename}\n{file.patch or '(no text)'}" for file in files)


class BranchWire(msgspec.Struct):
    """A branch and the commit it points to."""

    commit: ShaWire
    protected: bool = False


class RepositoryFullWire(msgspec.Struct):
    """A repository by itself."""

    id: int
    name: str
    owner: OwnerWire
    default_branch: str
    has_issues: bool = True
    private: bool = True
    # A number in some events of pushes.
    updated_at: datetime | int | None = None


T = TypeVar("T")


def read(answer: httpx.Response, kind: type[T]) -> T:
    """The answer's body as `kind`. Raises Permanent naming the field that is not as GitHub documents it."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise Permanent(f"GitHub's answer to {answer.request.url.path} is not what it documents: {error}") from error
