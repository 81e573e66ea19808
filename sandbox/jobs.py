"""The jobs of an attempt as they go, each with the check run of the same id that GitHub Actions makes for it."""

from __future__ import annotations

from datetime import datetime

from sandbox import checks
from sandbox.data import JsonObject
from sandbox.running import JobOutcome
from sandbox.shapes.actions import job as job_shape
from sandbox.state import Attempt, CheckRun, Job, Repository, Run, Step
from sandbox.world import World


class JobBook:
    """Writes down, and tells the Apps, what a runner reports (it is the runner's ``Watcher``)."""

    def __init__(self, world: World, repository: Repository, run: Run, attempt: Attempt) -> None:
        self._world = world
        self._repository = repository
        self._run = run
        self._attempt = attempt

    def queued(self, slot: str, name: str) -> None:
        """A job waits for a runner."""
        world, now = self._world, self._world.clock()
        job = Job(world.state.next_id(), slot, name, "queued", None, now, now)
        self._attempt.jobs.append(job)
        details = world.urls.html(self._repository, f"/actions/runs/{self._run.id}/job/{job.id}")
        check = CheckRun(job.id, self._run.suite, name, "", details, "queued", None, now, None)
        self._repository.checks[job.id] = check
        self._announce_check(check, "created")
        self._announce(job, "queued")

    def started(self, slot: str, name: str) -> None:
        """A job runs."""
        job = self._find(slot) or self._queue(slot, name)
        job.status, job.started_at, job.name = "in_progress", self._world.clock(), name
        check = self._repository.checks[job.id]
        check.status, check.started_at, check.name = "in_progress", job.started_at, name
        self._announce(job, "in_progress")

    def ended(self, outcome: JobOutcome) -> None:
        """A job has ended."""
        job = self._find(outcome.slot) or self._queue(outcome.slot, outcome.name)
        job.started_at, job.log, job.outputs = outcome.started_at, outcome.log, outcome.outputs
        job.steps = tuple(
            Step(step.number, step.name, "completed", step.conclusion, step.started_at, step.completed_at)
            for step in outcome.steps
        )
        check = self._repository.checks[job.id]
        check.started_at = outcome.started_at
        check.annotations.extend(outcome.annotations)
        self._complete(job, outcome.conclusion, outcome.completed_at)
        self._announce_check(check, "completed")
        self._announce(job, "completed")

    def abandon(self) -> None:
        """End what is still open, without a word: whoever executed it is gone."""
        for job in self._attempt.jobs:
            if job.status != "completed":
                self._complete(job, "cancelled", self._world.clock())

    def _complete(self, job: Job, conclusion: str, moment: datetime) -> None:
        check = self._repository.checks[job.id]
        job.status = check.status = "completed"
        job.conclusion = check.conclusion = conclusion
        job.completed_at = check.completed_at = moment

    def _find(self, slot: str) -> Job | None:
        return next((job for job in self._attempt.jobs if job.slot == slot), None)

    def _queue(self, slot: str, name: str) -> Job:
        self.queued(slot, name)
        return self._attempt.jobs[-1]

    def _announce_check(self, check: CheckRun, action: str) -> None:
        checks.announce(self._world, self._repository, check, action, self._attempt.actor)

    def _announce(self, job: Job, action: str) -> None:
        shown = job_shape(self._world.urls, self._repository, self._run, self._attempt, job)
        payload: JsonObject = {"action": action, "workflow_job": shown}
        self._world.emit("workflow_job", payload, repository=self._repository, sender=self._attempt.actor)
