"""A workflow file read into what is run, or into what is wrong with it and where.

``timeout-minutes`` may be a part of a minute here, so that a test need not wait for one. Read and not acted on:
``permissions`` (there is no token), ``concurrency``, ``environment`` and ``run-name``.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from sandbox.running import BrokenWorkflow, Event
from sandbox.workflows import nodes
from sandbox.workflows.matrix import Combination, combinations
from sandbox.workflows.nodes import Fault, fields, listed, mapping, text, texts
from sandbox.workflows.on import Trigger, triggers
from sandbox.workflows.validity import check_expressions, check_needs

_ROOT = frozenset({"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"})
_JOB = frozenset({
    "name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults",
    "steps", "timeout-minutes", "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets",
})  # fmt: skip
_STEP = frozenset({
    "id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error",
    "timeout-minutes",
})  # fmt: skip
_NOT_RUN = {
    "container": "needs a container engine",
    "services": "needs a container engine",
    "uses": "calls a workflow of another file",
}


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step: a command to run, or an action to use. Texts may hold expressions."""

    name: str
    id: str | None
    run: str | None
    uses: str | None
    given: Mapping[str, str]
    env: Mapping[str, str]
    condition: str | None
    shell: str | None
    folder: str | None
    continue_on_error: str
    timeout_minutes: str | None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job, once for each of its matrix's combinations. Texts may hold expressions."""

    key: str
    name: str
    needs: tuple[str, ...]
    condition: str | None
    runs_on: tuple[str, ...]
    env: Mapping[str, str]
    outputs: Mapping[str, str]
    matrix: tuple[Combination, ...]
    fail_fast: str
    steps: tuple[StepSpec, ...]
    timeout_minutes: str
    continue_on_error: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """A readable workflow file."""

    name: str
    triggers: Mapping[str, Trigger]
    env: Mapping[str, str]
    jobs: tuple[JobSpec, ...]

    def triggered_by(self, event: Event) -> bool:
        """Whether ``on`` asks for this event, with its filters of branches, tags, paths and activities."""
        trigger = self.triggers.get(event.name)
        return trigger is not None and trigger.fires(event)


@dataclass(frozen=True, slots=True)
class _Defaults:
    shell: str | None = None
    folder: str | None = None


def parse_workflow(path: str, written: str) -> Workflow | BrokenWorkflow:
    """A workflow file's text as GitHub reads it; never raises for what a stranger wrote."""
    try:
        return _workflow(path, nodes.compose(written))
    except (Fault, yaml.MarkedYAMLError) as error:
        return nodes.broken(path, error)


def _workflow(path: str, root: yaml.Node) -> Workflow:
    found = fields(root, _ROOT)
    for required in ("on", "jobs"):
        if required not in found:
            raise Fault(f"Required property is missing: {required}", root)
    defaults = _defaults(found.get("defaults"), _Defaults())
    jobs = tuple(_job(key, node, defaults) for key, node in fields(found["jobs"]).items())
    check_needs({job.key: job.needs for job in jobs}, found["jobs"])
    name = text(found["name"]) if "name" in found else path
    return Workflow(name, triggers(found["on"]), _env(found.get("env")), jobs)


def _env(node: yaml.Node | None) -> Mapping[str, str]:
    if node is not None:
        check_expressions(node)
    return texts(node)


def _defaults(node: yaml.Node | None, above: _Defaults) -> _Defaults:
    run = fields(node, frozenset({"run"})).get("run") if node is not None else None
    found = texts(run)
    return _Defaults(found.get("shell", above.shell), found.get("working-directory", above.folder))


def _job(key: str, node: yaml.Node, above: _Defaults) -> JobSpec:
    found = fields(node, _JOB)
    for unsupported, reason in _NOT_RUN.items():
        if unsupported in found:
            raise Fault(f"Job '{key}' {reason}, which is not run here: '{unsupported}'", found[unsupported])
    for required in ("runs-on", "steps"):
        if required not in found:
            raise Fault(f"Required property is missing: {required}", node)
    for name, inner in found.items():
        check_expressions(inner, whole=name == "if")
    defaults = _defaults(found.get("defaults"), above)
    strategy = fields(found["strategy"]) if "strategy" in found else {}
    return JobSpec(
        key=key,
        name=_text(found, "name") or key,
        needs=listed(found.get("needs")) or (),
        condition=_text(found, "if"),
        runs_on=_labels(found["runs-on"]),
        env=texts(found.get("env")),
        outputs=texts(found.get("outputs")),
        matrix=combinations(strategy.get("matrix")),
        fail_fast=_text(strategy, "fail-fast") or "true",
        steps=_steps(found["steps"], defaults),
        timeout_minutes=_minutes(found) or "360",
        continue_on_error=_text(found, "continue-on-error") or "false",
    )


def _labels(node: yaml.Node) -> tuple[str, ...]:
    chosen = fields(node).get("labels") if isinstance(node, yaml.MappingNode) else node
    return listed(chosen) or ()


def _steps(node: yaml.Node, defaults: _Defaults) -> tuple[StepSpec, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise Fault("A sequence was expected", node)
    if not node.value:
        raise Fault("A sequence with at least one item was expected", node)
    steps = tuple(_step(item, defaults) for item in node.value)
    named = [step.id.lower() for step in steps if step.id is not None]
    for item, step in zip(node.value, steps, strict=True):
        if step.id is not None and named.count(step.id.lower()) > 1:
            raise Fault(f"The identifier '{step.id}' may not be used more than once within the same scope.", item)
    return steps


def _step(node: yaml.Node, defaults: _Defaults) -> StepSpec:
    found = fields(node, _STEP)
    if ("run" in found) == ("uses" in found):
        message = "'run' and 'uses' are mutually exclusive" if "run" in found else "Required property is missing: run"
        raise Fault(message, mapping(node))
    for name, inner in found.items():
        check_expressions(inner, whole=name == "if")
    run, uses = _text(found, "run"), _text(found, "uses")
    first_line = next(iter((run or "").strip().splitlines()), "")
    return StepSpec(
        name=_text(found, "name") or f"Run {uses or first_line}",
        id=_text(found, "id"),
        run=run,
        uses=uses,
        given=texts(found.get("with")),
        env=texts(found.get("env")),
        condition=_text(found, "if"),
        shell=_text(found, "shell") or defaults.shell,
        folder=_text(found, "working-directory") or defaults.folder,
        continue_on_error=_text(found, "continue-on-error") or "false",
        timeout_minutes=_minutes(found),
    )


def _text(found: Mapping[str, yaml.Node], name: str) -> str | None:
    return text(found[name]) if name in found else None


def _minutes(found: Mapping[str, yaml.Node]) -> str | None:
    """Checked where it is written out; an expression is checked when it has its value."""
    node = found.get("timeout-minutes")
    if node is None:
        return None
    written = text(node)
    if "${{" not in written and minutes(written) is None:
        raise Fault(f"Unexpected value '{written}'", node)
    return written


def minutes(written: str) -> float | None:
    """A time limit; None when it is none: a positive number, at most GitHub's own thirty-five days."""
    number = nodes.resolved(written)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return float(number) if 0 < number <= 35 * 24 * 60 else None
