"""What a job's steps can ask of their surroundings: the contexts of expressions, and the environment of processes.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.data import Json
from sandbox.running import RunOrder

_FILES = ("output", "env", "path")


@dataclass(slots=True)
class StepMemory:
    """What the steps so far left for those after them."""

    paths: list[str] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, Json]] = field(default_factory=dict)

    def collect(self, step_id: str | None, folder: Path) -> None:
        """Take in what a step wrote to the files that ``GITHUB_OUTPUT``, ``GITHUB_ENV`` and ``GITHUB_PATH`` name."""
        self.exported.update(_pairs(folder / "env"))
        self.paths[:0] = [line for line in _text(folder / "path").splitlines() if line]
        if step_id is not None:
            self.steps[step_id] = {"outputs": dict[str, Json](_pairs(folder / "output"))}
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)

    def end(self, step_id: str | None, *, passed: bool, forgiven: bool) -> None:
        """Remember how a step ended; ``forgiven`` is a failure that ``continue-on-error`` lets pass."""
        if step_id is not None:
            outcome, conclusion = "success" if passed else "failure", "success" if passed or forgiven else "failure"
            self.steps.setdefault(step_id, {}).update({"outcome": outcome, "conclusion": conclusion})


def environment(order: RunOrder, memory: StepMemory, folder: Path, workspace: Path) -> dict[str, str]:
    """What a step sees of its surroundings: nothing of this process but where programs are."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for name in _FILES:
        (folder / name).touch()
    return {
        "PATH": os.pathsep.join([*memory.paths, os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_SHA": order.sha,
        "GITHUB_REF": order.ref,
        "GITHUB_REPOSITORY": order.full_name,
        "GITHUB_EVENT_NAME": order.event,
        "GITHUB_ACTOR": order.actor,
        "GITHUB_RUN_ID": str(order.run_id),
        "GITHUB_RUN_NUMBER": str(order.run_number),
        "GITHUB_RUN_ATTEMPT": str(order.attempt),
        "GITHUB_SERVER_URL": order.server_url,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_ENV": str(folder / "env"),
        "GITHUB_PATH": str(folder / "path"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_OS": platform.system(),
        "RUNNER_TEMP": str(home),
    }


def contexts(
    order: RunOrder,
    *,
    env: Mapping[str, str],
    matrix: Mapping[str, Json],
    steps: Mapping[str, Json],
    needs: Mapping[str, str],
) -> dict[str, Json]:
    """The contexts that an expression of a job may name. There are no secrets: an absent one is null, as on GitHub."""
    return {
        "github": {
            "sha": order.sha,
            "ref": order.ref,
            "ref_name": order.ref.removeprefix("refs/heads/").removeprefix("refs/tags/").removeprefix("refs/pull/"),
            "repository": order.full_name,
            "event_name": order.event,
            "actor": order.actor,
            "run_id": str(order.run_id),
            "run_number": str(order.run_number),
            "run_attempt": str(order.attempt),
            "server_url": order.server_url,
            "event": dict(order.event_payload),
        },
        "env": dict[str, Json](env),
        "matrix": dict(matrix),
        "steps": dict(steps),
        "needs": {need: {"result": result} for need, result in needs.items()},
        "runner": {"os": platform.system()},
        "secrets": {},
        "vars": {},
        "inputs": {},
    }


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def _pairs(file: Path) -> dict[str, str]:
    """``name=value`` lines and ``name<<END`` blocks, as a step writes them."""
    pairs: dict[str, str] = {}
    lines = iter(_text(file).splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        block, mark, end = line.partition("<<")
        if mark and (not sign or len(block) < len(name)):
            held: list[str] = []
            for inner in lines:
                if inner == end:
                    break
                held.append(inner)
            pairs[block] = "\n".join(held)
        elif sign:
            pairs[name] = value
    return pairs
