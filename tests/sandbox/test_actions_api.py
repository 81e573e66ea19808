"""Workflow runs, attempts, jobs and logs as the API shows them."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.errors import ApiError
from sandbox.running import JobOutcome, ParsedWorkflow, RunOrder, Watcher
from tests.sandbox.conftest import CI, GitHub, ScriptedRunner


async def runs(github: GitHub, **params: str) -> list[Any]:
    found: list[Any] = (await github.get("{r}/actions/runs", params=params)).json()["workflow_runs"]
    return found


async def test_a_push_starts_the_workflows_that_ask_for_it(github: GitHub) -> None:
    files = {CI: b"push", ".github/workflows/b.yaml": b"pull_request", ".github/x.yml": b"push"}
    sha = await github.sandbox.push(github.repo, "fix", files, "Add CI", "mona")
    await github.sandbox.idle()
    (run,) = await runs(github)
    assert (run["name"], run["path"], run["event"]) == ("CI", CI, "push")
    assert (run["status"], run["conclusion"], run["run_attempt"], run["run_number"]) == ("completed", "success", 1, 1)
    assert (run["head_sha"], run["head_branch"], run["display_title"]) == (sha, "fix", "Add CI")
    assert run["actor"]["login"] == "mona"
    assert run["head_commit"]["id"] == sha
    (order,) = github.runner.orders
    assert (order.trigger.sha, order.trigger.ref, order.trigger.event) == (sha, "refs/heads/fix", "push")


async def test_a_pull_request_runs_on_its_test_merge(github: GitHub) -> None:
    await github.sandbox.push(github.repo, "main", {CI: b"pull_request"}, "CI", "octo")
    head = await github.branch("fix", a=b"1")
    number = await github.pull()
    await github.sandbox.idle()
    (run,) = await runs(github)
    assert (run["event"], run["head_sha"], run["head_branch"]) == ("pull_request", head, "fix")
    assert [one["number"] for one in run["pull_requests"]] == [number]
    (order,) = github.runner.orders
    merge = (await github.get(f"{{r}}/pulls/{number}")).json()["merge_commit_sha"]
    assert (order.trigger.sha, order.trigger.ref) == (merge, f"refs/pull/{number}/merge")
    assert (order.trigger.head_ref, order.trigger.base_ref) == ("fix", "main")
    assert order.trigger.payload["number"] == number


async def test_the_run_of_a_fork_names_no_pull_request(github: GitHub) -> None:
    # https://github.com/github/docs/issues/22501
    fork = await github.sandbox.fork(github.repo, "stranger")
    sha = await github.sandbox.push(fork, "theirs", {CI: b"pull_request"}, "Change", "stranger")
    await github.sandbox.open_pull_request(github.repo, "stranger", "stranger:theirs", "main", "A change")
    await github.sandbox.idle()
    (run,) = await runs(github)
    assert (run["head_sha"], run["pull_requests"]) == (sha, [])
    assert run["head_repository"]["full_name"] == "stranger/repo"


@pytest.mark.parametrize(
    ("message", "started"),
    [("Change [skip ci]", 0), ("Change\n\n[no ci] here", 0), ("Change\n\n\nskip-checks: true", 0), ("Skip CI", 1)],
)
async def test_a_commit_may_ask_for_no_ci(github: GitHub, message: str, started: int) -> None:
    await github.sandbox.push(github.repo, "fix", {CI: b"push pull_request"}, message, "mona")
    await github.sandbox.idle()
    assert len(github.sandbox.runs(github.repo)) == started
    await github.pull()
    await github.sandbox.idle()
    assert len(github.sandbox.runs(github.repo)) == 2 * started


async def test_a_tag_starts_workflows_too(github: GitHub) -> None:
    await github.sandbox.push(github.repo, "main", {CI: b"push"}, "CI", "octo")
    await github.post("{r}/git/refs", ref="refs/tags/v1", sha=await github.head())
    await github.sandbox.idle()
    assert [(run["head_branch"], run["event"]) for run in await runs(github)] == [("v1", "push"), ("main", "push")]
    assert github.runner.orders[1].trigger.ref == "refs/tags/v1"


async def test_a_file_that_cannot_be_read_is_a_startup_failure_without_jobs(github: GitHub) -> None:
    await github.sandbox.push(github.repo, "fix", {CI: b"broken"}, "Break CI", "mona")
    await github.sandbox.idle()
    (run,) = await runs(github)
    assert (run["name"], run["conclusion"]) == (CI, "startup_failure")
    assert (await github.get(f"{{r}}/actions/runs/{run['id']}/jobs")).json() == {"total_count": 0, "jobs": []}


async def test_a_job_is_a_check_run_of_the_same_id(github: GitHub) -> None:
    run_id = await github.failed_run()
    (job,) = (await github.get(f"{{r}}/actions/runs/{run_id}/jobs")).json()["jobs"]
    assert (job["name"], job["status"], job["conclusion"], job["run_attempt"]) == ("test", "completed", "failure", 1)
    assert [(one["number"], one["name"], one["conclusion"]) for one in job["steps"]] == [(1, "Run", "failure")]
    check = (await github.get(f"{{r}}/check-runs/{job['id']}")).json()
    assert (check["name"], check["conclusion"], check["app"]["slug"]) == ("test", "failure", "github-actions")
    assert (await github.get(f"{{r}}/actions/jobs/{job['id']}")).json() == job
    assert (await github.get("{r}/actions/jobs/1")).status_code == 404


async def test_runs_are_found_by_what_they_are(github: GitHub) -> None:
    sha = await github.sandbox.push(github.repo, "one", {CI: b"push"}, "CI", "mona")
    await github.sandbox.idle()
    github.runner.conclusions = {"test": "failure"}
    await github.sandbox.push(github.repo, "two", {CI: b"push"}, "CI", "octo")
    await github.sandbox.idle()

    async def branches(**params: str) -> list[object]:
        return [run["head_branch"] for run in await runs(github, **params)]

    assert await branches() == ["two", "one"]
    assert await branches(branch="one") == ["one"]
    assert await branches(event="pull_request") == []
    assert await branches(status="failure") == ["two"]
    assert await branches(status="completed") == ["two", "one"]
    assert await branches(status="queued") == []
    assert await branches(head_sha=sha) == ["one"]
    assert await branches(actor="octo") == ["two"]
    (workflow,) = (await github.get("{r}/actions/workflows")).json()["workflows"]
    for name in (str(workflow["id"]), "ci.yml"):
        found = (await github.get(f"{{r}}/actions/workflows/{name}/runs")).json()
        assert (found["total_count"], found["workflow_runs"][0]["run_number"]) == (2, 2)
    assert (await github.get("{r}/actions/workflows/other.yml/runs")).json()["total_count"] == 0
    assert (await github.get("{r}/actions/runs/1")).status_code == 404


async def test_a_log_is_reached_by_a_link_that_lives_a_minute(github: GitHub) -> None:
    run_id = await github.failed_run()
    job = github.sandbox.runs(github.repo)[0].attempt.jobs[0]
    answer = await github.get(f"{{r}}/actions/jobs/{job.id}/logs")
    assert (answer.status_code, answer.content) == (302, b"")
    link = answer.headers["location"]
    async with httpx.AsyncClient(trust_env=False) as nobody:
        log = await nobody.get(link)
        assert (log.status_code, log.content) == (200, github.runner.log)
        assert log.headers["content-type"] == "text/plain; charset=utf-8"
        github.time.passes(seconds=61)
        late = await nobody.get(link)
    assert (late.status_code, "AuthenticationFailed" in late.text) == (403, True)
    assert run_id


@pytest.mark.parametrize(
    "change", [("sig=", "sig=0"), ("se=", "se=9"), ("/job/", "/job/1"), ("sig=", "s="), ("se=", "x=")]
)
async def test_a_link_that_was_changed_opens_nothing(github: GitHub, change: tuple[str, str]) -> None:
    await github.failed_run()
    job = github.sandbox.runs(github.repo)[0].attempt.jobs[0]
    link = (await github.get(f"{{r}}/actions/jobs/{job.id}/logs")).headers["location"]
    async with httpx.AsyncClient(trust_env=False) as nobody:
        assert (await nobody.get(link.replace(*change))).status_code == 403


async def test_the_logs_of_an_attempt_are_a_zip(github: GitHub) -> None:
    github.runner.conclusions = {"lint": "success", "test / unit": "failure"}
    await github.sandbox.push(github.repo, "fix", {CI: b"push"}, "Add CI", "mona")
    await github.sandbox.idle()
    (run,) = github.sandbox.runs(github.repo)
    for path in (f"{{r}}/actions/runs/{run.id}/logs", f"{{r}}/actions/runs/{run.id}/attempts/1/logs"):
        link = (await github.get(path)).headers["location"]
        async with httpx.AsyncClient(trust_env=False) as nobody:
            with zipfile.ZipFile(io.BytesIO((await nobody.get(link)).content)) as archive:
                assert archive.namelist() == ["0_lint.txt", "1_test _ unit.txt"]
                assert archive.read("0_lint.txt") == github.runner.log


async def test_a_log_that_was_not_written_is_not_found(github: GitHub) -> None:
    github.runner.log = None
    run_id = await github.failed_run()
    job = github.sandbox.runs(github.repo)[0].attempt.jobs[0]
    answer = await github.get(f"{{r}}/actions/jobs/{job.id}/logs")
    assert (answer.status_code, answer.json()["message"]) == (404, "BlobNotFound")
    assert (await github.get(f"{{r}}/actions/runs/{run_id}/logs")).status_code == 404


async def test_a_log_can_be_lost_and_it_expires(github: GitHub) -> None:
    run_id = await github.failed_run()
    job = github.sandbox.runs(github.repo)[0].attempt.jobs[0]
    where = f"{{r}}/actions/jobs/{job.id}/logs"
    link = (await github.get(where)).headers["location"]
    await github.sandbox.withhold_logs(github.repo, run_id)
    assert (await github.get(where)).status_code == 404
    async with httpx.AsyncClient(trust_env=False) as nobody:
        gone = await nobody.get(link)
        assert (gone.status_code, gone.text) == (404, "BlobNotFound")
    await github.sandbox.expire_logs(github.repo, run_id)
    for path in (where, f"{{r}}/actions/runs/{run_id}/logs", f"{{r}}/actions/runs/{run_id}/attempts/1/logs"):
        assert (await github.get(path)).status_code == 410


async def test_a_run_is_tried_again_as_a_further_attempt(github: GitHub) -> None:
    run_id = await github.failed_run()
    github.runner.conclusions = {"test": "success"}
    github.time.passes(minutes=5)
    assert (await github.post(f"{{r}}/actions/runs/{run_id}/rerun")).status_code == 201
    await github.sandbox.idle()
    run = (await github.get(f"{{r}}/actions/runs/{run_id}")).json()
    assert (run["run_attempt"], run["conclusion"]) == (2, "success")
    assert run["triggering_actor"]["login"] == "ci-fixer[bot]"
    assert run["actor"]["login"] == "mona"
    first = (await github.get(f"{{r}}/actions/runs/{run_id}/attempts/1")).json()
    assert (first["run_attempt"], first["conclusion"]) == (1, "failure")
    assert run["run_started_at"] > first["run_started_at"]
    assert run["previous_attempt_url"].endswith(f"/actions/runs/{run_id}/attempts/1")
    assert (await github.get(f"{{r}}/actions/runs/{run_id}/attempts/3")).status_code == 404
    (one,) = (await github.get(f"{{r}}/actions/runs/{run_id}/attempts/1/jobs")).json()["jobs"]
    (two,) = (await github.get(f"{{r}}/actions/runs/{run_id}/attempts/2/jobs")).json()["jobs"]
    assert (one["conclusion"], two["conclusion"], one["id"] == two["id"]) == ("failure", "success", False)
    assert (await github.get(f"{{r}}/actions/runs/{run_id}/jobs")).json()["jobs"] == [two]
    every = await github.get(f"{{r}}/actions/runs/{run_id}/jobs", params={"filter": "all"})
    assert every.json()["jobs"] == [one, two]


async def test_a_further_attempt_runs_on_the_very_same(github: GitHub) -> None:
    await github.sandbox.push(github.repo, "main", {CI: b"pull_request"}, "CI", "octo")
    await github.branch("fix", a=b"1")
    await github.pull()
    await github.sandbox.idle()
    await github.branch("main", later=b"1")
    await github.sandbox.rerun(github.repo, github.sandbox.runs(github.repo)[0].id, "mona")
    await github.sandbox.idle()
    first, second = github.runner.orders
    assert first.trigger == second.trigger


async def test_only_what_failed_is_tried_again(github: GitHub) -> None:
    github.runner.conclusions = {"lint": "success", "test": "failure"}
    await github.sandbox.push(github.repo, "fix", {CI: b"push"}, "Add CI", "mona")
    await github.sandbox.idle()
    (run,) = github.sandbox.runs(github.repo)
    assert (await github.post(f"{{r}}/actions/runs/{run.id}/rerun-failed-jobs")).status_code == 201
    await github.sandbox.idle()
    # https://github.com/r-universe-org/help/issues/607: an attempt lists only the jobs that it ran.
    jobs = (await github.get(f"{{r}}/actions/runs/{run.id}/attempts/2/jobs")).json()["jobs"]
    assert [job["name"] for job in jobs] == ["test"]
    assert {slot: kept.conclusion for slot, kept in github.runner.orders[1].kept.items()} == {"lint": "success"}
    github.runner.conclusions = {"lint": "success", "test": "success"}
    await github.post(f"{{r}}/actions/runs/{run.id}/rerun-failed-jobs")
    await github.sandbox.idle()
    answer = await github.post(f"{{r}}/actions/runs/{run.id}/rerun-failed-jobs")
    assert (answer.status_code, answer.json()["message"]) == (403, "This workflow run cannot be retried")


async def test_one_job_is_tried_again(github: GitHub) -> None:
    github.runner.conclusions = {"lint": "failure", "test": "failure"}
    await github.sandbox.push(github.repo, "fix", {CI: b"push"}, "Add CI", "mona")
    await github.sandbox.idle()
    (run,) = github.sandbox.runs(github.repo)
    assert (await github.post(f"{{r}}/actions/jobs/{run.attempt.jobs[0].id}/rerun")).status_code == 201
    await github.sandbox.idle()
    assert [job.name for job in run.attempt.jobs] == ["lint"]


class HeldRunner(ScriptedRunner):
    """Starts a job and waits for a test."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go_on = asyncio.Event(), asyncio.Event()
        self.fault: Exception | None = None

    async def run(self, workflow: ParsedWorkflow, order: RunOrder, watcher: Watcher) -> str:
        self.orders.append(order)
        watcher.queued("test", "test")
        watcher.started("test", "test")
        self.started.set()
        await self.go_on.wait()
        if self.fault is not None:
            raise self.fault
        now = datetime.now(UTC)
        watcher.ended(JobOutcome("test", "test", "success", now, now))
        return "success"


