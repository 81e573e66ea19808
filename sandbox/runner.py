"""Runs a workflow's jobs for real: each step a local process, its output the log, its exit code the verdict.

What is not run here (containers, services, reusable workflows, actions beyond the built-in ones) fails with a sentence
in the log or at reading; nothing is pretended.
"""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sandbox.actions import ActionCall, action
from sandbox.contexts import StepMemory, contexts, environment
from sandbox.data import Json
from sandbox.expressions import ExpressionError, Function, filled, holds
from sandbox.logformat import JobLog
from sandbox.process import run_process
from sandbox.running import BrokenWorkflow, JobOutcome, JobUpdate, ParsedWorkflow, RunOrder, RunOutcome, StepOutcome
from sandbox.workflow import JobSpec, StepSpec, Value, Workflow, parse_workflow

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
_SHELLS = {
    None: ("bash", "-e"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
    "sh": ("sh", "-e"),
    "python": ("python",),
}
_MOST_AT_ONCE = 2
OnUpdate = Callable[[JobUpdate], Awaitable[None]]


class LocalRunner:
    """Reads workflow files and runs them as processes of this machine, as the user that runs the sandbox."""

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        """A workflow file, or what is wrong with it."""
        return parse_workflow(path, text)

    async def run(self, workflow: ParsedWorkflow, order: RunOrder, on_update: OnUpdate) -> RunOutcome:
        """Execute one attempt; a job waits for those that it needs, and is skipped where they failed."""
        if not isinstance(workflow, Workflow):
            raise TypeError("this runner runs what it parsed itself")
        done: dict[str, str] = {}
        outcomes: list[JobOutcome] = []
        room = asyncio.Semaphore(_MOST_AT_ONCE)
        waiting = list(workflow.jobs)
        while ready := [job for job in waiting if all(need in done for need in job.needs)]:
            waiting = [job for job in waiting if job not in ready]
            each = [(job, matrix) for job in ready for matrix in job.matrix]
            ended = await asyncio.gather(
                *(_JobRun(workflow, order, job, matrix, dict(done), on_update, room).execute() for job, matrix in each)
            )
            outcomes += ended
            for job in ready:
                own = [one.conclusion for one, (of, _) in zip(ended, each, strict=True) if of is job]
                done[job.key] = _worst(own)
        return RunOutcome(_worst([outcome.conclusion for outcome in outcomes]), tuple(outcomes))


def _worst(conclusions: list[str]) -> str:
    for bad in ("failure", "cancelled"):
        if bad in conclusions:
            return bad
    return "skipped" if conclusions and set(conclusions) == {"skipped"} else "success"


@dataclass(frozen=True, slots=True)
class _Place:
    """A job's folder, and in it the one that its steps work in."""

    folder: Path
    workspace: Path


@dataclass(slots=True)
class _JobRun:
    workflow: Workflow
    order: RunOrder
    job: JobSpec
    matrix: Mapping[str, Value]
    needs: Mapping[str, str]
    on_update: OnUpdate
    room: asyncio.Semaphore
    failed: bool = False
    timed_out: bool = False
    memory: StepMemory = field(default_factory=StepMemory)
    steps: list[StepOutcome] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The job's name with its matrix values, as GitHub shows it."""
        if not self.matrix or "${{" in self.job.name:
            return filled(self.job.name, self._contexts({}))
        return f"{self.job.name} ({', '.join(str(value) for value in self.matrix.values())})"

    async def execute(self) -> JobOutcome:
        """Run the job, or skip it where what it needs did not pass."""
        async with self.room:
            began = datetime.now(UTC)
            self.failed = any(self.needs.get(need) != "success" for need in self.job.needs)
            try:
                name, wanted = self.name, self._holds(self.job.condition or "success()", {})
            except ExpressionError as error:
                return await self._unreadable(began, error)
            if not wanted:
                return JobOutcome(name, "skipped", began, began, (), None)
            self.failed = False
            await self.on_update(JobUpdate(name, "in_progress"))
            return await self._run(name, began)

    async def _unreadable(self, began: datetime, error: ExpressionError) -> JobOutcome:
        """A job whose name or condition cannot be evaluated fails before its first step."""
        await self.on_update(JobUpdate(self.job.key, "in_progress"))
        folder = self.order.workdir / _file_name(self.job.key)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        log = JobLog(folder / "job.log", _now)
        log.mark_error(f"The template is not valid. {error}")
        log.close()
        return JobOutcome(self.job.key, "failure", began, _now(), (), folder / "job.log")

    async def _run(self, name: str, began: datetime) -> JobOutcome:
        folder = self.order.workdir / _file_name(name)
        place = _Place(folder, folder / "work")
        await asyncio.to_thread(place.workspace.mkdir, parents=True, exist_ok=True)
        path = folder / "job.log"
        log = JobLog(path, _now)
        try:
            self._set_up(name, log)
            await self._all_steps(place, log)
            self._tear_down(log)
        finally:
            log.close()
            await asyncio.to_thread(shutil.rmtree, place.workspace, ignore_errors=True)
        # GitHub reports a job that ran out of time as cancelled: https://github.com/fujibee/agmsg/pull/878
        conclusion = "cancelled" if self.timed_out else "failure" if self.failed else "success"
        return JobOutcome(name, conclusion, began, _now(), tuple(self.steps), path)

    def _set_up(self, name: str, log: JobLog) -> None:
        began = _now()
        log.line("Current runner: CI Fixer sandbox runner")
        log.group("Operating System", platform.system(), platform.release())
        log.line(f"Complete job name: {name}")
        self.steps.append(StepOutcome(1, "Set up job", "success", began, _now()))

    def _tear_down(self, log: JobLog) -> None:
        now = _now()
        for step in reversed(self.job.steps):
            if (step.uses or "").startswith("actions/checkout"):
                log.line("Post job cleanup.")
                self.steps.append(StepOutcome(len(self.steps) + 1, f"Post {step.name}", "success", now, now))
        log.line("Cleaning up orphan processes")
        self.steps.append(StepOutcome(len(self.steps) + 1, "Complete job", "success", now, now))

    async def _all_steps(self, place: _Place, log: JobLog) -> None:
        try:
            async with asyncio.timeout(self.job.timeout_minutes * 60):
                for number, step in enumerate(self.job.steps, start=2):
                    await self._step(number, step, place, log)
        except TimeoutError:
            self.timed_out = True
            limit = f"{self.job.timeout_minutes:g} minutes"
            log.mark_error(f"The job has exceeded the maximum execution time of {limit}.")
            log.mark_error("The operation was canceled.")

    async def _step(self, number: int, step: StepSpec, place: _Place, log: JobLog) -> None:
        began, name = _now(), step.name
        env = {**self.workflow.env, **self.job.env, **self.memory.exported, **step.env}
        try:
            name = filled(step.name, self._contexts(env))
            if not self._holds(step.condition or "success()", env):
                self.steps.append(StepOutcome(number, name, "skipped", None, None))
                return
            passed = await self._passed(step, env, place, log)
        except ExpressionError as fault:
            passed = False
            log.mark_error(f"The template is not valid. {fault}")
        conclusion = "success" if passed or step.continue_on_error else "failure"
        self.failed = self.failed or conclusion == "failure"
        self.steps.append(StepOutcome(number, name, conclusion, began, _now()))
        self.memory.end(step.id, passed=passed, forgiven=step.continue_on_error)

    async def _passed(self, step: StepSpec, env: Mapping[str, str], place: _Place, log: JobLog) -> bool:
        own = {name: filled(value, self._contexts(env)) for name, value in env.items()}
        full = {**environment(self.order, self.memory, place.folder, place.workspace), **own}
        known = self._contexts(own)
        if step.uses is None:
            return await self._script(step, known, own, full, place, log)
        given = {name: filled(value, known) for name, value in step.given.items()}
        log.action(step.uses, given, own)
        built_in = action(step.uses)
        if built_in is None:
            log.mark_error(f"The action {step.uses} is not one of those that this runner has built in.")
            return False
        return await built_in(ActionCall(given, self.order, place.workspace, full, log, self.memory.paths))

    async def _script(
        self,
        step: StepSpec,
        known: Mapping[str, Json],
        own: Mapping[str, str],
        full: Mapping[str, str],
        place: _Place,
        log: JobLog,
    ) -> bool:
        shell = _SHELLS.get(step.shell)
        if shell is None:
            log.mark_error(f"Shell '{step.shell}' is not known to this runner.")
            return False
        script = filled(step.run or "", known)
        file = place.folder / ("step.py" if step.shell == "python" else "step.sh")
        await asyncio.to_thread(file.write_text, script)
        program = shutil.which(shell[0], path=full["PATH"]) or shell[0]
        log.command(script, " ".join((program, *shell[1:], "{0}")), own)
        folder = place.workspace / filled(step.folder or ".", known)
        if not folder.is_dir():
            log.mark_error(f"An error occurred trying to start process '{program}' with working directory '{folder}'.")
            return False
        minutes = step.timeout_minutes or self.job.timeout_minutes
        code = await run_process(
            (program, *shell[1:], str(file)), folder=folder, env=full, line=log.speak, seconds=minutes * 60
        )
        self.memory.collect(step.id, place.folder)
        if code is None:
            log.mark_error(f"The action '{step.name}' has timed out after {minutes:g} minutes.")
        elif code:
            log.mark_error(f"Process completed with exit code {code}.")
        return code == 0

    def _contexts(self, env: Mapping[str, str]) -> dict[str, Json]:
        return contexts(self.order, env=env, matrix=self.matrix, steps=self.memory.steps, needs=self.needs)

    def _holds(self, condition: str, env: Mapping[str, str]) -> bool:
        functions: dict[str, Function] = {
            "success": lambda: not self.failed,
            "failure": lambda: self.failed,
            "always": lambda: True,
            "cancelled": lambda: False,
        }
        return holds(condition, self._contexts(env), functions)


def _now() -> datetime:
    return datetime.now(UTC)


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)[:100]
