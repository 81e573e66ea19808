"""A past for a repository: runs that really ran here, repeated under new ids and dates.

A repeated run's logs are the very files that the sandbox's runner wrote, its steps and conclusions those of that run;
only ids and times are new (so the times within a log stay those of the run that wrote it). Ten thousand cost no more
than their rows in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.state import Attempt, CheckRun, CheckSuite, Job, Repository, Run
from sandbox.world import World


def repeat(world: World, repository: Repository, times: Sequence[datetime]) -> tuple[Run, ...]:
    """In place of the repository's runs, the same ones over and over, one created at each of ``times``, in order.

    They are taken in the order in which they ran, as often as there are times. ValueError where none has ended.
    """
    models = [run for run in repository.runs.values() if run.attempt.status == "completed"]
    if not models:
        raise ValueError(f"no run of {repository.full_name} has ended: there is nothing to repeat")
    repository.runs.clear()
    made = tuple(_repeated(world, repository, models[i % len(models)], time) for i, time in enumerate(sorted(times)))
    repository.runs.update({run.id: run for run in made})
    return made


def _repeated(world: World, repository: Repository, model: Run, created_at: datetime) -> Run:
    moved = created_at - model.created_at
    suite = replace(model.suite, id=world.state.next_id(), created_at=created_at)
    repository.suites[suite.id] = suite
    run = replace(model, id=world.state.next_id(), suite=suite, created_at=created_at)
    run.attempts = [_attempt(world, repository, suite, attempt, moved) for attempt in model.attempts]
    return run


def _attempt(world: World, repository: Repository, suite: CheckSuite, model: Attempt, moved: timedelta) -> Attempt:
    jobs = [_job(world, repository, suite, job, moved) for job in model.jobs]
    return replace(model, started_at=model.started_at + moved, updated_at=model.updated_at + moved, jobs=jobs)


def _job(world: World, repository: Repository, suite: CheckSuite, model: Job, moved: timedelta) -> Job:
    job = replace(
        model,
        id=world.state.next_id(),
        created_at=model.created_at + moved,
        started_at=model.started_at and model.started_at + moved,
        completed_at=model.completed_at and model.completed_at + moved,
    )
    check: CheckRun = repository.checks[model.id]
    repository.checks[job.id] = replace(
        check, id=job.id, suite=suite, started_at=job.started_at, completed_at=job.completed_at
    )
    return job
