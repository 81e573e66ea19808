"""From a moved branch to workflow runs: which files are triggered, the runs' states, and their events.

How a workflow is read and executed is a :class:`Runner`'s work; what is asked of it stands in ``running.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import checks
from sandbox.data import Json, JsonObject
from sandbox.errors import ApiError
from sandbox.git_diff import changes
from sandbox.running import BrokenWorkflow, JobOutcome, JobUpdate, ParsedWorkflow, RunOrder
from sandbox.shapes.actions import job as job_shape
from sandbox.shapes.actions import workflow as workflow_shape
from sandbox.shapes.actions import workflow_run
from sandbox.shapes.commits import simple_commit
from sandbox.state import Annotation, Attempt, CheckRun, Job, Pull, Repository, Run, Step, User, Workflow
from sandbox.world import World

_FOLDER = ".github/workflows/"


async def _files(world: World, repository: Repository, sha: str) -> list[tuple[str, str]]:
    git = world.git(repository)
    found = await git.tree(sha, path=_FOLDER)
    wanted = [item for item in found if item.type == "blob" and item.path.endswith((".yml", ".yaml"))]
    return [(item.path, (await git.blob(item.sha)).decode(errors="replace")) for item in wanted]


async def start_for_push(
    world: World, repository: Repository, branch: str, sha: str, *, sender: User, touched: Sequence[str]
) -> None:
    """Start the workflows of a pushed commit that a push triggers; a file that cannot be read fails at once."""
    ref = f"refs/heads/{branch}"
    commit = await world.git(repository).commit(sha)
    payload: JsonObject = {"ref": ref, "after": sha, "repository": {"full_name": repository.full_name}}
    for path, text in await _files(world, repository, sha):
        parsed = world.runner.parse(path, text)
        if isinstance(parsed, BrokenWorkflow) or parsed.triggered_by("push", ref=ref, branch=branch, changed=touched):
            name = path if isinstance(parsed, BrokenWorkflow) else parsed.name
            run = await _new_run(world, repository, (path, name), event="push", sha=sha, branch=branch, actor=sender,
                                 head=repository, title=commit.message.partition("\n")[0])  # fmt: skip
            _start_attempt(world, repository, run, parsed, sender, ref=ref, payload=payload)


async def start_for_pull(world: World, repository: Repository, pull: Pull, activity: str, sender: User) -> None:
    """Start the workflows that a pull request's activity triggers, as they stand at its head."""
    if activity not in {"opened", "synchronize", "reopened"}:
        return
    ref = f"refs/pull/{pull.number}/merge"
    touched = [change.path for change in await changes(world.git(repository), pull.base_sha, pull.head_sha)]
    side: JsonObject = {"ref": pull.head_branch, "sha": pull.head_sha}
    payload: JsonObject = {
        "action": activity,
        "number": pull.number,
        "pull_request": {"number": pull.number, "head": side, "base": {"ref": pull.base_branch, "sha": pull.base_sha}},
        "repository": {"full_name": repository.full_name},
    }
    for path, text in await _files(world, repository, pull.head_sha):
        parsed = world.runner.parse(path, text)
        if isinstance(parsed, BrokenWorkflow):
            continue
        if parsed.triggered_by("pull_request", ref=ref, branch=pull.base_branch, changed=touched, activity=activity):
            run = await _new_run(world, repository, (path, parsed.name), event="pull_request", sha=pull.head_sha,
                                 branch=pull.head_branch, actor=sender, head=pull.head_repository,
                                 title=pull.issue.title)  # fmt: skip
            _start_attempt(world, repository, run, parsed, sender, ref=ref, payload=payload)


async def rerun(world: World, repository: Repository, run: Run, actor: User) -> None:
    """Start a new attempt of a finished run on the same commit; 403 while it runs, as GitHub refuses it."""
    if run.attempt.status != "completed":
        raise ApiError(403, "The workflow run is already running")
    texts = dict(await _files(world, repository, run.head_sha))
    parsed = world.runner.parse(run.workflow.path, texts.get(run.workflow.path, ""))
    ref = f"refs/heads/{run.head_branch}"
    payload: JsonObject = {"ref": ref, "after": run.head_sha, "repository": {"full_name": repository.full_name}}
    _start_attempt(world, repository, run, parsed, actor, ref=ref, payload=payload)


async def _new_run(
    world: World, repository: Repository, file: tuple[str, str], *, event: str, sha: str, branch: str, actor: User,
    head: Repository, title: str,
) -> Run:  # fmt: skip
    state, now = world.state, world.clock()
    suite = await checks.new_suite(world, repository, world.actions_app(), sha)
    path, name = file
    workflow = repository.workflows.setdefault(path, Workflow(state.next_id(), path, name, now))
    workflow.name = name
    number = 1 + sum(run.workflow is workflow for run in repository.runs.values())
    run = Run(state.next_id(), workflow, number, event, sha, branch, head, suite, actor, title, now)
    repository.runs[run.id] = run
    return run


