"""One job, or one combination of its matrix: its steps in order, within its time, and what it leaves."""

from __future__ import annotations

import asyncio
import json
import platform
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.clock import Clock
from sandbox.data import Json
from sandbox.running import JobOutcome, RunOrder, StepOutcome, Watcher
from sandbox.state import Annotation
from sandbox.workflows import orphans
from sandbox.workflows.actions import action
from sandbox.workflows.contexts import Place, of_job, runner
from sandbox.workflows.evaluate import Function, Scope
from sandbox.workflows.expressions import ExpressionError
from sandbox.workflows.joblog import JobLog
from sandbox.workflows.matrix import Combination
from sandbox.workflows.process import Limit, Processes
from sandbox.workflows.steps import StepResult, StepRun, Surroundings, flag
from sandbox.workflows.syntax import JobSpec, StepSpec, minutes
from sandbox.workflows.template import filled, filled_each, holds
from sandbox.workflows.values import as_text

CLEANUP_SECONDS = 300.0
"""For steps that run although their job was cancelled, as GitHub gives them."""
_LONGEST_FOLDER = 60


@dataclass(frozen=True, slots=True)
class Leg:
    """A job with one combination of its matrix; ``slot`` tells it from all others of the workflow."""

    spec: JobSpec
    slot: str
    matrix: Combination
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class Given:
    """What a job is given from outside: the workflow's environment, and the contexts that belong to the run."""

    order: RunOrder
    workflow_env: Mapping[str, str]
    contexts: Mapping[str, Json]
    watcher: Watcher
    clock: Clock


