"""The verbs, over real HTTP against the sandbox."""

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from github_app.auth import Host
from github_app.client import APPLY, READ, REPORT, GitHub, Installation
from github_app.elsewhere import LOG, open_elsewhere, tarball_of
from github_app.errors import Forbidden, HeadMoved, LogMissing, NotFound, Permanent, RetryLater
from github_app.model import (
    CheckOutput,
    FileAddition,
    InstallationId,
    Issue,
    JobId,
    Reaction,
    Repository,
    RepositoryId,
    Role,
    RunId,
    Sha,
    ShownCheckRun,
)
from github_app.publish import MARKER, check_output
from sandbox.faults import Fault
from sandbox.registry import SandboxApp, SandboxRepository
from sandbox.server import Sandbox, serve
from tests.github_app.test_publish import REPORT as FAILED
from tests.sandbox.conftest import EVENTS, PERMISSIONS, ScriptedRunner

WORKFLOW = ".github/workflows/ci.yml"


@dataclass
class Stage:
    """The sandbox with one repository, and the App's way in."""

    sandbox: Sandbox
    github: GitHub
    host: Host
    repository: Repository
    on: SandboxRepository
    runner: ScriptedRunner
    app: SandboxApp


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    runner = ScriptedRunner({"test": "failure"})
    sandbox = Sandbox(tmp_path / "sandbox", runner=runner)
    for login in ("octo", "mona", "stranger"):
        await sandbox.create_user(login)
    on = await sandbox.create_repository("octo", "geo", {"a.py": b"x = 1\n", "docs/installation": b"how\n"})
    app = await sandbox.create_app("CI Fixer", PERMISSIONS, EVENTS, None, "s3cret")
    installation = await sandbox.install(app, "octo", [on])
    async with serve(sandbox) as url:
        host = Host(url, app.app_id, app.private_key_pem)
        repository = Repository(RepositoryId(on.id), InstallationId(installation), "octo", "geo", "main")
        yield Stage(sandbox, GitHub(host), host, repository, on, runner, app)


async def failing_run(stage: Stage) -> tuple[RunId, Sha]:
    sha = await stage.sandbox.push(stage.on, "fix-it", {WORKFLOW: b"push"}, "Add CI", "octo")
    await stage.sandbox.idle()
    (run,) = stage.sandbox.runs(stage.on, sha)
    return RunId(run.id), Sha(sha)


async def log_of(installation: Installation, job_id: JobId) -> bytes:
    async with installation.job_log(job_id) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_failed_run_its_jobs_and_its_log(stage: Stage) -> None:
    run_id, sha = await failing_run(stage)
    async with stage.github.installation(stage.repository, READ) as installation:
        run = await installation.run(run_id, 1)
        (job,) = await installation.jobs(run_id, 1)
        log = await log_of(installation, job.job_id)
    assert (run.status, run.conclusion, run.head_sha, run.head_branch) == ("completed", "failure", sha, "fix-it")
    assert (job.name, job.conclusion) == ("test", "failure")
    assert log == stage.runner.log


async def test_a_log_is_read_only_as_far_as_somebody_wants_it(stage: Stage) -> None:
    stage.runner.log = b"2026-01-01T00:00:00.0000000Z line\n" * 200_000
    run_id, _ = await failing_run(stage)
    async with stage.github.installation(stage.repository, READ) as installation:
        (job,) = await installation.jobs(run_id, 1)
        async with installation.job_log(job.job_id) as chunks:
            first = await anext(chunks)
    assert stage.runner.log.startswith(first)
    assert 0 < len(first) <= 1024 * 1024


