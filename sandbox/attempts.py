"""Workflow runs and their attempts: made, executed, told of. How a workflow is run stands in ``running.py``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox import checks
from sandbox.data import JsonObject
from sandbox.errors import ApiError
from sandbox.jobs import JobBook
from sandbox.running import BrokenWorkflow, Kept, ParsedWorkflow, RunOrder
from sandbox.shapes.actions import workflow as workflow_shape
from sandbox.shapes.actions import workflow_run
from sandbox.shapes.commits import simple_commit
from sandbox.state import Attempt, Job, Repository, Run, Trigger, User, Workflow
from sandbox.world import World

_log = logging.getLogger(__name__)
_FOLDER = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is made from."""

    trigger: Trigger
    head_sha: str
    head_branch: str
    head_repository: Repository
    title: str


async def workflow_files(world: World, repository: Repository, sha: str) -> list[tuple[str, str]]:
    """(path, text) of each workflow file of a commit."""
    git = world.git(repository)
    found = await git.tree(sha, path=_FOLDER)
    wanted = [item for item in found if item.type == "blob" and item.path.endswith((".yml", ".yaml"))]
    return [(item.path, (await git.blob(item.sha)).decode(errors="replace")) for item in wanted]


async def new_run(world: World, repository: Repository, path: str, name: str, wanted: NewRun, actor: User) -> Run:
    """A run without an attempt yet, with a check suite of its own."""
    state, now = world.state, world.clock()
    suite = await checks.new_suite(world, repository, world.actions_app(), wanted.head_sha)
    workflow = repository.workflows.setdefault(path, Workflow(state.next_id(), path, name, now))
    workflow.name = name
    run = Run(
        id=state.next_id(),
        workflow=workflow,
        number=1 + sum(run.workflow is workflow for run in repository.runs.values()),
        trigger=wanted.trigger,
        head_sha=wanted.head_sha,
        head_branch=wanted.head_branch,
        head_repository=wanted.head_repository,
        suite=suite,
        actor=actor,
        title=wanted.title,
        created_at=now,
    )
    repository.runs[run.id] = run
    return run


async def rerun_all(world: World, repository: Repository, run: Run, actor: User) -> None:
    """Start a new attempt with all jobs."""
    await _rerun(world, repository, run, actor, {})


async def rerun_failed(world: World, repository: Repository, run: Run, actor: User) -> None:
    """Start a new attempt with the jobs that failed and those that need them; 403 when none failed."""
    passed = {slot: job for slot, job in run.latest_jobs().items() if job.conclusion in {"success", "skipped"}}
    if run.attempt.status == "completed" and run.attempt.conclusion == "success":
        raise ApiError(403, "This workflow run cannot be retried")
    await _rerun(world, repository, run, actor, passed)


async def rerun_job(world: World, repository: Repository, run: Run, job: Job, actor: User) -> None:
    """Start a new attempt with one job and those that need it."""
    others = {slot: one for slot, one in run.latest_jobs().items() if slot != job.slot}
    await _rerun(world, repository, run, actor, others)


async def _rerun(world: World, repository: Repository, run: Run, actor: User, keep: Mapping[str, Job]) -> None:
    """A new attempt on the same commit; 403 while the last one runs, as GitHub refuses it."""
    if run.attempt.status != "completed":
        raise ApiError(403, "This workflow is already running")
    texts = dict(await workflow_files(world, repository, run.trigger.sha))
    parsed = world.runner.parse(run.workflow.path, texts.get(run.workflow.path, ""))
    kept = {slot: Kept(job.conclusion or "", job.outputs) for slot, job in keep.items()}
    start_attempt(world, repository, run, parsed, actor, kept)


def cancel(run: Run) -> None:
    """Stop what runs of its newest attempt, and start no more; 409 when it has ended."""
    if run.attempt.status == "completed":
        raise ApiError(409, "Cannot cancel a workflow run that is completed.")
    run.attempt.stop.set()


def start_attempt(
    world: World, repository: Repository, run: Run, parsed: ParsedWorkflow | BrokenWorkflow, actor: User,
    kept: Mapping[str, Kept] | None = None,
) -> None:  # fmt: skip
    """Begin the next attempt of a run, in the background; without the jobs that are kept from an earlier one."""
    now = world.clock()
    attempt = Attempt(len(run.attempts) + 1, actor, now, now)
    run.attempts.append(attempt)
    order = RunOrder(
        repository_git=repository.path,
        full_name=repository.full_name,
        default_branch=repository.default_branch,
        trigger=run.trigger,
        actor=run.actor.login,
        triggering_actor=actor.login,
        run_id=run.id,
        run_number=run.number,
        attempt=attempt.number,
        server_url=world.urls.base,
        workflow_path=run.workflow.path,
        workdir=world.root / "runs" / f"{run.id}-{attempt.number}",
        kept=kept or {},
        stop=attempt.stop,
    )
    world.spawn(_execute(world, repository, run, attempt, parsed, order))


async def _execute(
    world: World, repository: Repository, run: Run, attempt: Attempt, parsed: ParsedWorkflow | BrokenWorkflow,
    order: RunOrder,
) -> None:  # fmt: skip
    """An attempt from its first event to its last. A fault of the sandbox ends it too, and idle() raises the fault."""
    jobs = JobBook(world, repository, run, attempt)
    try:
        await _announce(world, repository, run, attempt, "requested")
        if isinstance(parsed, BrokenWorkflow):
            conclusion = "startup_failure"
        else:
            async with world.runners:
                attempt.status, attempt.updated_at = "in_progress", world.clock()
                await _announce(world, repository, run, attempt, "in_progress")
                conclusion = await world.runner.run(parsed, order, jobs)
        await _finish(world, repository, run, attempt, conclusion)
    except asyncio.CancelledError:
        jobs.abandon()
        attempt.status, attempt.conclusion = "completed", "cancelled"
        raise
    except Exception:
        _log.exception("run %s of %s", run.id, repository.full_name)
        jobs.abandon()
        await _finish(world, repository, run, attempt, "cancelled")
        raise


async def _finish(world: World, repository: Repository, run: Run, attempt: Attempt, conclusion: str) -> None:
    attempt.status, attempt.conclusion, attempt.updated_at = "completed", conclusion, world.clock()
    await _announce(world, repository, run, attempt, "completed")


async def _announce(world: World, repository: Repository, run: Run, attempt: Attempt, action: str) -> None:
    head = simple_commit(await world.git(repository).commit(run.head_sha))
    shown = dict(workflow_run(world.urls, repository, run, head, attempt))
    if action == "in_progress":
        # The one of the three actions for which GitHub's document names no such field.
        del shown["display_title"]
    payload: JsonObject = {
        "action": action,
        "workflow_run": shown,
        "workflow": workflow_shape(world.urls, repository, run.workflow),
    }
    world.emit("workflow_run", payload, repository=repository, sender=attempt.actor)