def _start_attempt(
    world: World, repository: Repository, run: Run, parsed: ParsedWorkflow | BrokenWorkflow, actor: User, *,
    ref: str, payload: JsonObject,
) -> None:  # fmt: skip
    now = world.clock()
    attempt = Attempt(len(run.attempts) + 1, actor, now, now)
    run.attempts.append(attempt)
    order = RunOrder(
        repository_git=repository.path,
        full_name=repository.full_name,
        sha=run.head_sha,
        ref=ref,
        event=run.event,
        actor=actor.login,
        run_id=run.id,
        run_number=run.number,
        attempt=attempt.number,
        server_url=world.urls.base,
        workdir=world.root / "runs" / f"{run.id}-{attempt.number}",
        event_payload=payload,
    )
    world.spawn(_execute(world, repository, run, attempt, parsed, order))


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


async def _execute(
    world: World, repository: Repository, run: Run, attempt: Attempt, parsed: ParsedWorkflow | BrokenWorkflow,
    order: RunOrder,
) -> None:  # fmt: skip
    await _announce(world, repository, run, attempt, "requested")
    if isinstance(parsed, BrokenWorkflow):
        await _finish(world, repository, run, attempt, "startup_failure")
        return

    async def on_update(update: JobUpdate) -> None:
        _job_started(world, repository, run, attempt, update)

    async with world.runners:
        attempt.status, attempt.updated_at = "in_progress", world.clock()
        await _announce(world, repository, run, attempt, "in_progress")
        try:
            outcome = await world.runner.run(parsed, order, on_update)
        except BaseException:
            # A fault of the sandbox itself: idle() raises it, and the run does not stay open.
            attempt.status, attempt.conclusion = "completed", "cancelled"
            raise
    for one in outcome.jobs:
        _job_finished(world, repository, run, attempt, one)
    await _finish(world, repository, run, attempt, outcome.conclusion)


async def _finish(world: World, repository: Repository, run: Run, attempt: Attempt, conclusion: str) -> None:
    attempt.status, attempt.conclusion, attempt.updated_at = "completed", conclusion, world.clock()
    await _announce(world, repository, run, attempt, "completed")


def _find(attempt: Attempt, name: str) -> Job | None:
    return next((job for job in attempt.jobs if job.name == name and job.status != "completed"), None)


def _job_started(world: World, repository: Repository, run: Run, attempt: Attempt, update: JobUpdate) -> None:
    """A job appears, with the check run of the same id that GitHub Actions makes for it."""
    if update.status != "in_progress" or _find(attempt, update.name) is not None:
        return
    _add_job(world, repository, run, attempt, update.name)


def _add_job(world: World, repository: Repository, run: Run, attempt: Attempt, name: str) -> Job:
    now = world.clock()
    job = Job(world.state.next_id(), name, "in_progress", None, now, now)
    attempt.jobs.append(job)
    details = world.urls.html(repository, f"/actions/runs/{run.id}/job/{job.id}")
    check = CheckRun(job.id, run.suite, name, "", details, "in_progress", None, now, None)
    repository.checks[job.id] = check
    checks.announce(world, repository, check, "created", attempt.actor)
    _announce_job(world, repository, run, attempt, job, "in_progress")
    return job


def _job_finished(world: World, repository: Repository, run: Run, attempt: Attempt, outcome: JobOutcome) -> None:
    job = _find(attempt, outcome.name) or _add_job(world, repository, run, attempt, outcome.name)
    job.status, job.conclusion = "completed", outcome.conclusion
    job.started_at, job.completed_at = outcome.started_at, outcome.completed_at
    job.steps = tuple(
        Step(step.number, step.name, "completed", step.conclusion, step.started_at, step.completed_at)
        for step in outcome.steps
    )
    job.log = outcome.log
    check = repository.checks[job.id]
    check.status, check.conclusion, check.completed_at = "completed", outcome.conclusion, outcome.completed_at
    if outcome.conclusion == "failure":
        # All that GitHub itself says of most failures; the evidence is in the log.
        text = "Process completed with exit code 1."
        check.annotations.append(Annotation(".github", 1, 1, None, None, "failure", text, None, None))
    checks.announce(world, repository, check, "completed", attempt.actor)
    _announce_job(world, repository, run, attempt, job, "completed")


def _announce_job(world: World, repository: Repository, run: Run, attempt: Attempt, job: Job, action: str) -> None:
    shown: dict[str, Json] = dict(job_shape(world.urls, repository, run, attempt, job))
    world.emit("workflow_job", {"action": action, "workflow_job": shown}, repository=repository, sender=attempt.actor)
