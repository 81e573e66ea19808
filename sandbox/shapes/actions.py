"""Workflows, runs, jobs. https://docs.github.com/en/rest/actions"""

from __future__ import annotations

from sandbox.clock import maybe_stamp, stamp
from sandbox.data import JsonObject
from sandbox.shapes.accounts import simple_user
from sandbox.shapes.checks import pulls_of
from sandbox.shapes.pulls import pull_request_minimal
from sandbox.shapes.repositories import minimal_repository
from sandbox.state import Attempt, Job, Repository, Run, Step, Workflow
from sandbox.urls import Urls, node_id


def workflow(urls: Urls, repository: Repository, found: Workflow) -> JsonObject:
    """GitHub's ``workflow``."""
    return {
        "id": found.id,
        "node_id": node_id("Workflow", found.id),
        "name": found.name,
        "path": found.path,
        "state": "active",
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "url": urls.repo(repository, f"/actions/workflows/{found.id}"),
        "html_url": urls.html(repository, f"/blob/{repository.default_branch}/{found.path}"),
        "badge_url": urls.html(repository, f"/actions/workflows/{found.path.rpartition('/')[2]}/badge.svg"),
    }


def workflow_run(
    urls: Urls, repository: Repository, run: Run, head_commit: JsonObject, attempt: Attempt | None = None
) -> JsonObject:
    """GitHub's ``workflow-run`` as of one attempt (the newest by default).

    ``pull_requests`` stays empty for a fork's pull request: https://github.com/github/docs/issues/22501
    """
    shown = attempt or run.attempt
    api = urls.repo(repository, f"/actions/runs/{run.id}")
    before = f"{api}/attempts/{shown.number - 1}" if shown.number > 1 else None
    same = run.head_repository is repository
    pulls = [pull_request_minimal(urls, repository, pull) for pull in pulls_of(repository, run.head_sha)]
    return {
        "id": run.id,
        "name": run.workflow.name,
        "node_id": node_id("WorkflowRun", run.id),
        "check_suite_id": run.suite.id,
        "check_suite_node_id": node_id("CheckSuite", run.suite.id),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.workflow.path,
        "run_number": run.number,
        "run_attempt": shown.number,
        "event": run.event,
        "status": shown.status,
        "conclusion": shown.conclusion,
        "workflow_id": run.workflow.id,
        "url": api,
        "html_url": urls.html(repository, f"/actions/runs/{run.id}"),
        "pull_requests": pulls if same else [],
        "created_at": stamp(run.created_at),
        "updated_at": stamp(shown.updated_at),
        "run_started_at": stamp(shown.started_at),
        "actor": simple_user(urls, run.actor),
        "triggering_actor": simple_user(urls, shown.actor),
        "jobs_url": f"{api}/jobs",
        "logs_url": f"{api}/logs",
        "check_suite_url": urls.repo(repository, f"/check-suites/{run.suite.id}"),
        "artifacts_url": f"{api}/artifacts",
        "cancel_url": f"{api}/cancel",
        "rerun_url": f"{api}/rerun",
        "previous_attempt_url": before,
        "workflow_url": urls.repo(repository, f"/actions/workflows/{run.workflow.id}"),
        "head_commit": head_commit,
        "repository": minimal_repository(urls, repository),
        "head_repository": minimal_repository(urls, run.head_repository),
        "display_title": run.title,
        "referenced_workflows": [],
    }


def step(found: Step) -> JsonObject:
    """A step of a job."""
    return {
        "name": found.name,
        "status": found.status,
        "conclusion": found.conclusion,
        "number": found.number,
        "started_at": maybe_stamp(found.started_at),
        "completed_at": maybe_stamp(found.completed_at),
    }


def job(urls: Urls, repository: Repository, run: Run, attempt: Attempt, found: Job) -> JsonObject:
    """GitHub's ``job``; a job is a check run too, of the same id."""
    return {
        "id": found.id,
        "run_id": run.id,
        "run_url": urls.repo(repository, f"/actions/runs/{run.id}"),
        "run_attempt": attempt.number,
        "node_id": node_id("CheckRun", found.id),
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "workflow_name": run.workflow.name,
        "url": urls.repo(repository, f"/actions/jobs/{found.id}"),
        "html_url": urls.html(repository, f"/actions/runs/{run.id}/job/{found.id}"),
        "status": found.status,
        "conclusion": found.conclusion,
        "created_at": stamp(found.created_at),
        "started_at": stamp(found.started_at or found.created_at),
        "completed_at": maybe_stamp(found.completed_at),
        "name": found.name,
        "steps": [step(one) for one in found.steps],
        "check_run_url": urls.repo(repository, f"/check-runs/{found.id}"),
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "sandbox",
        "runner_group_id": 1,
        "runner_group_name": "Default",
    }
