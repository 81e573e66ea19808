"""One step: its condition, its surroundings, its script or action, and how it ended."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.data import Json
from sandbox.running import RunOrder
from sandbox.workflows import files
from sandbox.workflows.actions import ActionCall, action, unknown_inputs
from sandbox.workflows.contexts import Place, StepMemory, environment
from sandbox.workflows.evaluate import Scope
from sandbox.workflows.expressions import ExpressionError
from sandbox.workflows.joblog import JobLog
from sandbox.workflows.orphans import MARK
from sandbox.workflows.process import Ended, Limit, Processes
from sandbox.workflows.syntax import StepSpec, minutes
from sandbox.workflows.template import filled, filled_each

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
_SHELLS: Mapping[str | None, tuple[str, ...]] = {
    None: ("bash", "-e", "{0}"),
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"),
    "sh": ("sh", "-e", "{0}"),
    "python": ("python", "{0}"),
    "pwsh": ("pwsh", "-command", ". '{0}'"),
}
_ENDINGS = {"python": ".py", "pwsh": ".ps1"}


@dataclass(slots=True)
class Surroundings:
    """What the steps of a job share; ``env`` is the job's own, already filled."""

    order: RunOrder
    place: Place
    log: JobLog
    env: Mapping[str, str]
    contexts: Mapping[str, Json]
    tracking_id: str
    processes: Processes
    memory: StepMemory = field(default_factory=StepMemory)


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended (success, failure, cancelled), its outputs, and whether a failure is let pass."""

    outcome: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    forgiven: bool = False

    @property
    def conclusion(self) -> str:
        """What counts for the job."""
        return "success" if self.outcome == "failure" and self.forgiven else self.outcome


class StepRun:
    """A step about to run, whose condition has held."""

    def __init__(self, spec: StepSpec, around: Surroundings, scope: Scope, env: Mapping[str, str]) -> None:
        self._spec = spec
        self._around = around
        self._scope = scope
        self._env = env

    async def run(self, limit: Limit) -> StepResult:
        """Run it within the job's limit, and its own."""
        log = self._around.log
        forgiven = False
        outputs: Mapping[str, str] = {}
        try:
            forgiven = flag(self._spec.continue_on_error, self._scope)
            own = self._minutes()
            seconds = limit.seconds if own is None else min(limit.seconds, own * 60)
            ended = await self._ended(Limit(seconds, limit.stop))
            if ended.code is None and own is not None and own * 60 <= limit.seconds and not ended.stopped:
                log.mark_error(f"The action '{self._spec.name}' has timed out after {own:g} minutes.")
                ended = Ended(1)
            said = await asyncio.to_thread(files.collect, self._around.place.temp)
            outputs = said.outputs
            self._around.memory.exported.update(said.env)
            self._around.memory.paths[:0] = reversed(said.paths)
        except ExpressionError as fault:
            log.mark_error(f"The template is not valid. {self._around.order.workflow_path}: {fault}")
            ended = Ended(1)
        except files.FileCommandError as fault:
            log.mark_error(str(fault))
            ended = Ended(1)
        if ended.code is None:
            log.mark_error("The operation was canceled.")
            return StepResult("cancelled", outputs)
        return StepResult("success" if ended.code == 0 else "failure", outputs, forgiven)

    def _minutes(self) -> float | None:
        if self._spec.timeout_minutes is None:
            return None
        written = filled(self._spec.timeout_minutes, self._scope)
        found = minutes(written)
        if found is None:
            raise ExpressionError(f"timeout-minutes: '{written}' is no number of minutes")
        return found

    async def _ended(self, limit: Limit) -> Ended:
        own = files.prepare(self._around.place.temp)
        contexts = self._scope.contexts
        base = environment(
            _mapping(contexts["github"]), _mapping(contexts["runner"]), self._around.memory.paths, self._around.place
        )
        full = {**base, **own, MARK: self._around.tracking_id, **self._env}
        return await (self._script(full, limit) if self._spec.uses is None else self._action(full, limit))

    async def _action(self, env: Mapping[str, str], limit: Limit) -> Ended:
        log, uses = self._around.log, self._spec.uses or ""
        given = filled_each(self._spec.given, self._scope)
        log.action(uses, given, self._env)
        built_in = action(uses)
        if built_in is None:
            log.mark_error(f"The action {uses} is not one of those that this runner has built in.")
            return Ended(1)
        if unknown := unknown_inputs(built_in, given):
            log.mark_error(f"This runner's {uses} does not do what is asked by: {', '.join(unknown)}")
            return Ended(1)
        around = self._around
        return await built_in.run(
            ActionCall(
                given, around.order, around.place.workspace, env, log, around.memory.paths, around.processes, limit
            )
        )

    async def _script(self, env: Mapping[str, str], limit: Limit) -> Ended:
        around, shell = self._around, self._spec.shell
        script = filled(self._spec.run or "", self._scope)
        command = _SHELLS.get(shell) or _custom(shell or "")
        if command is None:
            around.log.mark_error(
                "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format "
                "string containing '{0}'"
            )
            return Ended(1)
        program = shutil.which(command[0], path=env["PATH"])
        around.log.command(script, " ".join((program or command[0], *command[1:])), self._env)
        if program is None:
            around.log.mark_error(f"{command[0]}: command not found")
            return Ended(1)
        folder = around.place.workspace / filled(self._spec.folder or ".", self._scope)
        file = around.place.temp / f"script{_ENDINGS.get(command[0], '.sh')}"
        await asyncio.to_thread(file.write_text, script, encoding="utf-8", errors="replace", newline="\n")
        arguments = [part.replace("{0}", str(file)) for part in command[1:]]
        try:
            ended = await around.processes.run(
                (program, *arguments), folder=folder, env=env, line=around.log.speak, limit=limit
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            around.log.mark_error(
                f"An error occurred trying to start process '{program}' with working directory '{folder}'. {reason}"
            )
            return Ended(1)
        if ended.code:
            # A program ended by a signal shows 128 and its number, as a shell has it.
            code = ended.code if ended.code > 0 else 128 - ended.code
            around.log.mark_error(f"Process completed with exit code {code}.")
        return ended


def _custom(shell: str) -> tuple[str, ...] | None:
    """A shell that is written out, ``perl {0}``."""
    try:
        parts = tuple(shlex.split(shell))
    except ValueError:
        return None
    return parts if parts and any("{0}" in part for part in parts[1:]) else None


def flag(written: str, scope: Scope) -> bool:
    """A yes or no that may be an expression. Raises ExpressionError."""
    text = filled(written, scope)
    if text not in ("true", "false", ""):
        raise ExpressionError(f"Unexpected value '{text}', a boolean was expected")
    return text == "true"


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
