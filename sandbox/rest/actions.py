"""Workflow runs, attempts, jobs and logs. https://docs.github.com/en/rest/actions"""

from __future__ import annotations

from collections.abc import Callable

from sandbox import attempts
from sandbox.data import Json, JsonObject
from sandbox.dates import read_range
from sandbox.errors import ApiError, not_found
from sandbox.logs import sign
from sandbox.permissions import R
from sandbox.rest.call import Call, Handler, Reply
from sandbox.shapes.actions import job as job_shape
from sandbox.shapes.actions import workflow, workflow_run
from sandbox.shapes.commits import simple_commit
from sandbox.state import Attempt, Job, Run

_CONCLUSION_FILTERS = frozenset(
    {"action_required", "cancelled", "failure", "neutral", "skipped", "stale", "success", "timed_out"}
)

# https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
MOST_FOUND = 1000
_NARROWING = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")


def _run(call: Call) -> Run:
    found = call.repository.runs.get(call.number("run_id"))
    if found is None:
        raise not_found()
    return found


def _attempt(call: Call, run: Run) -> Attempt:
    if "attempt" not in call.params:
        return run.attempt
    number = call.number("attempt")
    if not 1 <= number <= len(run.attempts):
        raise not_found()
    return run.attempts[number - 1]


async def _shown(call: Call, run: Run, attempt: Attempt | None = None) -> JsonObject:
    head = simple_commit(await call.git.commit(run.head_sha))
    return workflow_run(call.urls, call.repository, run, head, attempt)


async def get_run(call: Call) -> Reply:
    """A run as of its newest attempt, or of the attempt in the path."""
    run = _run(call)
    return Reply(await _shown(call, run, _attempt(call, run)))


def _wanted(call: Call) -> Callable[[Run], bool]:
    """A filter by time, branch, event, status or conclusion, commit, actor, suite, and by the path's workflow."""
    query, workflow = call.query, call.params.get("workflow_id")
    status, created = query.get("status"), query.get("created")
    within = None if created is None else read_range(created)
    plain = {name: query.get(name) for name in ("branch", "event", "head_sha", "actor", "check_suite_id")}

    def wanted(run: Run) -> bool:
        shown = (run.head_branch, run.event, run.head_sha, run.actor.login, str(run.suite.id))
        now = run.attempt.conclusion if status in _CONCLUSION_FILTERS else run.attempt.status
        return (
            all(asked in {None, own} for asked, own in zip(plain.values(), shown, strict=True))
            and status in {None, now}
            and (within is None or within.holds(run.created_at))
            and workflow in {None, str(run.workflow.id), run.workflow.path.rpartition("/")[2]}
        )

    return wanted


async def list_runs(call: Call) -> Reply:
    """Runs, newest first; of a narrowed list the first 1,000 alone, though all are counted."""
    found = sorted(filter(_wanted(call), call.repository.runs.values()), key=lambda run: run.id, reverse=True)
    narrowed = any(name in call.query for name in _NARROWING)
    page = call.page(found[:MOST_FOUND] if narrowed else found)
    heads = {sha: simple_commit(await call.git.commit(sha)) for sha in {run.head_sha for run in page.items}}
    shown: list[Json] = [workflow_run(call.urls, call.repository, run, heads[run.head_sha]) for run in page.items]
    return Reply({"total_count": len(found), "workflow_runs": shown}, headers=page.headers)


async def list_workflows(call: Call) -> Reply:
    """The workflow files that ever ran."""
    page = call.page(list(call.repository.workflows.values()))
    shown: list[Json] = [workflow(call.urls, call.repository, one) for one in page.items]
    return Reply({"total_count": page.total, "workflows": shown}, headers=page.headers)


async def list_jobs(call: Call) -> Reply:
    """Jobs of an attempt; of all attempts with ``filter=all``."""
    run = _run(call)
    every = call.query.get("filter") == "all" and "attempt" not in call.params
    chosen = run.attempts if every else [_attempt(call, run)]
    page = call.page([(attempt, job) for attempt in chosen for job in attempt.jobs])
    shown: list[Json] = [job_shape(call.urls, call.repository, run, attempt, job) for attempt, job in page.items]
    return Reply({"total_count": page.total, "jobs": shown}, headers=page.headers)


def _job(call: Call) -> tuple[Run, Attempt, Job]:
    wanted = call.number("job_id")
    for run in call.repository.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.id == wanted:
                    return run, attempt, job
    raise not_found()


async def get_job(call: Call) -> Reply:
    """One job with its steps."""
    run, attempt, job = _job(call)
    return Reply(job_shape(call.urls, call.repository, run, attempt, job))


def _redirect(call: Call, what: str) -> Reply:
    return Reply(status=302, headers={"location": call.urls.base + sign(call.world, what)})


async def job_log(call: Call) -> Reply:
    """302 to the job's log for a minute; 410 when it is too old, 404 while nothing is written."""
    _, _, job = _job(call)
    if job.log_expired:
        raise ApiError(410, "Server Error")
    if job.log is None:
        # The storage behind GitHub answers so; https://github.com/orgs/community/discussions/210843
        raise ApiError(404, "BlobNotFound")
    return _redirect(call, f"job/{job.id}.txt")


async def attempt_logs(call: Call) -> Reply:
    """302 to a zip of an attempt's logs; it lacks the jobs that wrote none."""
    run = _run(call)
    attempt = _attempt(call, run)
    if any(job.log_expired for job in attempt.jobs):
        raise ApiError(410, "Server Error")
    if not any(job.log for job in attempt.jobs):
        raise not_found()
    return _redirect(call, f"run/{run.id}-{attempt.number}.zip")


async def cancel(call: Call) -> Reply:
    """Stop a run that is under way; 409 when it has ended."""
    attempts.cancel(_run(call))
    return Reply({}, 202)


async def rerun(call: Call) -> Reply:
    """Start a new attempt with all jobs."""
    await attempts.rerun_all(call.world, call.repository, _run(call), call.user)
    return Reply({}, 201)


async def rerun_failed(call: Call) -> Reply:
    """Start a new attempt with the jobs that failed, and those that need them."""
    await attempts.rerun_failed(call.world, call.repository, _run(call), call.user)
    return Reply({}, 201)


async def rerun_job(call: Call) -> Reply:
    """Start a new attempt with this job, and those that need it."""
    run, _, job = _job(call)
    await attempts.rerun_job(call.world, call.repository, run, job, call.user)
    return Reply({}, 201)


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/actions/workflows": list_workflows,
    "GET " + R + "/actions/runs": list_runs,
    "GET " + R + "/actions/workflows/{workflow_id}/runs": list_runs,
    "GET " + R + "/actions/runs/{run_id}": get_run,
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}": get_run,
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}/jobs": list_jobs,
    "GET " + R + "/actions/runs/{run_id}/attempts/{attempt}/logs": attempt_logs,
    "GET " + R + "/actions/runs/{run_id}/jobs": list_jobs,
    "GET " + R + "/actions/runs/{run_id}/logs": attempt_logs,
    "GET " + R + "/actions/jobs/{job_id}": get_job,
    "GET " + R + "/actions/jobs/{job_id}/logs": job_log,
    "POST " + R + "/actions/runs/{run_id}/cancel": cancel,
    "POST " + R + "/actions/runs/{run_id}/rerun": rerun,
    "POST " + R + "/actions/runs/{run_id}/rerun-failed-jobs": rerun_failed,
    "POST " + R + "/actions/jobs/{job_id}/rerun": rerun_job,
}
