"""A workflow file: read with the lines of its faults, and asked whether an event starts it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from sandbox.running import BrokenWorkflow

Value = str | int | float | bool | None
_ACTIVITIES = {"pull_request": ("opened", "synchronize", "reopened")}
_MOST_JOBS = 256


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step: a command to run, or an action to use."""

    name: str
    id: str | None
    run: str | None
    uses: str | None
    given: Mapping[str, str]
    env: Mapping[str, str]
    condition: str | None
    shell: str | None
    folder: str | None
    continue_on_error: bool
    timeout_minutes: float | None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job, once for each of its matrix's combinations."""

    key: str
    name: str
    needs: tuple[str, ...]
    condition: str | None
    env: Mapping[str, str]
    matrix: tuple[Mapping[str, Value], ...]
    steps: tuple[StepSpec, ...]
    timeout_minutes: float


@dataclass(frozen=True, slots=True)
class Trigger:
    """What of one event starts the workflow; None lets everything pass."""

    branches: tuple[str, ...] | None
    branches_ignore: tuple[str, ...]
    tags: tuple[str, ...] | None
    paths: tuple[str, ...] | None
    paths_ignore: tuple[str, ...]
    types: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Workflow:
    """A readable workflow file."""

    name: str
    triggers: Mapping[str, Trigger]
    env: Mapping[str, str]
    jobs: tuple[JobSpec, ...]

    def triggered_by(
        self, event: str, *, ref: str, branch: str | None, changed: Sequence[str], activity: str | None = None
    ) -> bool:
        """Whether `on` asks for this event, with its filters of branches, tags, paths and activities."""
        trigger = self.triggers.get(event)
        if trigger is None or not _wanted_activity(trigger, event, activity) or not _wanted_ref(trigger, ref, branch):
            return False
        if trigger.paths is not None:
            return any(_matches(trigger.paths, path) for path in changed)
        return not (changed and trigger.paths_ignore and all(_matches(trigger.paths_ignore, path) for path in changed))


class _FaultError(Exception):
    def __init__(self, message: str, node: yaml.Node | None) -> None:
        super().__init__(message)
        self.node = node


