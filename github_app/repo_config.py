"""What a repository says in `.github/ci-fixer.yml` of its default branch; what it does not say has a default."""

from dataclasses import dataclass, field
from enum import StrEnum

from github_app.model import Role


class Delivered(StrEnum):
    """How an approved fix reaches a branch of this repository that is not protected."""

    COMMIT = "commit"
    PULL_REQUEST = "pull_request"


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who decides on a fix: the least role; code owners of what it touches; whether its author may, for his own."""

    role: Role = Role.WRITE
    code_owners: bool = False
    author: bool = True


@dataclass(frozen=True, slots=True)
class RepoConfig:
    """One repository's wishes. Patterns are globs as in a workflow's `branches` and `paths`; none means all.

    `engine` and `model` None mean the operator's; `analyses_a_day` and `tokens_a_day` None his budget. `redact` are
    regular expressions beside the built-in ones. `language` is an IETF tag such as `en`.
    """

    workflows: tuple[str, ...] = ()
    ignored_workflows: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    engine: str | None = None
    model: str | None = None
    propose: bool = True
    paths: tuple[str, ...] = ()
    workflow_files: bool = False
    approvers: Approvers = field(default_factory=Approvers)
    delivered: Delivered = Delivered.COMMIT
    prefix_only: bool = False
    analyses_a_day: int | None = None
    tokens_a_day: int | None = None
    comment: bool = True
    language: str = "en"
    redact: tuple[str, ...] = ()
