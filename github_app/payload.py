"""Webhook JSON as far as it is used: tolerant of what it does not need, exact about what it does.

GitHub adds fields and values without notice, so nothing is held to a closed list (github-facts: strict models broke on
new enums and nulls). A wrong or missing field that is needed is named by its path.
"""

from datetime import datetime
from typing import TypeVar

import msgspec

from github_app.model import InstallationId, Repository, RepositoryId
from github_app.wire import OwnerWire, PullRequestWire, RepositoryFullWire, RunWire

T = TypeVar("T")


class PayloadError(Exception):
    """A delivery that is not what its event's name says; the text names the field."""


class InstallationRef(msgspec.Struct):
    """The installation an event came through."""

    id: int


class Account(msgspec.Struct):
    """Where an App is installed."""

    login: str
    type: str = "User"


class Installed(msgspec.Struct):
    """An installation with what it was given."""

    id: int
    account: Account
    permissions: dict[str, str] = {}


class Named(msgspec.Struct):
    """A repository in a list of an installation event, which holds no more of it."""

    id: int
    full_name: str
    private: bool = True


class RepositoryEvent(msgspec.Struct):
    """Any event of a repository."""

    action: str = ""
    installation: InstallationRef | None = None
    repository: RepositoryFullWire | None = None

    @property
    def named_at(self) -> datetime | None:
        """When the repository was last changed, as the event tells it: its name is that of then."""
        at = None if self.repository is None else self.repository.updated_at
        return at if isinstance(at, datetime) else None

    def where(self) -> Repository:
        """The repository it is about. Raises PayloadError where the event came through no installation."""
        if self.installation is None or self.repository is None:
            raise PayloadError("installation and repository: both are needed, and one is absent")
        found = self.repository
        return Repository(
            RepositoryId(found.id),
            InstallationId(self.installation.id),
            found.owner.login,
            found.name,
            found.default_branch,
        )


class WorkflowRunEvent(RepositoryEvent, kw_only=True):
    """`workflow_run`."""

    workflow_run: RunWire


class CommentBody(msgspec.Struct):
    """A comment as an event shows it."""

    id: int
    user: OwnerWire
    body: str | None = None


class Marker(msgspec.Struct):
    """Something of which only the presence counts."""


class Issue(msgspec.Struct):
    """An issue; a pull request is one that says so."""

    number: int
    pull_request: Marker | None = None


class Before(msgspec.Struct):
    """What a text was before it was changed."""

    text: str = msgspec.field(default="", name="from")


class Changes(msgspec.Struct):
    """What an edit changed; absent where GitHub does not say."""

    body: Before | None = None


class IssueCommentEvent(RepositoryEvent, kw_only=True):
    """`issue_comment`; `sender` is who wrote or edited it, which need not be its author."""

    comment: CommentBody
    issue: Issue
    sender: OwnerWire
    changes: Changes | None = None


class RequestedAction(msgspec.Struct):
    """The button that was clicked."""

    identifier: str


class CheckRun(msgspec.Struct):
    """A check run as an event shows it."""

    id: int
    head_sha: str
    external_id: str | None = None
    app: InstallationRef | None = None


class CheckRunEvent(RepositoryEvent, kw_only=True):
    """`check_run`."""

    check_run: CheckRun
    sender: OwnerWire
    requested_action: RequestedAction | None = None


class PullRequestEvent(RepositoryEvent, kw_only=True):
    """`pull_request`."""

    pull_request: PullRequestWire
    before: str | None = None


class InstallationEvent(msgspec.Struct):
    """`installation` and `installation_repositories`."""

    action: str
    installation: Installed
    repositories: list[Named] = []
    repositories_added: list[Named] = []
    repositories_removed: list[Named] = []


def read(body: bytes, kind: type[T]) -> T:
    """A delivery's body as `kind`. Raises PayloadError naming the path, whatever the bytes are."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        # msgspec writes "Expected `int`, got `str` - at `$.workflow_run.id`".
        raise PayloadError(_in_words(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The library counts depth itself: nested a million deep is an error here, never a crash.
        raise PayloadError(f"the body is not JSON: {error}") from error


def _in_words(text: str) -> str:
    what, found, path = text.partition(" - at `$")
    where = path.rstrip("`").lstrip(".") if found else ""
    return f"{where or 'the body'}: {what[:1].lower()}{what[1:]}"