@pytest.fixture
async def held(github: GitHub) -> AsyncIterator[HeldRunner]:
    runner = HeldRunner()
    github.sandbox.world.runner = runner
    await github.sandbox.push(github.repo, "fix", {CI: b"push"}, "Add CI", "mona")
    async with asyncio.timeout(20):
        await runner.started.wait()
    yield runner
    runner.go_on.set()


async def test_a_run_is_seen_while_it_runs_and_not_tried_again(github: GitHub, held: HeldRunner) -> None:
    (run,) = await runs(github, status="in_progress")
    assert (run["status"], run["conclusion"]) == ("in_progress", None)
    (job,) = (await github.get(f"{{r}}/actions/runs/{run['id']}/jobs")).json()["jobs"]
    assert (job["status"], job["conclusion"], job["completed_at"]) == ("in_progress", None, None)
    assert (await github.get(f"{{r}}/actions/jobs/{job['id']}/logs")).status_code == 404
    for action in ("rerun", "rerun-failed-jobs"):
        answer = await github.post(f"{{r}}/actions/runs/{run['id']}/{action}")
        assert (answer.status_code, answer.json()["message"]) == (403, "This workflow is already running")
    with pytest.raises(ApiError, match="already running"):
        await github.sandbox.rerun(github.repo, run["id"], "mona")