async def test_a_log_whose_connection_breaks_is_something_to_retry(stage: Stage) -> None:
    stage.runner.log = b"2026-01-01T00:00:00.0000000Z line\n" * 200_000
    run_id, _ = await failing_run(stage)
    stage.sandbox.faults.add(Fault(method="GET", path="^/_logs/", truncate=True, times=1))
    async with stage.github.installation(stage.repository, READ) as installation:
        (job,) = await installation.jobs(run_id, 1)
        with pytest.raises(RetryLater, match="could not be fetched"):
            await log_of(installation, job.job_id)
        assert await log_of(installation, job.job_id) == stage.runner.log


async def test_a_log_that_is_kept_no_longer_is_an_outcome_with_words(stage: Stage) -> None:
    run_id, _ = await failing_run(stage)
    await stage.sandbox.expire_logs(stage.on, run_id)
    async with stage.github.installation(stage.repository, READ) as installation:
        (job,) = await installation.jobs(run_id, 1)
        with pytest.raises(LogMissing, match="expired"):
            await log_of(installation, job.job_id)


async def test_a_log_that_was_never_written_is_an_outcome_with_words(stage: Stage) -> None:
    stage.runner.log = None
    run_id, _ = await failing_run(stage)
    async with stage.github.installation(stage.repository, READ) as installation:
        (job,) = await installation.jobs(run_id, 1)
        with pytest.raises(LogMissing, match="never"):
            await log_of(installation, job.job_id)


@pytest.mark.parametrize("place", ["http://169.254.169.254/x", "https://logs.example/x", "file:///etc/passwd", ""])
async def test_a_log_is_fetched_from_githubs_hosts_only(stage: Stage, place: str) -> None:
    with pytest.raises(Permanent, match="not GitHub's"):
        async with open_elsewhere(stage.host, LOG, place):
            pass


async def test_the_files_of_a_commit_come_packed(stage: Stage) -> None:
    sha = Sha(await stage.sandbox.push(stage.on, "fix-it", {"a.py": b"x = 2\n"}, "Two", "octo"))
    async with (
        stage.github.installation(stage.repository, READ) as installation,
        installation.tarball(sha) as chunks,
    ):
        packed = b"".join([chunk async for chunk in chunks])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        inner = archive.extractfile(f"octo-geo-{sha[:7]}/a.py")
        assert inner is not None
        assert inner.read() == b"x = 2\n"


