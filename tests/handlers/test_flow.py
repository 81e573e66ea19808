"""One failing run, from the push to the verified fix, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from analysis.edits import Edit
from analysis.patch import apply_edits
from sandbox.faults import Fault
from tests.handlers.house import GREEN, RED, WORKFLOW, House, house, workflow


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


def our_check_runs(home: House) -> list[tuple[str, str | None, list[str]]]:
    return [
        (check.status, check.conclusion, [action.identifier for action in check.actions])
        for check in home.sandbox.check_runs(home.repository, home.app)
    ]


async def test_a_failed_run_is_diagnosed_and_a_fix_offered(home: House) -> None:
    number = await home.red_pull_request()
    (comment,) = home.our_comments(number)
    assert "### Yours" in comment
    assert "`/approve F1`" in comment
    assert "+import math" in comment
    assert our_check_runs(home) == [("completed", "neutral", ["approve_F1", "reject_F1", "analyze_again"])]


async def test_an_approved_fix_is_committed_and_verified_by_ci(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.comment(home.repository, number, "mona", "/approve looks right")
    await home.settle()
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == GREEN
    assert await home.value("SELECT state FROM suggested_fixes") == "verified"
    (comment,) = home.our_comments(number)
    assert comment.splitlines()[2].startswith("### Fixed and verified")
    assert our_check_runs(home) == [("completed", "success", [])]
    assert await home.value("SELECT reviewer_login FROM human_approvals") == "mona"


async def test_a_new_file_never_takes_the_place_of_one_that_is_there(home: House) -> None:
    number = await home.red_pull_request()
    edits = [Edit("area.py", "", "x = 1\n")]
    row = (msgspec.json.encode(edits).decode(), apply_edits({}, edits).hash)
    async with home.database.transaction() as connection:
        # No fix is changed once it is proposed; this one stands for one that an engine would have proposed so.
        await connection.execute("ALTER TABLE suggested_fixes DISABLE TRIGGER USER")
        await connection.execute("UPDATE suggested_fixes SET edits = %s, patch_hash = %s", row)
        await connection.execute("ALTER TABLE suggested_fixes ENABLE TRIGGER USER")
    await home.sandbox.comment(home.repository, number, "mona", "/approve")
    await home.settle()
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == RED
    assert await home.value("SELECT state FROM suggested_fixes") == "failed"


async def test_a_failure_of_the_default_branch_is_mended_by_a_pull_request_that_ci_decides_on(home: House) -> None:
    red = await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Swap imports", "octo")
    await home.settle()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    await home.sandbox.click(home.repository, check.id, "approve_F1", "mona")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "verified"
    own = await home.value("SELECT pull_request_number FROM suggested_fixes")
    assert isinstance(own, int)
    pull = home.sandbox.pull_request(home.repository, own)
    assert (pull.base_branch, pull.head_branch, pull.issue.state) == ("main", "ci-fixer/F1", "open")
    assert await home.sandbox.git(home.repository).ref("refs/heads/main") == red
    assert await home.sandbox.read_file(home.repository, "ci-fixer/F1", "area.py") == GREEN


async def test_two_workflows_that_fail_on_one_commit_speak_in_one_check_run_and_one_comment(home: House) -> None:
    style = workflow("push").replace(b"name: CI", b"name: Style").replace(b"ruff check", b"ruff check --select D100")
    files = {"area.py": RED, ".github/workflows/style.yml": style}
    await home.sandbox.push(home.repository, "swap", files, "Swap imports", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "swap", "main", "Swap imports")
    await home.settle()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    (comment,) = home.our_comments(number)
    for shown in (check.summary or "", comment):
        assert "F401" in shown
        assert "D100" in shown
    assert [action.identifier for action in check.actions] == ["approve_F1", "reject_F1", "analyze_again"]
    places = [(one.path, one.start_line, one.message) for one in check.annotations]
    assert len(places) == len(set(places)) > 1
    await home.sandbox.click(home.repository, check.id, "analyze_again", "mona")
    await home.settle()
    assert len(home.sandbox.check_runs(home.repository, home.app)) == 1
    assert [(one.path, one.start_line, one.message) for one in check.annotations] == places
    assert home.our_comments(number) == [comment]


async def test_a_rejected_fix_changes_nothing(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.comment(home.repository, number, "mona", "/reject we keep os")
    await home.settle()
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == RED
    assert await home.value("SELECT state FROM suggested_fixes") == "rejected"
    assert "rejected by mona: we keep os" in home.our_comments(number)[0]


async def test_the_button_approves_as_the_comment_does(home: House) -> None:
    await home.red_pull_request()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    await home.sandbox.click(home.repository, check.id, "approve_F1", "mona")
    await home.sandbox.click(home.repository, check.id, "approve_F1", "mona")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "verified"
    assert await home.value("SELECT count(*) FROM human_approvals") == 1


@pytest.mark.parametrize("role", ["read", "triage", None])
async def test_nobody_without_write_access_decides(home: House, role: str | None) -> None:
    number = await home.red_pull_request()
    if role is not None:
        await home.sandbox.set_role(home.repository, "stranger", role)
    await home.sandbox.comment(home.repository, number, "stranger", "/approve")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "proposed"
    assert "takes write access" in home.our_comments(number)[-1]


async def test_a_push_after_the_proposal_closes_it(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.push(home.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    await home.settle()
    assert await home.value("SELECT string_agg(state, ',' ORDER BY fix_id) FROM suggested_fixes") == (
        "superseded,proposed"
    )
    (comment,) = home.our_comments(number)
    assert "`/approve F2`" in comment


async def test_a_fork_is_diagnosed_and_promised_no_commit(home: House) -> None:
    fork = await home.sandbox.fork(home.repository, "stranger")
    await home.sandbox.push(
        home.repository, "main", {".github/workflows/ci.yml": workflow("pull_request")}, "CI", "octo"
    )
    await home.sandbox.push(
        fork, "swap", {"area.py": RED, ".github/workflows/ci.yml": workflow("pull_request")}, "Swap imports", "stranger"
    )
    number = await home.sandbox.open_pull_request(home.repository, "stranger", "stranger:swap", "main", "Swap")
    await home.settle()
    (comment,) = home.our_comments(number)
    assert "`/approve F1` to have it suggested in a review here" in comment
    assert "commit it to" not in comment


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [(410, "Server Error", "GitHub keeps it no longer"), (404, "BlobNotFound", "it was never written")],
)
async def test_a_log_that_is_missing_is_said_and_never_invented(
    home: House, status: int, message: str, said: str
) -> None:
    home.sandbox.faults.add(Fault("GET", "/jobs/[0-9]+/logs$", status=status, message=message, times=99))
    number = await home.red_pull_request()
    (comment,) = home.our_comments(number)
    assert "### Not clear whose: `step Lint failed, and there is no log" in comment
    assert said in comment
    assert await home.value("SELECT count(*) FROM suggested_fixes") == 0
    assert our_check_runs(home) == [("completed", "neutral", ["analyze_again"])]


SLOW = b"""\
name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 0.05
    steps:
      - run: echo "waiting for the server" && sleep 60
