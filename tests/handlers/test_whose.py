"""Whose a failure is, seen on the pull request: the traps of verdicts, with real runs of real tools."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from github_app.model import RepositoryId, Run, RunId, Sha
from handlers.tasks.witnesses import queued_pull_request
from tests.handlers.house import GREEN, RED, WORKFLOW, House, house, pytest_workflow

ONCE = """\
from pathlib import Path


def test_the_second_time_passes():
    mark = Path("{mark}")
    seen = mark.exists()
    mark.touch()
    assert seen
"""


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


async def verdicts(home: House) -> list[tuple[str, str]]:
    async with home.database.connection() as connection:
        cursor = await connection.execute("SELECT head_branch, verdict FROM workflow_failures ORDER BY failure_id")
        return [(str(branch), str(verdict)) for branch, verdict in await cursor.fetchall()]


async def other_pull_request(home: House, branch: str = "other") -> int:
    """A pull request that changes nothing that CI looks at."""
    await home.sandbox.push(home.repository, branch, {"notes.txt": branch.encode()}, "Notes", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", branch, "main", "Notes")
    await home.settle()
    return number


async def test_what_the_base_branch_fails_too_is_the_bases_with_its_run_as_witness(home: House) -> None:
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.settle()
    number = await other_pull_request(home)
    (comment,) = home.our_comments(number)
    assert "### Already broken on the base branch" in comment
    (broken,) = [run for run in home.sandbox.runs(home.repository) if run.title == "Break main"]
    assert f"/actions/runs/{broken.id}" in comment
    assert await verdicts(home) == [("main", "yours"), ("other", "base")]


async def test_a_commit_in_pull_requests_for_two_branches_is_judged_against_both(home: House) -> None:
    await home.sandbox.push(home.repository, "release", {"notes.txt": b"1.0\n"}, "Release", "octo")
    await home.settle()
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.settle()
    await home.sandbox.push(home.repository, "fix", {"notes.txt": b"both\n"}, "Notes", "mona")
    to_release = await home.sandbox.open_pull_request(home.repository, "mona", "fix", "release", "Notes")
    to_main = await home.sandbox.open_pull_request(home.repository, "mona", "fix", "main", "Notes")
    await home.settle()
    shown = "".join(home.our_comments(to_release) + home.our_comments(to_main))
    assert "its commit is in pull requests for several branches: base against main, yours against release" in shown
    assert (await verdicts(home))[-1] == ("fix", "unknown")


async def test_a_reverted_change_landed_again_is_the_authors(home: House) -> None:
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.settle()
    await home.sandbox.push(home.repository, "main", {"area.py": GREEN}, "Mend main", "octo")
    await home.settle()
    number = await home.red_pull_request()
    assert "### Yours" in home.our_comments(number)[0]


async def test_a_branch_begun_on_a_broken_base_is_not_to_blame_for_it_when_the_base_is_mended(home: House) -> None:
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.settle()
    broken = home.sandbox.runs(home.repository)[-1].head_sha
    await home.sandbox.push(home.repository, "main", {"area.py": GREEN}, "Mend main", "octo")
    await home.settle()
    await home.sandbox.push(home.repository, "late", {"notes.txt": b"x"}, "Notes", "mona", onto=broken)
    number = await home.sandbox.open_pull_request(home.repository, "mona", "late", "main", "Notes")
    await home.settle()
    assert "at the commit that the branch was begun from" in home.our_comments(number)[0]


async def test_a_second_attempt_that_passes_turns_the_verdict_to_flaky(home: House, tmp_path: Path) -> None:
    files = {WORKFLOW: pytest_workflow("test_area.py"), "test_area.py": b"def test_area():\n    pass\n"}
    await home.sandbox.push(home.repository, "main", files, "Test", "octo")
    await home.settle()
    once = ONCE.format(mark=tmp_path / "mark").encode()
    await home.sandbox.push(home.repository, "swap", {"test_area.py": once}, "Once", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "swap", "main", "Once")
    await home.settle()
    assert "### Yours" in home.our_comments(number)[0]
    run = home.sandbox.runs(home.repository)[-1]
    await home.sandbox.rerun(home.repository, run.id, "mona")
    await home.settle()
    (comment,) = home.our_comments(number)
    assert "### Flaky" in comment
    assert "passed on the same code in another attempt" in comment
    assert await verdicts(home) == [("swap", "flaky")]
    await home.sandbox.redeliver(home.sandbox.deliveries("workflow_run")[-1].id)
    await home.settle()
    assert home.our_comments(number) == [comment]


async def test_a_base_that_ran_before_the_app_was_there_is_asked_for_once(home: House) -> None:
    before = await home.value("SELECT count(*) FROM workflow_jobs")
    assert before == 1, "the green run of main after the installation"
    await home.red_pull_request()
    assert await home.value("SELECT count(*) FROM workflow_jobs WHERE conclusion = 'failure'") == 1
    assert await verdicts(home) == [("swap", "yours")]


RUN = Run(
    RunId(1), 1, RepositoryId(1), 1, "CI", "merge_group", "completed", "failure", Sha("a" * 40),
    f"gh-readonly-queue/release/v2/pr-104-{'b' * 40}", "octo/geo", "u", None,
)  # fmt: skip


def test_a_merge_queues_run_is_about_the_pull_request_in_its_branchs_name() -> None:
    assert queued_pull_request(RUN) == ("release/v2", 104)


@pytest.mark.parametrize(
    "run",
    [
        replace(RUN, event="push"),
        replace(RUN, head_branch="main"),
        replace(RUN, head_branch=None),
        replace(RUN, head_branch="gh-readonly-queue/main/pr-x-" + "b" * 40),
    ],
)
def test_what_only_looks_like_a_queues_branch_is_none(run: Run) -> None:
    assert queued_pull_request(run) is None
