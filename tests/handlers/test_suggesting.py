"""The fork's way: one review with suggestions, taken by whoever may push there, and known when it is."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis.edits import Edit
from storage.fixes import FixState
from tests.handlers.desk import GREEN, MEND, Desk, desk


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def reviews(at: Desk) -> list[str]:
    return [one.body for one in at.sandbox.find(at.repository).reviews.values()]


async def pasted(at: Desk, body: str, clone: Path) -> bytes:
    """The command of a review, run as it stands in a clone of the fork; gives the file that it leaves."""
    (command,) = re.findall(r"```shell\n(.*?)\n```", body, re.DOTALL)
    fork = at.sandbox.find("stranger/geo").path
    await ran(f"git clone --quiet --branch swap {shlex.quote(str(fork))} {shlex.quote(str(clone))}", clone.parent)
    (clone / "below").mkdir()
    await ran(f"git config user.name s; git config user.email s@x\n{command}\ngit push --quiet", clone / "below")
    return (clone / "area.py").read_bytes()


async def ran(script: str, folder: Path) -> None:
    bash = await asyncio.create_subprocess_exec("/bin/bash", "-eu", cwd=folder, stdin=asyncio.subprocess.PIPE)
    await bash.communicate(script.encode())
    assert bash.returncode == 0


async def test_a_forks_pull_request_gets_one_review_with_suggestions_that_can_be_taken(
    at: Desk, tmp_path: Path
) -> None:
    fix, number, fork = await at.red_fork()
    assert (await at.approved(fix)).state is FixState.OFFERED
    (body,) = reviews(at)
    (suggested,) = at.sandbox.review_comments(at.repository, number)
    assert (suggested.path, suggested.line, suggested.side) == ("area.py", 1, "RIGHT")
    assert suggested.body == "```suggestion\nimport math\n```"
    assert "approved by mona" in body
    assert "stands in a review" in at.comment(number)
    assert await pasted(at, body, tmp_path / "clone") == GREEN
    # The contributor took it: the fork's branch holds it, and the run there decides.
    taken = await at.sandbox.push(fork, "swap", {"area.py": GREEN}, "Take it", "stranger")
    await at.ran(taken, "swap", "success", event="pull_request", head_repository="stranger/geo")
    at_now = await at.now(fix)
    assert at_now.state is FixState.OFFERED
    await at.verified(taken)
    ended = await at.now(fix)
    assert (ended.state, ended.commit_sha) == (FixState.VERIFIED, taken)
    assert "cannot push to a fork" in (await at.undo(number) or "")


async def test_a_fix_outside_the_diff_is_given_as_a_command_only(at: Desk, tmp_path: Path) -> None:
    fix, number, _ = await at.red_fork(MEND, Edit("README.md", "Areas.\n", "Areas,\tand more.\n"))
    assert (await at.approved(fix)).state is FixState.OFFERED
    (body,) = reviews(at)
    assert at.sandbox.review_comments(at.repository, number) == ()
    assert "not all inside this pull request's diff" in body
    assert "base64 -d" in body  # a tab does not survive every terminal
    assert await pasted(at, body, tmp_path / "clone") == GREEN
    assert (tmp_path / "clone" / "README.md").read_bytes() == b"Areas,\tand more.\n"


async def test_a_head_pushed_without_the_fix_ends_it_and_an_older_heads_run_does_not(at: Desk) -> None:
    fix, _, fork = await at.red_fork()
    await at.approved(fix)
    older = await at.sandbox.push(fork, "swap", {"x": b"1\n"}, "One", "stranger")
    newer = await at.sandbox.push(fork, "swap", {"x": b"2\n"}, "Two", "stranger")
    for sha, state in ((older, FixState.OFFERED), (newer, FixState.SUPERSEDED)):
        await at.ran(sha, "swap", "failure", event="pull_request", head_repository="stranger/geo")
        await at.verified(sha)
        assert (await at.now(fix)).state is state
    assert await at.reason(fix) == f"{newer[:7]} was pushed without it."


async def test_an_approval_after_the_forks_head_moved_is_asked_again(at: Desk) -> None:
    fix, _, fork = await at.red_fork()
    await at.sandbox.push(fork, "swap", {"x": b"1\n"}, "One", "stranger")
    assert "is the same fix for the new head" in ((await at.decide(fix.fix_id)).refusal or "")
    old, again = await at.of_run(fix)
    assert (old.state, again.state, reviews(at)) == (FixState.SUPERSEDED, FixState.PROPOSED, [])
    assert (await at.decide(again.fix_id, "2/0")).refusal is None
    assert (await at.applied(again)).state is FixState.OFFERED