async def test_a_run_is_cancelled_while_it_runs_and_not_after(github: GitHub, held: HeldRunner) -> None:
    (run,) = await runs(github)
    assert (await github.post(f"{{r}}/actions/runs/{run['id']}/cancel")).status_code == 202
    assert held.orders[0].stop.is_set()
    held.go_on.set()
    await github.sandbox.idle()
    answer = await github.post(f"{{r}}/actions/runs/{run['id']}/cancel")
    assert (answer.status_code, answer.json()["message"]) == (409, "Cannot cancel a workflow run that is completed.")


async def test_a_fault_of_the_sandbox_leaves_no_run_open(github: GitHub, held: HeldRunner) -> None:
    held.fault = RuntimeError("the sandbox broke")
    held.go_on.set()
    with pytest.raises(RuntimeError, match="the sandbox broke"):
        await github.sandbox.idle()
    (run,) = await runs(github)
    assert (run["status"], run["conclusion"]) == ("completed", "cancelled")
    (job,) = (await github.get(f"{{r}}/actions/runs/{run['id']}/jobs")).json()["jobs"]
    assert (job["status"], job["conclusion"]) == ("completed", "cancelled")
    assert (await github.get(f"{{r}}/check-runs/{job['id']}")).json()["conclusion"] == "cancelled"


async def test_a_closed_sandbox_leaves_no_run_open(github: GitHub, held: HeldRunner) -> None:
    await github.sandbox.close()
    (run,) = github.sandbox.runs(github.repo)
    assert (run.attempt.status, run.attempt.conclusion) == ("completed", "cancelled")
    assert [job.status for job in run.attempt.jobs] == ["completed"]
