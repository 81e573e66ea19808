"""Check runs, suites, annotations. https://docs.github.com/en/rest/checks"""

from __future__ import annotations

from sandbox.clock import maybe_stamp, stamp
from sandbox.data import JsonObject
from sandbox.shapes.accounts import integration
from sandbox.shapes.pulls import pull_request_minimal
from sandbox.shapes.repositories import minimal_repository
from sandbox.state import Annotation, CheckRun, CheckSuite, Pull, Repository
from sandbox.urls import Urls, node_id


def pulls_of(repository: Repository, head_sha: str) -> tuple[Pull, ...]:
    """Open pull requests of this very repository with that head; those of forks are left out, as GitHub does."""
    return tuple(
        pull
        for pull in repository.pulls.values()
        if pull.issue.state == "open" and pull.head_sha == head_sha and pull.head_repository is repository
    )


def check_run(urls: Urls, repository: Repository, found: CheckRun) -> JsonObject:
    """GitHub's ``check-run``."""
    api = urls.repo(repository, f"/check-runs/{found.id}")
    html = urls.html(repository, f"/runs/{found.id}")
    return {
        "id": found.id,
        "head_sha": found.suite.head_sha,
        "node_id": node_id("CheckRun", found.id),
        "external_id": found.external_id,
        "url": api,
        "html_url": html,
        "details_url": found.details_url or html,
        "status": found.status,
        "conclusion": found.conclusion,
        "started_at": maybe_stamp(found.started_at),
        "completed_at": maybe_stamp(found.completed_at),
        "output": {
            "title": found.title,
            "summary": found.summary,
            "text": found.text,
            "annotations_count": len(found.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "name": found.name,
        "check_suite": {"id": found.suite.id},
        "app": integration(urls, found.suite.app),
        "pull_requests": [
            pull_request_minimal(urls, repository, p) for p in pulls_of(repository, found.suite.head_sha)
        ],
    }


def webhook_check_run(urls: Urls, repository: Repository, found: CheckRun) -> JsonObject:
    """A check run as webhooks carry it: with the head of its suite."""
    suite = found.suite
    pulls = [pull_request_minimal(urls, repository, pull) for pull in pulls_of(repository, suite.head_sha)]
    return {
        **check_run(urls, repository, found),
        "check_suite": {
            "id": suite.id,
            "node_id": node_id("CheckSuite", suite.id),
            "head_branch": suite.head_branch,
            "head_sha": suite.head_sha,
            "status": found.status,
            "conclusion": found.conclusion,
            "url": urls.repo(repository, f"/check-suites/{suite.id}"),
            "before": "0" * 40,
            "after": suite.head_sha,
            "pull_requests": pulls,
            "app": integration(urls, suite.app),
            "created_at": stamp(suite.created_at),
            "updated_at": stamp(suite.created_at),
        },
    }


def check_suite(urls: Urls, repository: Repository, suite: CheckSuite, head_commit: JsonObject) -> JsonObject:
    """GitHub's ``check-suite``; its status and conclusion are those of its runs together."""
    api = urls.repo(repository, f"/check-suites/{suite.id}")
    runs = [run for run in repository.checks.values() if run.suite is suite]
    done = bool(runs) and all(run.status == "completed" for run in runs)
    bad = next((run.conclusion for run in runs if run.conclusion not in {"success", "neutral", "skipped"}), "success")
    return {
        "id": suite.id,
        "node_id": node_id("CheckSuite", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": "completed" if done else "queued",
        "conclusion": bad if done else None,
        "url": api,
        "before": "0" * 40,
        "after": suite.head_sha,
        "pull_requests": [pull_request_minimal(urls, repository, p) for p in pulls_of(repository, suite.head_sha)],
        "app": integration(urls, suite.app),
        "repository": minimal_repository(urls, repository),
        "created_at": stamp(suite.created_at),
        "updated_at": stamp(suite.created_at),
        "head_commit": head_commit,
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{api}/check-runs",
    }


def annotation(urls: Urls, repository: Repository, head_sha: str, found: Annotation) -> JsonObject:
    """GitHub's ``check-annotation``."""
    return {
        "path": found.path,
        "blob_href": urls.html(repository, f"/blob/{head_sha}/{found.path}"),
        "start_line": found.start_line,
        "end_line": found.end_line,
        "start_column": found.start_column,
        "end_column": found.end_column,
        "annotation_level": found.level,
        "title": found.title,
        "message": found.message,
        "raw_details": found.raw_details,
    }
