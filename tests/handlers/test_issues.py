"""The issue of a failure that no pull request answers for, on the default branch, over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.state import Issue
from storage.analyses import newest_of_conversation
from tests.handlers.house import GREEN, RED, WORKFLOW, House, house
from tests.handlers.test_writes import MADE, written

OPENED, UPDATED = "POST issues", "PATCH issues"
JOB = """\
  {name}:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "{said}" && exit 1
"""
UNREACHABLE = "curl: (22) The requested URL returned error: 503 Service Unavailable"


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


def jobs(said: dict[str, str]) -> bytes:
    """A workflow whose jobs end in failure, each with its own words."""
    told = "".join(JOB.format(name=name, said=words) for name, words in said.items())
    return f"name: CI\non: push\njobs:\n{told}".encode()


async def push(home: House, files: dict[str, bytes]) -> list[str]:
    """Push to the default branch; gives what the App wrote about it."""
    before = len(home.sandbox.writes())
    await home.sandbox.push(home.repository, "main", dict(files), "A change", "octo")
    await home.settle()
    return written(home, before)


def the_issue(home: House) -> Issue:
    (found,) = home.sandbox.issues(home.repository)
    return found


async def test_a_failure_of_the_default_branch_has_one_issue_from_its_first_run_to_the_green_one(home: House) -> None:
    assert await push(home, {"area.py": RED}) == [OPENED, MADE]
    issue = the_issue(home)
    body = issue.body or ""
    assert issue.title == "F401 [*] os imported but unused"
    assert issue.labels == ()
    assert "### Yours: " in body
    assert "Seen once, on " in body
    assert await push(home, {"notes.txt": b"1\n"}) == [UPDATED, MADE]
    body = the_issue(home).body or ""
    assert "Seen 2 times, first on " in body
    assert "### Already broken on the base branch: " in body
    async with home.database.connection() as connection:
        spoken_of = await newest_of_conversation(connection, home.repository.id, issue.number)
    assert spoken_of is not None
    assert spoken_of.run_id == home.sandbox.runs(home.repository)[-1].id
    assert await push(home, {"area.py": GREEN}) == [UPDATED]
    assert (the_issue(home).state, the_issue(home).state_reason) == ("closed", "completed")
    assert "### Green again: `F401 [*] os imported but unused`" in (the_issue(home).body or "")
    assert await push(home, {"notes.txt": b"2\n"}) == []
    assert await push(home, {"area.py": RED}) == [UPDATED, MADE]
    assert the_issue(home).state == "open"
    before = len(home.sandbox.writes())
    for delivery in home.sandbox.deliveries("workflow_run"):
        await home.sandbox.redeliver(delivery.id)
    await home.settle()
    assert written(home, before) == []


async def test_an_issue_that_a_person_closed_is_opened_again_by_a_later_commit_alone(home: House) -> None:
    await push(home, {"area.py": RED})
    await home.sandbox.close_issue(home.repository, the_issue(home).number, "octo")
    await home.sandbox.rerun(home.repository, home.sandbox.runs(home.repository)[-1].id, "octo")
    await home.settle()
    assert the_issue(home).state == "closed"
    await push(home, {"notes.txt": b"1\n"})
    assert the_issue(home).state == "open"


async def test_a_repository_without_issues_is_told_in_the_check_run_and_asked_for_none(home: House) -> None:
    await home.sandbox.switch_issues(home.repository, on=False)
    assert await push(home, {"area.py": RED}) == [MADE]
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    assert (check.summary or "").count("Issues are switched off in this repository") == 1
    assert home.sandbox.issues(home.repository) == ()


async def test_what_may_pass_by_itself_has_an_issue_when_a_second_run_shows_it(home: House) -> None:
    assert await push(home, {WORKFLOW: jobs({"fetch": UNREACHABLE})}) == [MADE]
    assert await home.value("SELECT verdict FROM workflow_failures") == "infrastructure"
    assert await push(home, {"notes.txt": b"1\n"}) == [OPENED, MADE]
    assert "Seen 2 times" in (the_issue(home).body or "")


async def test_one_run_opens_five_issues_at_most_and_says_so(home: House) -> None:
    kinds = ["Value", "Key", "Type", "OS", "Index", "Runtime", "Name"]
    said = {kind.lower(): f"{kind}Error: no such thing" for kind in kinds}
    assert await push(home, {WORKFLOW: jobs(said)}) == [OPENED] * 5 + [MADE]
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    assert "At most 5 issues are opened for one run; the last 2 of its failures have none" in (check.summary or "")


async def test_a_push_to_another_branch_opens_no_issue(home: House) -> None:
    await home.sandbox.push(home.repository, "topic", {"area.py": RED}, "Swap", "mona")
    await home.settle()
    assert len(home.sandbox.check_runs(home.repository, home.app)) == 1
    assert home.sandbox.issues(home.repository) == ()


async def test_commands_are_taken_on_an_issue_of_ours_as_on_a_pull_request(home: House) -> None:
    await push(home, {"area.py": RED})
    number = the_issue(home).number
    await home.sandbox.comment(home.repository, number, "mona", "/reject we keep os")
    await home.settle()
    assert await home.value("SELECT state FROM suggested_fixes") == "rejected"
    assert "F1 was rejected by mona: we keep os" in (the_issue(home).body or "")
