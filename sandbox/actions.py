"""The actions that are built in: what they do here is what they do on GitHub, with what this machine has."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.logformat import JobLog
from sandbox.process import run_process
from sandbox.running import RunOrder

_GIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A `uses` step about to run; `paths` are put before PATH for the steps after it."""

    given: Mapping[str, str]
    order: RunOrder
    workspace: Path
    env: Mapping[str, str]
    log: JobLog
    paths: list[str]


Action = Callable[[ActionCall], Awaitable[bool]]


async def checkout(call: ActionCall) -> bool:
    """The run's commit, from the bare repository, as a real clone."""
    source, sha = str(call.order.repository_git), call.order.sha
    ref = call.given.get("ref") or sha
    call.log.line(f"Syncing repository: {call.order.full_name}")
    commands = (
        ("init", "-q", "."),
        ("fetch", "-q", "--no-tags", source, "+refs/*:refs/sandbox/*"),
        ("-c", "advice.detachedHead=false", "checkout", "-q", "--force", ref),
        ("log", "-1", "--format=%H"),
    )
    for command in commands:
        call.log.line("[command]git " + " ".join(command).replace(source, call.order.full_name))
        full = ("git", "-c", "safe.directory=*", *command)
        env = {**call.env, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        code = await run_process(full, folder=call.workspace, env=env, line=call.log.line, seconds=_GIT_SECONDS)
        if code != 0:
            call.log.mark_error(f"The process 'git' failed with exit code {code}")
            return False
    return True


async def setup_python(call: ActionCall) -> bool:
    """The interpreter that runs the sandbox, with the tools beside it, or another of this machine by its version."""
    wanted = call.given.get("python-version", "").strip()
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if wanted in ("", "3", "3.x", own) or wanted == f"{own}.{sys.version_info.micro}":
        call.log.line(f"Successfully set up CPython ({own}.{sys.version_info.micro})")
        call.paths.insert(0, str(Path(sys.executable).parent))
        return True
    return _found(call, f"python{wanted}", "python", wanted)


async def setup_node(call: ActionCall) -> bool:
    """The node of this machine, where its major version is the one asked for."""
    return _found(call, "node", "node", call.given.get("node-version", ""))


def _found(call: ActionCall, program: str, what: str, wanted: str) -> bool:
    place = shutil.which(program)
    if place is None:
        call.log.mark_error(f"The version '{wanted}' of {what} was not found on this machine.")
        return False
    call.log.line(f"Found {what} {wanted}".rstrip())
    call.paths.insert(0, str(Path(place).parent))
    return True


_ACTIONS: Mapping[str, Action] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/setup-node": setup_node,
}


def action(uses: str) -> Action | None:
    """The built-in action of that name, at any version."""
    return _ACTIONS.get(re.split("@", uses, maxsplit=1)[0])
