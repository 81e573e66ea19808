"""What a repository says in `.github/ci-fixer.yml` of its default branch; what it does not say has a default.

Where a fault leaves open what was meant, that which allows least holds: nothing can be approved, no model is asked, no
log is read. The rest of the file holds as it stands. Why: `docs/decisions/0013-what-a-repository-may-say.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from analysis.globs import GlobError, Globs, check_globs
from analysis.own_secrets import PatternError, check_pattern
from github_app.model import Role
from github_app.repo_schema import Checked, Fault, check
from github_app.repo_yaml import Place, YamlFault, read_yaml

RECIPES_ONLY = "recipes_only"
"""The engine that asks no model."""
_GLOBS = ("workflows.watch", "workflows.ignore", "branches", "fixes.paths")
_DECIDING = ("approvers.role", "approvers.code_owners", "approvers.author", "fixes.paths")
"""What must be known before anything is approved."""


class Delivered(StrEnum):
    """How an approved fix reaches a branch of this repository that is not protected."""

    COMMIT = "commit"
    PULL_REQUEST = "pull_request"


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who decides on a fix: the least role; code owners of what it touches; whether its author may, for his own.

    `known` is False where a fault leaves that open: then nobody approves until the file is mended.
    """

    role: Role = Role.WRITE
    code_owners: bool = False
    author: bool = True
    known: bool = True


@dataclass(frozen=True, slots=True)
class RepoConfig:
    """One repository's wishes. Patterns are globs as in a workflow's `branches` and `paths`; none means all.

    `engine` and `model` None mean the operator's; `analyses_a_day` and `tokens_a_day` None his budget. `redact` are
    regular expressions beside the built-in ones, and `redact_known` is False where a fault leaves them open: then no
    log is read. `language` is an IETF tag such as `en`.
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
    redact_known: bool = True

    def watches(self, workflow_name: str, head_branch: str | None) -> bool:
        """Whether a run is looked at: of a watched workflow that is not ignored, on a branch that is meant."""
        return (
            (not self.workflows or Globs(self.workflows).match(workflow_name))
            and not Globs(self.ignored_workflows).match(workflow_name)
            and (not self.branches or Globs(self.branches).match(head_branch or ""))
        )


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """What a file says, what is wrong with it, and where each of its keys has its value."""

    config: RepoConfig
    faults: tuple[Fault, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


def read_repo_config(data: bytes) -> ReadConfig:
    """Read a file. Any bytes give an answer: what is wrong is a fault."""
    try:
        document = read_yaml(data)
    except YamlFault as fault:
        # Own patterns for secrets may be meant where the name of their key stands anywhere.
        return unreadable(fault.place, fault.why, redact=b"redact" in data.lower() or not data.isascii())
    if document is None:
        return ReadConfig(RepoConfig())
    checked = check(document)
    for key in _GLOBS:
        _judge(checked, key, check_globs)
    _judge_secrets(checked)
    faults = sorted(checked.faults, key=lambda fault: (fault.place.line, fault.place.column))
    return ReadConfig(_config(checked), tuple(faults), checked.places)


def unreadable(place: Place, why: str, *, redact: bool = True) -> ReadConfig:
    """What holds where nothing of a file can be read; `redact` says whether it may name secrets of its own."""
    fault = Fault("", place, why)
    checked = Checked(faulty={"", "propose", "engine", "commands.prefix", "fixes.deliver"}, faults=[fault])
    if redact:
        checked.faulty.add("redact")
    return ReadConfig(_config(checked), (fault,))


def _judge(checked: Checked, key: str, by: Callable[[tuple[str, ...]], None]) -> None:
    try:
        by(_texts(checked, key))
    except GlobError as error:
        checked.fault(key, checked.places[key], str(error))


def _judge_secrets(checked: Checked) -> None:
    for at, pattern in enumerate(_texts(checked, "redact")):
        try:
            check_pattern(pattern)
        except PatternError as error:
            place = checked.places[f"redact[{at}]"]
            checked.fault("redact", place, str(error), written=f"redact[{at}]")


def _config(checked: Checked) -> RepoConfig:
    engine = checked.values.get("engine")
    model = checked.values.get("model")
    return RepoConfig(
        workflows=_texts(checked, "workflows.watch"),
        ignored_workflows=_texts(checked, "workflows.ignore"),
        branches=_texts(checked, "branches"),
        engine=RECIPES_ONLY if not _is_known(checked, "engine") else None if engine is None else str(engine),
        model=None if model is None else str(model),
        # Without a log there is nothing that a model could answer.
        propose=_switch(checked, "propose", default=True, least=False) and _is_known(checked, "redact"),
        paths=_texts(checked, "fixes.paths"),
        workflow_files=_switch(checked, "fixes.workflow_files", default=False, least=False),
        approvers=_approvers(checked),
        delivered=_delivered(checked),
        prefix_only=_switch(checked, "commands.prefix", default=False, least=True),
        analyses_a_day=_number(checked, "budget.analyses_a_day"),
        tokens_a_day=_number(checked, "budget.tokens_a_day"),
        comment=_switch(checked, "comment", default=True, least=True),
        redact=_texts(checked, "redact"),
        redact_known=_is_known(checked, "redact"),
    )


def _approvers(checked: Checked) -> Approvers:
    return Approvers(
        role=Role(str(checked.values.get("approvers.role", Role.WRITE.value))),
        code_owners=_switch(checked, "approvers.code_owners", default=False, least=True),
        author=_switch(checked, "approvers.author", default=True, least=False),
        # A key that nobody knows may have been meant for any of these.
        known="" not in checked.faulty and all(_is_known(checked, key) for key in _DECIDING),
    )


def _delivered(checked: Checked) -> Delivered:
    if not _is_known(checked, "fixes.deliver"):
        return Delivered.PULL_REQUEST
    return Delivered(str(checked.values.get("fixes.deliver", Delivered.COMMIT.value)))


def _is_known(checked: Checked, key: str) -> bool:
    """Whether no fault was found in the key or its group, nor in a word that may have been meant for either."""
    return checked.faulty.isdisjoint({key, key.partition(".")[0]})


def _switch(checked: Checked, key: str, *, default: bool, least: bool) -> bool:
    if not _is_known(checked, key):
        return least
    return bool(checked.values.get(key, default))


def _texts(checked: Checked, key: str) -> tuple[str, ...]:
    found = checked.values.get(key)
    return tuple(found) if isinstance(found, list) and key not in checked.faulty else ()


def _number(checked: Checked, key: str) -> int | None:
    found = checked.values.get(key)
    return found if isinstance(found, int) else None