def parse_workflow(path: str, text: str) -> Workflow | BrokenWorkflow:
    """A workflow file's text as GitHub reads it; what it cannot read comes with line and column from 1."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return _workflow(path, _mapping(node, path))
    except RecursionError:
        return BrokenWorkflow(f"{path}: nested too deeply", 1, 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return BrokenWorkflow(
            f"{path}: {error.problem}", (mark.line if mark else 0) + 1, (mark.column if mark else 0) + 1
        )
    except _FaultError as fault:
        return _broken(f"{path}: {fault}", fault.node.start_mark if fault.node is not None else None)


def _broken(message: str, mark: yaml.Mark | None) -> BrokenWorkflow:
    return BrokenWorkflow(message, *((mark.line + 1, mark.column + 1) if mark else (1, 1)))


def _workflow(path: str, node: yaml.MappingNode) -> Workflow:
    fields = _fields(node)
    if "on" not in fields or "jobs" not in fields:
        raise _FaultError("Required property is missing: " + ("jobs" if "on" in fields else "on"), node)
    env = _texts(fields.get("env"))
    defaults = _defaults(fields.get("defaults"))
    jobs = tuple(_job(key, job, defaults) for key, job in _fields(_mapping(fields["jobs"], "jobs")).items())
    if not jobs:
        raise _FaultError("A workflow has at least one job", fields["jobs"])
    known = {job.key for job in jobs}
    for job in jobs:
        for need in job.needs:
            if need not in known:
                raise _FaultError(f"Job '{job.key}' depends on unknown job '{need}'.", fields["jobs"])
    name = fields.get("name")
    return Workflow(_text(name) if name is not None else path, _triggers(fields["on"]), env, jobs)


def _fields(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    """The fields by their written name: YAML 1.1 reads a plain `on` as true, GitHub does not."""
    return {str(key.value): value for key, value in node.value}


def _mapping(node: yaml.Node | None, what: str) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise _FaultError(f"'{what}' must be a mapping", node)
    return node


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _FaultError("A scalar was expected here", node)
    return str(node.value)


def _minutes(node: yaml.Node) -> float:
    try:
        return float(_text(node))
    except ValueError:
        raise _FaultError("'timeout-minutes' must be a number", node) from None


def _texts(node: yaml.Node | None) -> dict[str, str]:
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return {}
    return {key: _text(value) for key, value in _fields(_mapping(node, "env")).items()}


def _list(node: yaml.Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    if isinstance(node, yaml.SequenceNode):
        return tuple(_text(item) for item in node.value)
    return (_text(node),)


def _triggers(node: yaml.Node) -> dict[str, Trigger]:
    if not isinstance(node, yaml.MappingNode):
        return {event: _trigger(None) for event in _list(node) or ()}
    return {event: _trigger(value) for event, value in _fields(node).items()}


def _trigger(node: yaml.Node | None) -> Trigger:
    fields = _fields(node) if isinstance(node, yaml.MappingNode) else {}
    return Trigger(
        _list(fields.get("branches")),
        _list(fields.get("branches-ignore")) or (),
        _list(fields.get("tags")),
        _list(fields.get("paths")),
        _list(fields.get("paths-ignore")) or (),
        _list(fields.get("types")),
    )


@dataclass(frozen=True, slots=True)
class _Defaults:
    shell: str | None = None
    folder: str | None = None


def _defaults(node: yaml.Node | None, above: _Defaults | None = None) -> _Defaults:
    above = above or _Defaults()
    run = _fields(_mapping(node, "defaults")).get("run") if node is not None else None
    fields = _texts(run)
    return _Defaults(fields.get("shell", above.shell), fields.get("working-directory", above.folder))


def _job(key: str, node: yaml.Node, above: _Defaults) -> JobSpec:
    fields = _fields(_mapping(node, key))
    for unknown in ("container", "services"):
        if unknown in fields:
            raise _FaultError(f"Job '{key}' needs a container engine: '{unknown}' is not run here", fields[unknown])
    steps = fields.get("steps")
    if not isinstance(steps, yaml.SequenceNode):
        raise _FaultError(f"Job '{key}' needs 'steps' (reusable workflows are not run here)", node)
    defaults = _defaults(fields.get("defaults"), above)
    matrix = _matrix(fields.get("strategy"))
    if len(matrix) > _MOST_JOBS:
        raise _FaultError(f"The matrix of '{key}' makes more than {_MOST_JOBS} jobs", fields["strategy"])
    return JobSpec(
        key=key,
        name=_text(fields["name"]) if "name" in fields else key,
        needs=_list(fields.get("needs")) or (),
        condition=_text(fields["if"]) if "if" in fields else None,
        env=_texts(fields.get("env")),
        matrix=matrix,
        steps=tuple(_step(step, defaults) for step in steps.value),
        timeout_minutes=_minutes(fields["timeout-minutes"]) if "timeout-minutes" in fields else 360.0,
    )


def _step(node: yaml.Node, defaults: _Defaults) -> StepSpec:
    fields = _fields(_mapping(node, "step"))
    if ("run" in fields) == ("uses" in fields):
        raise _FaultError("A step has either 'run' or 'uses'", node)
    run = _text(fields["run"]) if "run" in fields else None
    uses = _text(fields["uses"]) if "uses" in fields else None
    said = _texts_of(fields, "name", "id", "if", "shell", "working-directory", "continue-on-error")
    first_line = next(iter((run or "").strip().splitlines()), "")
    return StepSpec(
        name=said.get("name") or f"Run {uses or first_line}",
        id=said.get("id"),
        run=run,
        uses=uses,
        given=_texts(fields.get("with")),
        env=_texts(fields.get("env")),
        condition=said.get("if"),
        shell=said.get("shell", defaults.shell),
        folder=said.get("working-directory", defaults.folder),
        continue_on_error=said.get("continue-on-error", "false") == "true",
        timeout_minutes=_minutes(fields["timeout-minutes"]) if "timeout-minutes" in fields else None,
    )


def _texts_of(fields: Mapping[str, yaml.Node], *names: str) -> dict[str, str]:
    return {name: _text(fields[name]) for name in names if name in fields}


def _matrix(strategy: yaml.Node | None) -> tuple[Mapping[str, Value], ...]:
    node = _fields(_mapping(strategy, "strategy")).get("matrix") if strategy is not None else None
    if node is None:
        return ({},)
    fields = _fields(_mapping(node, "matrix"))
    combined: list[dict[str, Value]] = [{}]
    for axis, values in fields.items():
        if axis not in ("include", "exclude"):
            combined = [{**one, axis: value} for one in combined for value in _plain_list(values)]
    for excluded in _combinations(fields.get("exclude")):
        combined = [one for one in combined if not excluded.items() <= one.items()]
    if combined == [{}] and "include" in fields:
        combined = []
    for included in _combinations(fields.get("include")):
        axes = {key: value for key, value in included.items() if key in fields}
        fitting = [one for one in combined if axes and axes.items() <= one.items()]
        for one in fitting:
            one.update(included)
        if not fitting:
            combined.append(dict(included))
    return tuple(combined)


def _plain_list(node: yaml.Node) -> list[Value]:
    if not isinstance(node, yaml.SequenceNode):
        raise _FaultError("An axis of a matrix is a list", node)
    return [_plain(item) for item in node.value]


def _combinations(node: yaml.Node | None) -> list[dict[str, Value]]:
    if not isinstance(node, yaml.SequenceNode):
        return []
    return [{key: _plain(value) for key, value in _fields(_mapping(item, "include")).items()} for item in node.value]


def _plain(node: yaml.Node) -> Value:
    value: Value = yaml.safe_load(yaml.serialize(node))
    return value


def _wanted_activity(trigger: Trigger, event: str, activity: str | None) -> bool:
    if activity is None:
        return True
    usual = _ACTIVITIES.get(event, (activity,))
    return activity in (usual if trigger.types is None else trigger.types)


def _wanted_ref(trigger: Trigger, ref: str, branch: str | None) -> bool:
    if ref.startswith("refs/tags/"):
        # A filter of branches alone lets no tag pass.
        return _matches(trigger.tags, ref.removeprefix("refs/tags/")) if trigger.tags else trigger.branches is None
    if branch is None:
        return True
    if trigger.branches is not None:
        return _matches(trigger.branches, branch)
    return not _matches(trigger.branches_ignore, branch) and (trigger.tags is None or bool(trigger.branches_ignore))


def _matches(patterns: Sequence[str], name: str) -> bool:
    """The last pattern that fits decides; `!` takes back."""
    wanted = False
    for pattern in patterns:
        if re.fullmatch(_regex(pattern.removeprefix("!")), name):
            wanted = not pattern.startswith("!")
    return wanted


def _regex(pattern: str) -> str:
    """`*` stays within a path's part, `**` does not."""
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    words = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(part) or re.escape(part) for part in parts)
