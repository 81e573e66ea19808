"""The actions that are built in: what they do here is what they do on GitHub, with what this machine has."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.git import SHA, Git, environment
from sandbox.running import RunOrder
from sandbox.workflows.joblog import JobLog
from sandbox.workflows.process import Ended, Limit, Processes


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A ``uses`` step about to run; ``paths`` are put before PATH for the steps after it."""

    given: Mapping[str, str]
    order: RunOrder
    workspace: Path
    env: Mapping[str, str]
    log: JobLog
    paths: list[str]
    processes: Processes
    limit: Limit


Action = Callable[[ActionCall], Awaitable[Ended]]
_DONE, _FAILED = Ended(0), Ended(1)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """An action, the inputs that it knows, and whether it has something to do after the job."""

    run: Action
    inputs: frozenset[str]
    ignored: frozenset[str] = frozenset()
    post: bool = False


async def checkout(call: ActionCall) -> Ended:
    """The run's commit, or the ``ref`` that is asked for, from the bare repository, into the workspace or ``path``."""
    target = (call.workspace / call.given.get("path", "")).resolve()
    if not target.is_relative_to(call.workspace.resolve()):
        return _refused(call, f"Repository path '{target}' is not under '{call.workspace}'")
    wanted = call.given.get("repository") or call.order.full_name
    if wanted.lower() != call.order.full_name.lower():
        return _refused(call, f"The sandbox checks out {call.order.full_name} only, and not {wanted}")
    source = await _source(call, call.given.get("ref", ""))
    if source is None:
        return _refused(call, f"A branch or tag with the name '{call.given['ref']}' could not be found")
    target.mkdir(parents=True, exist_ok=True)
    call.log.line(f"Syncing repository: {call.order.full_name}")
    for command in _commands(call, *source):
        ended = await _git(call, target, command)
        if ended.code:
            return _refused(call, f"The process 'git' failed with exit code {ended.code}")
        if ended.code is None:
            return ended
    return _DONE


def _refused(call: ActionCall, message: str) -> Ended:
    call.log.mark_error(message)
    return _FAILED


async def _source(call: ActionCall, asked: str) -> tuple[str, str] | None:
    """(what to fetch, the whole ref it is): a branch goes before a tag of the same name."""
    if not asked:
        return call.order.trigger.sha, call.order.trigger.ref
    if SHA.fullmatch(asked) or asked.startswith("refs/"):
        return asked, asked
    git = Git(call.order.repository_git)
    for whole in (f"refs/heads/{asked}", f"refs/tags/{asked}"):
        if await git.ref(whole) is not None:
            return whole, whole
    return None


def _commands(call: ActionCall, fetched: str, ref: str) -> list[tuple[str, ...]]:
    """As actions/checkout calls git: one commit deep unless ``fetch-depth`` says otherwise, a branch as a branch."""
    depth = call.given.get("fetch-depth") or "1"
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
    local = f"refs/remotes/origin/{branch}" if branch else "refs/remotes/origin/fetched"
    tags = () if call.given.get("fetch-tags") == "true" else ("--no-tags",)
    deep = () if depth == "0" else (f"--depth={depth}",)
    fetch = ("fetch", "-q", *tags, "--prune", *deep, "origin")
    whole = (*fetch, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    place = ("-B", branch, local) if branch else ("--detach", local)
    return [
        ("init", "-q", "."),
        ("config", "--local", "remote.origin.url", call.order.repository_git.as_uri()),
        ("config", "--local", "gc.auto", "0"),
        *((whole,) if depth == "0" else ()),
        (*fetch, f"+{fetched}:{local}"),
        ("-c", "advice.detachedHead=false", "checkout", "-q", "--force", *place),
        ("log", "-1", "--format=%H"),
    ]


async def _git(call: ActionCall, target: Path, command: tuple[str, ...]) -> Ended:
    place = call.order.repository_git.as_uri()
    shown = " ".join(command).replace(place, f"{call.order.server_url}/{call.order.full_name}")
    call.log.line(f"[command]git {shown}")
    full = ("git", "-c", "safe.directory=*", "-c", "protocol.file.allow=always", *command)
    env = {**call.env, **environment()}
    return await call.processes.run(full, folder=target, env=env, line=call.log.line, limit=call.limit)


async def setup_python(call: ActionCall) -> Ended:
    """The interpreter that runs the sandbox, with the tools beside it, or another of this machine by its version."""
    wanted = call.given.get("python-version", "").strip()
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if wanted in ("", "3", "3.x", own) or wanted == f"{own}.{sys.version_info.micro}":
        call.log.line(f"Successfully set up CPython ({own}.{sys.version_info.micro})")
        call.paths.insert(0, str(Path(sys.executable).parent))
        return _DONE
    return _found(call, f"python{wanted}", "python", wanted)


async def setup_node(call: ActionCall) -> Ended:
    """The node of this machine, where its major version is the one asked for."""
    wanted = call.given.get("node-version", "").strip().removeprefix("v")
    place = shutil.which("node", path=call.env.get("PATH"))
    said: list[str] = []
    if place is not None:
        env = {"PATH": str(Path(place).parent)}
        await call.processes.run(
            (place, "--version"), folder=call.workspace, env=env, line=said.append, limit=call.limit
        )
    version = said[0].strip().removeprefix("v") if said else ""
    if place is None or (wanted and version.split(".")[0] != wanted.split(".")[0]):
        return _refused(call, f"Unable to find Node version '{wanted}' on this machine.")
    call.log.line(f"Found in cache @ {place}")
    call.paths.insert(0, str(Path(place).parent))
    return _DONE


def _found(call: ActionCall, program: str, what: str, wanted: str) -> Ended:
    place = shutil.which(program) if re.fullmatch(r"[\w.]+", program) else None
    if place is None:
        return _refused(call, f"The version '{wanted}' of {what} was not found on this machine.")
    call.log.line(f"Successfully set up {what} ({wanted})")
    call.paths.insert(0, str(Path(place).parent))
    return _DONE


_ACTIONS: Mapping[str, BuiltIn] = {
    "actions/checkout": BuiltIn(
        checkout,
        frozenset({"ref", "repository", "path", "fetch-depth", "fetch-tags"}),
        # Nothing to do for them here: there is no token, and a workspace is always new.
        frozenset({"token", "persist-credentials", "clean", "set-safe-directory", "show-progress"}),
        post=True,
    ),
    "actions/setup-python": BuiltIn(setup_python, frozenset({"python-version"}), frozenset({"cache", "architecture"})),
    "actions/setup-node": BuiltIn(setup_node, frozenset({"node-version"}), frozenset({"cache"})),
}


def action(uses: str) -> BuiltIn | None:
    """The built-in action of that name, at any version."""
    return _ACTIONS.get(uses.partition("@")[0].lower())


def unknown_inputs(built_in: BuiltIn, given: Mapping[str, str]) -> list[str]:
    """The inputs that ask for something that is not done here."""
    known = built_in.inputs | built_in.ignored
    return sorted(name for name, value in given.items() if name not in known and value not in ("", "false"))