async def test_the_files_of_a_commit_that_is_not_there_are_not_found(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        with pytest.raises(NotFound, match="the tarball is not at its place"):
            async with installation.tarball(Sha("0" * 40)):
                pass


@pytest.mark.parametrize(
    ("api", "codeload"),
    [
        ("https://api.github.com", "codeload.github.com"),
        ("https://api.octo.ghe.com", "codeload.octo.ghe.com"),
        ("https://ghe.acme.dev/api/v3", "codeload.ghe.acme.dev"),
    ],
)
def test_a_tarball_is_kept_beside_the_api(stage: Stage, api: str, codeload: str) -> None:
    assert tarball_of(Host(api, 1, stage.app.private_key_pem)).hosts == (codeload,)


@pytest.mark.parametrize("place", ["https://codeload.github.com.evil.example/x", "http://codeload.github.com/x", ""])
async def test_a_tarball_is_fetched_from_githubs_hosts_only(stage: Stage, place: str) -> None:
    host = Host("https://api.github.com", 1, stage.app.private_key_pem)
    with pytest.raises(Permanent, match=r"the tarball is said to be at .*, which is not GitHub's"):
        async with open_elsewhere(host, tarball_of(host), place):
            pass


async def test_the_pull_request_of_a_run_is_found_also_from_a_fork(stage: Stage) -> None:
    fork = await stage.sandbox.fork(stage.on, "stranger")
    sha = await stage.sandbox.push(fork, "their-fix", {WORKFLOW: b"pull_request"}, "Add CI", "stranger")
    number = await stage.sandbox.open_pull_request(stage.on, "stranger", "stranger:their-fix", "main", "A fix")
    await stage.sandbox.idle()
    (found,) = stage.sandbox.runs(stage.on, sha)
    async with stage.github.installation(stage.repository, READ) as installation:
        (pull,) = await installation.pull_requests(await installation.run(RunId(found.id), 1))
    assert (pull.number, pull.from_fork, pull.head_sha) == (number, True, sha)


async def test_a_check_run_is_made_found_and_completed(stage: Stage) -> None:
    _, sha = await failing_run(stage)
    async with stage.github.installation(stage.repository, REPORT) as installation:
        made = await installation.create_check_run(sha, "7/1", CheckOutput("Reading", "Reading the logs."))
        shown = ShownCheckRun(made, None, "Reading", "Reading the logs.", 0)
        assert await installation.find_check_run(sha, "7/1") == shown
        assert await installation.check_run(made) == shown
        assert await installation.find_check_run(sha, "8/1") is None
        await installation.update_check_run(made, check_output([FAILED]))
        after = await installation.check_run(made)
        assert after.shows(check_output([FAILED]))
        assert await installation.annotations(made) == set(check_output([FAILED]).annotations)
    (completed,) = stage.sandbox.check_runs(stage.on, stage.app)
    assert (completed.status, completed.conclusion) == ("completed", "neutral")


async def test_only_our_own_issue_is_found_by_its_marker_open_or_closed(stage: Stage) -> None:
    theirs = await stage.sandbox.open_issue(stage.on, "stranger", "Mine", MARKER)
    async with stage.github.installation(stage.repository, REPORT) as installation:
        assert await installation.has_issues()
        assert await installation.find_issue(MARKER) is None
        made = await installation.create_issue("It fails", f"{MARKER} first")
        assert made != theirs
        assert await installation.find_issue(MARKER) == Issue(made, "open")
        await installation.update_issue(made, f"{MARKER} second", "closed")
        assert await installation.find_issue(MARKER) == Issue(made, "closed")
        assert await installation.issue(made) == Issue(made, "closed")
        assert await installation.issue(999) is None


async def test_only_our_own_comment_is_found_by_its_marker(stage: Stage) -> None:
    await stage.sandbox.push(stage.on, "fix-it", {"b.py": b"\n"}, "Change", "octo")
    number = await stage.sandbox.open_pull_request(stage.on, "octo", "fix-it", "main", "A change")
    await stage.sandbox.comment(stage.on, number, "stranger", f"{MARKER} I am the fixer")
    async with stage.github.installation(stage.repository, REPORT) as installation:
        assert await installation.find_comment(number, MARKER) is None
        made = await installation.create_comment(number, f"{MARKER} first")
        found = await installation.find_comment(number, MARKER)
        assert found is not None
        assert found.comment_id == made
        await installation.update_comment(made, f"{MARKER} second")
        await installation.react(made, Reaction.EYES)
        await installation.react(made, Reaction.EYES)
        again = await installation.find_comment(number, MARKER)
    assert again is not None
    assert again.body.endswith("second")


async def test_only_peoples_thumbs_are_heard(stage: Stage) -> None:
    number = await stage.sandbox.open_issue(stage.on, "mona", "Mine", "")
    async with stage.github.installation(stage.repository, REPORT) as installation:
        made = await installation.create_comment(number, MARKER)
        await installation.react(made, Reaction.EYES)
        for content in ("+1", "heart", "+1"):
            await stage.sandbox.react(stage.on, made, "mona", content)
        (thumb,) = await installation.thumbs(made)
    assert (thumb.user.login, thumb.content) == ("mona", "+1")


@pytest.mark.parametrize("role", ["read", "triage", "write", "maintain", "admin"])
async def test_a_role_is_the_true_one_not_the_folded(stage: Stage, role: str) -> None:
    await stage.sandbox.set_role(stage.on, "mona", role)
    async with stage.github.installation(stage.repository, READ) as installation:
        mona = await stage.github.user("mona")
        assert await installation.role("mona", mona.user_id) is Role(role)


async def test_files_are_read_whatever_their_path_ends_in(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        head = await installation.branch_head("main")
        assert head is not None
        files = await installation.files(["docs/installation", "a.py", "absent"], head)
        assert await installation.branch_head("gone") is None
    assert {path: file.content for path, file in files.items()} == {"docs/installation": b"how\n", "a.py": b"x = 1\n"}


async def test_a_commit_is_made_on_the_head_that_was_meant_and_on_no_other(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, APPLY) as installation:
        head = await installation.branch_head("main")
        assert head is not None
        change = [FileAddition("a.py", b"x = 2\n")]
        made = await installation.create_commit("main", head, "Fix: x\n\nCI-Fixer-Fix: F1", change, [])
        with pytest.raises(HeadMoved):
            await installation.create_commit("main", head, "Fix: x", change, [])
        compared = await installation.compare(head, made)
    (commit,) = compared.commits
    assert commit.message == "Fix: x\n\nCI-Fixer-Fix: F1"
    assert await stage.sandbox.read_file(stage.on, "main", "a.py") == b"x = 2\n"


async def test_an_enterprise_server_is_reached_below_its_own_prefix(stage: Stage) -> None:
    github = GitHub(Host(f"{stage.host.api_url}/api/v3", stage.app.app_id, stage.app.private_key_pem))
    run_id, _ = await failing_run(stage)
    async with github.installation(stage.repository, APPLY) as installation:
        (job,) = await installation.jobs(run_id, 1)
        assert await log_of(installation, job.job_id) == stage.runner.log
        head = await installation.branch_head("main")
        assert head is not None
        made = await installation.create_commit("main", head, "Fix: x", [FileAddition("a.py", b"x = 2\n")], [])
        assert await installation.branch_head("main") == made


async def test_a_token_has_the_tasks_permissions_and_no_more(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        with pytest.raises(Forbidden) as caught:
            await installation.create_comment(1, "hello")
    assert "write" in caught.value.permissions


async def test_a_token_that_github_does_not_make_is_refused_for_good(stage: Stage) -> None:
    with pytest.raises(Forbidden, match="It takes the permission members=read"):
        async with stage.github.installation(stage.repository, {"members": "read"}):
            pass


async def test_twenty_tasks_at_once_mint_one_token_a_kind(stage: Stage) -> None:
    async def task() -> None:
        async with stage.github.installation(stage.repository, READ) as installation:
            await installation.repository()

    minted = count_tokens(stage)
    await asyncio.gather(*(task() for _ in range(20)))
    assert count_tokens(stage) - minted == 1


def count_tokens(stage: Stage) -> int:
    return len(stage.sandbox.world.state.tokens)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_passes_on_reading_and_is_a_retry_when_it_lasts(stage: Stage, status: int) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        stage.sandbox.faults.add(Fault(method="GET", path="/repos/octo/geo$", status=status, times=1))
        assert (await installation.repository()).name == "geo"


async def test_a_post_is_never_repeated_by_itself(stage: Stage) -> None:
    _, sha = await failing_run(stage)
    async with stage.github.installation(stage.repository, REPORT) as installation:
        stage.sandbox.faults.add(Fault(method="POST", path="/check-runs$", status=502, times=1))
        with pytest.raises(RetryLater):
            await installation.create_check_run(sha, "7/1", CheckOutput("Reading", "Reading the logs."))
    assert stage.sandbox.check_runs(stage.on, stage.app) == ()


async def test_a_cut_connection_is_something_to_retry(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        stage.sandbox.faults.add(Fault(method="GET", path="/repos/octo/geo$", reset=True, times=1))
        with pytest.raises(RetryLater):
            await installation.repository()


async def test_a_job_that_is_not_there_is_not_there(stage: Stage) -> None:
    async with stage.github.installation(stage.repository, READ) as installation:
        with pytest.raises(Permanent):
            await installation.job(JobId(987654321))
