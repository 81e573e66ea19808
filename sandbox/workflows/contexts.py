"""What a job's steps can ask of their surroundings: the contexts of expressions, and the environment of processes.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.data import Json, JsonObject
from sandbox.running import RunOrder

# What a runner is called in ``runner.os`` and ``RUNNER_OS``.
_SYSTEMS = {"Darwin": "macOS"}
_MACHINES = {"x86_64": "X64", "AMD64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


@dataclass(frozen=True, slots=True)
class Place:
    """A job's folder, and in it the one that its steps work in and the one for files of the runner."""

    folder: Path
    repository: str
    """Its name without the owner's."""

    @property
    def work(self) -> Path:
        """What holds the workspace."""
        return self.folder / "work"

    @property
    def workspace(self) -> Path:
        """Where steps work: `work/NAME/NAME` as with every runner, so that absolute paths in a log read the same."""
        return self.work / self.repository / self.repository

    @property
    def temp(self) -> Path:
        """Where scripts, file commands and the event lie."""
        return self.folder / "temp"

    @property
    def home(self) -> Path:
        """The home of what runs here, so that nothing of this machine's user is seen or changed."""
        return self.folder / "home"


@dataclass(slots=True)
class StepMemory:
    """What the steps so far left for those after them."""

    paths: list[str] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, Json]] = field(default_factory=dict)

    def end(self, step_id: str | None, outcome: str, conclusion: str, outputs: Mapping[str, str]) -> None:
        """Remember how a step ended; the two differ where ``continue-on-error`` let a failure pass."""
        if step_id is not None:
            shown: JsonObject = {**outputs}
            self.steps[step_id] = {"outputs": shown, "outcome": outcome, "conclusion": conclusion}


def github(order: RunOrder, workflow_name: str) -> dict[str, Json]:
    """The ``github`` context as far as it belongs to the run."""
    trigger = order.trigger
    return {
        "actor": order.actor,
        "api_url": order.server_url,
        "base_ref": trigger.base_ref,
        "event_name": trigger.event,
        "graphql_url": f"{order.server_url}/graphql",
        "head_ref": trigger.head_ref,
        "ref": trigger.ref,
        "ref_name": ref_name(trigger.ref),
        "ref_protected": False,
        "ref_type": "tag" if trigger.ref.startswith("refs/tags/") else "branch",
        "repository": order.full_name,
        "repository_owner": order.full_name.partition("/")[0],
        "run_attempt": str(order.attempt),
        "run_id": str(order.run_id),
        "run_number": str(order.run_number),
        "server_url": order.server_url,
        "sha": trigger.sha,
        "triggering_actor": order.triggering_actor,
        "workflow": workflow_name,
        "workflow_ref": f"{order.full_name}/{order.workflow_path}@{trigger.ref}",
        "workflow_sha": trigger.sha,
    }


def ref_name(ref: str) -> str:
    """The short name of a ref: ``main``, ``v1``, or ``7/merge`` of a pull request."""
    for prefix in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ref


def of_job(order: RunOrder, base: Mapping[str, Json], job: str, place: Place) -> dict[str, Json]:
    """The ``github`` context of a job: with its own name, folder and event."""
    return {
        **base,
        "action": "__run",
        "event": order.trigger.payload,
        "event_path": str(place.temp / "event.json"),
        "job": job,
        "token": None,
        "workspace": str(place.workspace),
    }


def runner(place: Place) -> dict[str, Json]:
    """The ``runner`` context."""
    system = platform.system()
    return {
        "arch": _MACHINES.get(platform.machine(), platform.machine()),
        "environment": "self-hosted",
        "name": "sandbox",
        "os": _SYSTEMS.get(system, system),
        "temp": str(place.temp),
    }


def environment(
    github_context: Mapping[str, Json], runner_context: Mapping[str, Json], paths: list[str], place: Place
) -> dict[str, str]:
    """What a step sees of its surroundings: nothing of this process but where programs are."""
    named = {
        f"{prefix}_{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for prefix, context in (("GITHUB", github_context), ("RUNNER", runner_context))
        for name, value in context.items()
        if isinstance(value, str | bool)
    }
    return {
        "PATH": _path(paths),
        "HOME": str(place.home),
        "LANG": "C.UTF-8",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        **named,
    }


def _path(paths: list[str]) -> str:
    """Where programs are. GitHub's machines all have a `python`; one that has only `python3` is lent the sandbox's."""
    found = os.pathsep.join([*paths, os.environ.get("PATH", os.defpath)])
    if shutil.which("python", path=found):
        return found
    return os.pathsep.join([found, str(Path(sys.executable).parent)])
