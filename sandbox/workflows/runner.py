"""Runs a workflow's jobs for real: each when what it needs has ended, each step a local process.

What is not run here (containers, services, reusable workflows, actions beyond the built-in ones, other systems than
this machine's) fails with a sentence in the log or at reading; nothing is pretended.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sandbox.clock import Clock, system_clock
from sandbox.data import Json
from sandbox.running import BrokenWorkflow, JobOutcome, Kept, ParsedWorkflow, RunOrder, Watcher
from sandbox.state import Annotation
from sandbox.workflows.contexts import github
from sandbox.workflows.evaluate import Function, Scope
from sandbox.workflows.expressions import ExpressionError
from sandbox.workflows.job import Given, JobRun, Leg
from sandbox.workflows.syntax import JobSpec, Workflow, parse_workflow
from sandbox.workflows.template import filled_each, holds

_MOST_AT_ONCE = 2
"""Jobs of one run: real processes on one machine, of which more would only make each slower."""
# Most workflows say ubuntu: a machine of any Unix runs those as well as it can.
_SYSTEMS = {"windows": "Windows", "macos": "Darwin"}


class LocalRunner:
    """Reads workflow files and runs them as processes of this machine, as the user that runs the sandbox."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        """A workflow file, or what is wrong with it."""
        return parse_workflow(path, text)

    async def run(self, workflow: ParsedWorkflow, order: RunOrder, watcher: Watcher) -> str:
        """Execute one attempt; gives its conclusion."""
        if not isinstance(workflow, Workflow):
            raise TypeError("this runner runs what it parsed itself")
        return await _Attempt(workflow, order, watcher, self._clock).run()


@dataclass(frozen=True, slots=True)
class Ended:
    """A job with all its combinations: what those that need it see, and whether it ran in this attempt."""

    result: str
    outputs: Mapping[str, str]
    ran: bool


class _Attempt:
    def __init__(self, workflow: Workflow, order: RunOrder, watcher: Watcher, clock: Clock) -> None:
        self._workflow = workflow
        self._order = order
        self._watcher = watcher
        self._clock = clock
        self._specs = {job.key: job for job in workflow.jobs}
        self._ended: dict[str, Ended] = {}
        self._stops: list[asyncio.Event] = []
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._github = github(order, workflow.name)

    async def run(self) -> str:
        done = {job.key: asyncio.Event() for job in self._workflow.jobs}

        async def follow(job: JobSpec) -> None:
            for need in job.needs:
                await done[need].wait()
            self._ended[job.key] = await self._job(job)
            done[job.key].set()

        cancelling = asyncio.create_task(self._cancel())
        try:
            async with asyncio.TaskGroup() as group:
                for job in self._workflow.jobs:
                    group.create_task(follow(job))
        finally:
            cancelling.cancel()
        return worst([ended.result for ended in self._ended.values()])

    async def _cancel(self) -> None:
        await self._order.stop.wait()
        for stop in self._stops:
            stop.set()

    async def _job(self, job: JobSpec) -> Ended:
        legs = _legs(job)
        again = any(self._ended[need].ran for need in job.needs)
        waiting = legs if again else [leg for leg in legs if leg.slot not in self._order.kept]
        kept = {leg.slot: self._order.kept[leg.slot] for leg in legs if leg not in waiting}
        if not again and job.key in self._order.kept:
            kept, waiting = {job.key: self._order.kept[job.key]}, []
        if not waiting:
            return _together(list(kept.values()), ran=False)
        try:
            given = self._given(job)
            wanted = holds(job.condition, self._scope(job, given.contexts))
        except ExpressionError as fault:
            return self._unreadable(job, fault)
        if not wanted:
            now = self._clock()
            self._watcher.ended(JobOutcome(job.key, job.name, "skipped", now, now))
            return Ended("skipped", {}, ran=True)
        return _together([*kept.values(), *await self._all_legs(job, waiting, given)], ran=True)

    def _given(self, job: JobSpec) -> Given:
        """Raises ExpressionError."""
        needs: dict[str, Json] = {
            need: {"result": self._ended[need].result, "outputs": dict(self._ended[need].outputs)} for need in job.needs
        }
        contexts: dict[str, Json] = {
            "github": self._github, "needs": needs, "env": {}, "secrets": {}, "vars": {}, "inputs": {}, "steps": {},
            "jobs": {}, "runner": {}, "strategy": {},
        }  # fmt: skip
        env = filled_each(self._workflow.env, Scope(contexts, {}))
        return Given(self._order, env, contexts, self._watcher, self._clock)

    def _scope(self, job: JobSpec, contexts: Mapping[str, Json]) -> Scope:
        """A job's condition looks at all that it needs, and at what those need."""
        results = [self._ended[need].result for need in self._ancestors(job)]
        functions: dict[str, Function] = {
            "success": lambda: all(result == "success" for result in results),
            "failure": lambda: "failure" in results,
            "always": lambda: True,
            "cancelled": lambda: "cancelled" in results,
        }
        return Scope(contexts, functions)

    def _ancestors(self, job: JobSpec) -> set[str]:
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            need = waiting.pop()
            if need not in found:
                found.add(need)
                waiting.extend(self._specs[need].needs)
        return found

    async def _all_legs(self, job: JobSpec, legs: Sequence[Leg], given: Given) -> list[Kept]:
        stop = asyncio.Event()
        self._stops.append(stop)
        if self._order.stop.is_set():
            stop.set()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._leg(job, leg, given, stop)) for leg in legs]
        return [task.result() for task in tasks]

    async def _leg(self, job: JobSpec, leg: Leg, given: Given, stop: asyncio.Event) -> Kept:
        run = JobRun(given, leg, stop)
        try:
            name, forgiven, fast = run.shown_name, run.flag(job.continue_on_error), run.flag(job.fail_fast)
            labels = run.labels()
        except ExpressionError as fault:
            outcome = self._failed(leg.slot, job.key, str(fault))
            return Kept("failure", outcome.outputs)
        self._watcher.queued(leg.slot, name)
        outcome = await self._outcome(run, leg, name, labels)
        self._watcher.ended(outcome)
        if outcome.conclusion == "failure" and not forgiven and fast:
            stop.set()
        passed = forgiven and outcome.conclusion == "failure"
        return Kept("success" if passed else outcome.conclusion, outcome.outputs)

    async def _outcome(self, run: JobRun, leg: Leg, name: str, labels: Sequence[str]) -> JobOutcome:
        async with self._room:
            now = self._clock()
            if run.stop.is_set():
                return JobOutcome(leg.slot, name, "cancelled", now, now)
            if missing := _missing(labels):
                message = f"No runner matching the specified labels was found: {missing}"
                remark = Annotation(".github", 1, 1, None, None, "failure", message, "", "")
                return JobOutcome(leg.slot, name, "failure", now, now, annotations=(remark,))
            self._watcher.started(leg.slot, name)
            return await run.execute(name)

    def _unreadable(self, job: JobSpec, fault: ExpressionError) -> Ended:
        self._failed(job.key, job.key, str(fault))
        return Ended("failure", {}, ran=True)

    def _failed(self, slot: str, name: str, reason: str) -> JobOutcome:
        """A job whose name, condition or matrix cannot be evaluated fails without a step and without a log."""
        now = self._clock()
        message = f"The template is not valid. {self._order.workflow_path}: {reason}"
        remark = Annotation(".github", 1, 1, None, None, "failure", message, "", "")
        outcome = JobOutcome(slot, name, "failure", now, now, annotations=(remark,))
        self._watcher.ended(outcome)
        return outcome


def _legs(job: JobSpec) -> list[Leg]:
    total = len(job.matrix)
    if not job.matrix[0] and total == 1:
        return [Leg(job, job.key, {}, 0, 1)]
    return [Leg(job, f"{job.key}/{index}", one, index, total) for index, one in enumerate(job.matrix)]


def _missing(labels: Sequence[str]) -> str:
    """The labels that ask for another system than this machine's; any other label is taken for this machine."""
    system = platform.system()
    wrong = [one for one in labels if _SYSTEMS.get(one.lower().partition("-")[0], system) != system]
    return ", ".join(wrong)


def _together(each: Collection[Kept], *, ran: bool) -> Ended:
    """Outputs of a matrix: of two that set the same one, the last."""
    outputs = {name: value for one in each for name, value in one.outputs.items()}
    return Ended(worst([one.conclusion for one in each]), outputs, ran)


def worst(results: Sequence[str]) -> str:
    """What several conclusions come to."""
    for bad in ("failure", "cancelled"):
        if bad in results:
            return bad
    return "skipped" if results and set(results) == {"skipped"} else "success"