"""


async def test_a_job_that_ran_out_of_time_is_a_failure_though_github_calls_it_cancelled(home: House) -> None:
    await home.sandbox.push(home.repository, "slow", {WORKFLOW: SLOW}, "Wait", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "slow", "main", "Wait")
    await home.settle()
    assert home.sandbox.runs(home.repository)[-1].attempt.conclusion == "cancelled"
    (comment,) = home.our_comments(number)
    assert "exceeded the maximum execution time" in comment
    assert "waiting for the server" in comment
    assert await home.value("SELECT category FROM workflow_failures") == "timeout"


async def test_a_run_that_a_person_cancelled_is_nobodys_failure(home: House, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    slow = SLOW.replace(b"timeout-minutes: 0.05", b"timeout-minutes: 5").replace(b"&&", f"&& touch {begun} &&".encode())
    await home.sandbox.push(home.repository, "slow", {WORKFLOW: slow}, "Wait", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "slow", "main", "Wait")
    async with asyncio.timeout(30):
        while not begun.exists():  # noqa: ASYNC110  # made by the job, another process
            await asyncio.sleep(0.02)
    run = home.sandbox.runs(home.repository)[-1]
    await home.sandbox.cancel(home.repository, run.id)
    await home.settle()
    assert run.attempt.conclusion == "cancelled"
    assert home.our_comments(number) == []
    assert our_check_runs(home) == []
    assert await home.value("SELECT count(*) FROM workflow_failures") == 0


async def test_one_delivery_sent_twenty_times_at_once_is_one_diagnosis(home: House) -> None:
    await home.sandbox.set_webhook(home.app, "http://127.0.0.1:9/nobody")
    number = await home.red_pull_request()
    (missed,) = [
        one for one in home.sandbox.deliveries("workflow_run") if one.action == "completed" and one.status_code == 0
    ]
    body = json.dumps(missed.payload, separators=(",", ":")).encode()
    async with httpx.AsyncClient() as client:
        sent = [client.post(home.webhook, content=body, headers=missed.request_headers) for _ in range(20)]
        answers = [answer.status_code for answer in await asyncio.gather(*sent)]
    await home.settle()
    assert sorted(answers) == [200] * 19 + [202]
    assert len(home.our_comments(number)) == 1
    assert len(our_check_runs(home)) == 1
    assert await home.value("SELECT count(*) FROM workflow_failures") == 1
    assert await home.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'diagnose'") == 1


async def test_a_workflow_file_that_cannot_be_read_is_a_failure_of_its_own(home: House) -> None:
    await home.sandbox.push(
        home.repository, "odd", {".github/workflows/ci.yml": b"on: push\njobs: [\n"}, "Break CI", "mona"
    )
    number = await home.sandbox.open_pull_request(home.repository, "mona", "odd", "main", "Break CI")
    await home.settle()
    (comment,) = home.our_comments(number)
    assert "could not read the workflow file" in comment


async def test_help_is_answered_to_anyone(home: House) -> None:
    number = await home.red_pull_request()
    await home.sandbox.comment(home.repository, number, "stranger", "/fixer help")
    await home.settle()
    assert "| `/approve [fix] [comment]` | write access |" in home.our_comments(number)[-1]


async def test_a_second_pass_writes_nothing(home: House) -> None:
    number = await home.red_pull_request()
    before = home.our_comments(number), our_check_runs(home)
    deliveries = home.sandbox.deliveries("workflow_run")
    await home.sandbox.redeliver(deliveries[-1].id)
    await home.settle()
    assert (home.our_comments(number), our_check_runs(home)) == before
    assert await home.value("SELECT count(*) FROM suggested_fixes") == 1