@dataclass(slots=True)
class JobRun:
    """A job while it runs."""

    given: Given
    leg: Leg
    stop: asyncio.Event
    failed: bool = False
    cancelled: bool = False
    tracking_id: str = field(default_factory=lambda: f"github_{uuid.uuid4()}")
    processes: Processes = field(default_factory=Processes)
    steps: list[StepOutcome] = field(default_factory=list)

    @property
    def shown_name(self) -> str:
        """Its name with its matrix values, as GitHub shows it. Raises ExpressionError."""
        spec = self.leg.spec
        if not self.leg.matrix or "${{" in spec.name:
            return filled(spec.name, self._scope({}))
        return f"{spec.name} ({', '.join(_shown(value) for value in self.leg.matrix.values())})"

    def flag(self, written: str) -> bool:
        """A yes or no of the job. Raises ExpressionError."""
        return flag(written, self._scope({}))

    def labels(self) -> list[str]:
        """The runners that it asks for. Raises ExpressionError."""
        return [filled(label, self._scope({})) for label in self.leg.spec.runs_on]

    async def execute(self, name: str) -> JobOutcome:
        """Run it to its end; ``name`` is how it is shown."""
        began = self.given.clock()
        order = self.given.order
        place = Place(order.workdir / _folder(self.leg), order.full_name.rpartition("/")[2])
        await asyncio.to_thread(_make, place, order.trigger.payload)
        log = JobLog(place.folder / "job.log", self.given.clock, str(place.workspace))
        outputs: Mapping[str, str] = {}
        try:
            around = await self._all_steps(name, place, log)
            outputs = self._complete(around, log) if around is not None else {}
        finally:
            for line in orphans.terminate(self.tracking_id):
                log.line(line)
            self.processes.end()
            log.close()
            await asyncio.to_thread(_clear, place)
        conclusion = "cancelled" if self.cancelled else "failure" if self.failed else "success"
        return JobOutcome(
            self.leg.slot, name, conclusion, began, self.given.clock(), tuple(self.steps), place.folder / "job.log",
            tuple(log.annotations), outputs,
        )  # fmt: skip

    async def _all_steps(self, name: str, place: Place, log: JobLog) -> Surroundings | None:
        began = self.given.clock()
        log.line("Current runner: CI Fixer sandbox runner")
        log.group("Operating System", platform.system(), platform.release())
        log.line(f"Complete job name: {name}")
        try:
            around, allowed = self._surroundings(place, log), self._minutes()
        except ExpressionError as fault:
            log.mark_error(f"The template is not valid. {self.given.order.workflow_path}: {fault}")
            self._record("Set up job", "failure", began)
            self.failed = True
            return None
        self._record("Set up job", "success", began)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + allowed * 60
        for spec in self.leg.spec.steps:
            await self._step(spec, around, Limit(max(deadline - loop.time(), 0.0), self.stop))
            if not self.cancelled and (loop.time() >= deadline or self.stop.is_set()):
                self._cancel(log, allowed)
                # What runs in spite of it gets some time of its own, and can be stopped no more.
                deadline, self.stop = loop.time() + CLEANUP_SECONDS, asyncio.Event()
        self._post(log)
        return around

    def _surroundings(self, place: Place, log: JobLog) -> Surroundings:
        """Raises ExpressionError."""
        given, spec = self.given, self.leg.spec
        contexts = {
            **given.contexts,
            "github": of_job(given.order, _mapping(given.contexts["github"]), spec.key, place),
            "runner": runner(place),
            "matrix": dict(self.leg.matrix),
            "strategy": {"job-index": self.leg.index, "job-total": self.leg.total},
        }
        scope = Scope({**contexts, "env": dict(given.workflow_env)}, {})
        env = {**given.workflow_env, **filled_each(spec.env, scope)}
        return Surroundings(given.order, place, log, env, contexts, self.tracking_id, self.processes)

    def _minutes(self) -> float:
        written = filled(self.leg.spec.timeout_minutes, self._scope({}))
        found = minutes(written)
        if found is None:
            raise ExpressionError(f"timeout-minutes: '{written}' is no number of minutes")
        return found

    def _cancel(self, log: JobLog, allowed: float) -> None:
        """GitHub reports a job that ran out of time as cancelled: https://github.com/fujibee/agmsg/pull/878."""
        self.cancelled = True
        if not self.stop.is_set():
            message = f"The job has exceeded the maximum execution time of {allowed:g}m0s"
            log.annotations.append(Annotation(".github", 1, 1, None, None, "failure", message, "", ""))

    async def _step(self, spec: StepSpec, around: Surroundings, limit: Limit) -> None:
        began, name, log = self.given.clock(), spec.name, around.log
        log.begin_step()
        try:
            outer = {**around.env, **around.memory.exported}
            scope = self._scope({**around.contexts, "env": dict(outer), "steps": around.memory.steps})
            env = {**outer, **filled_each(spec.env, scope)}
            scope = Scope({**scope.contexts, "env": dict(env)}, scope.functions)
            if not holds(spec.condition, scope):
                self._skip(spec, name, around)
                return
            name = filled(spec.name, scope)
            result = await StepRun(spec, around, scope, env).run(limit)
        except ExpressionError as fault:
            log.mark_error(f"The template is not valid. {self.given.order.workflow_path}: {fault}")
            result = StepResult("failure")
        self.failed = self.failed or result.conclusion == "failure"
        around.memory.end(spec.id, result.outcome, result.conclusion, result.outputs)
        self._record(name, result.conclusion, began)

    def _skip(self, spec: StepSpec, name: str, around: Surroundings) -> None:
        self.steps.append(StepOutcome(len(self.steps) + 1, name, "skipped", None, None))
        around.memory.end(spec.id, "skipped", "skipped", {})

    def _post(self, log: JobLog) -> None:
        """What actions do after the job, the last first: here only checkout has a word to say."""
        log.begin_step()
        for spec in reversed(self.leg.spec.steps):
            built_in = action(spec.uses or "")
            if built_in is not None and built_in.post:
                log.line("Post job cleanup.")
                self._record(f"Post {spec.name}", "success", self.given.clock())

    def _complete(self, around: Surroundings, log: JobLog) -> Mapping[str, str]:
        """The last step of every job: its outputs, and an end to what still runs."""
        began, outputs = self.given.clock(), {}
        log.begin_step()
        conclusion = "success"
        if self.leg.spec.outputs:
            log.line("Evaluate and set job outputs")
            try:
                outputs = self._outputs(around, log)
            except ExpressionError as fault:
                log.mark_error("Fail to evaluate job outputs")
                log.mark_error(str(fault))
                self.failed, conclusion = True, "failure"
        log.line("Cleaning up orphan processes")
        self._record("Complete job", conclusion, began)
        return outputs

    def _outputs(self, around: Surroundings, log: JobLog) -> dict[str, str]:
        env = {**around.env, **around.memory.exported}
        scope = self._scope({**around.contexts, "env": dict(env), "steps": around.memory.steps})
        found: dict[str, str] = {}
        for name, value in filled_each(self.leg.spec.outputs, scope).items():
            if not value:
                continue
            if log.masked(value) != value:
                log.speak(f"::warning::Skip output '{name}' since it may contain secret.")
                continue
            log.line(f"Set output '{name}'")
            found[name] = value
        return found

    def _record(self, name: str, conclusion: str, began: datetime) -> None:
        self.steps.append(StepOutcome(len(self.steps) + 1, name, conclusion, began, self.given.clock()))

    def _scope(self, contexts: Mapping[str, Json]) -> Scope:
        status = "cancelled" if self.cancelled else "failure" if self.failed else "success"
        functions: dict[str, Function] = {
            "success": lambda: status == "success",
            "failure": lambda: status == "failure",
            "always": lambda: True,
            "cancelled": lambda: status == "cancelled",
        }
        known = {**self.given.contexts, "matrix": dict(self.leg.matrix), "job": {"status": status}, **contexts}
        return Scope(known, functions)


def _make(place: Place, payload: Mapping[str, Json]) -> None:
    for folder in (place.workspace, place.temp, place.home):
        folder.mkdir(parents=True, exist_ok=True)
    (place.temp / "event.json").write_text(json.dumps(payload), encoding="utf-8")


def _clear(place: Place) -> None:
    """Of a finished job only its log is kept."""
    for folder in (place.work, place.temp, place.home):
        shutil.rmtree(folder, ignore_errors=True)


def _folder(leg: Leg) -> str:
    name = "".join(character if character.isalnum() else "-" for character in leg.spec.key)[:_LONGEST_FOLDER]
    return f"{name}-{leg.index}"


def _shown(value: Json) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_shown(inner) for inner in value.values())
    return as_text(value)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
