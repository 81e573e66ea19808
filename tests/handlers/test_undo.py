"""`/undo`: what the App made is taken back by a new commit, or by closing its pull request; nothing else is touched."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analysis.edits import Edit
from storage.fixes import FixState
from tests.handlers.desk import GREEN, MEND, RED, Desk, desk


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_a_commit_is_undone_by_one_new_commit_whoever_asks_how_often(at: Desk) -> None:
    fix, number = await at.red_pull(MEND, Edit("new.txt", "", "new\n"))
    assert await at.undo(number) == "No commit of CI Fixer is known here that could be undone."
    assert await at.undo(number, fix.fix_id) == f"F{fix.fix_id} is proposed; there is no commit to undo."
    applied = await at.approved(fix)
    assert "takes write access" in (await at.undo(number, login="stranger") or "")
    above = await at.sandbox.push(at.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    answers = await asyncio.gather(*(at.undo(number, fix.fix_id, ref=ref) for ref in ("9/0", "9/0", "10/0")))
    assert sorted(answers, key=str) == sorted([None, None, f"F{fix.fix_id} is undone already."], key=str) or (
        answers[:2] == [f"F{fix.fix_id} is undone already."] * 2 and answers[2] is None
    )
    assert await at.commits(above, "swap") == 1
    assert (await at.file("swap"), await at.file("swap", "new.txt")) == (RED, None)
    assert await at.file("swap", "notes.txt") == b"more\n"
    undone = await at.now(fix)
    assert (undone.state, undone.undo_commit_sha) == (FixState.UNDONE, await at.head("swap"))
    assert undone.commit_sha == applied.commit_sha
    assert "undone again" in at.comment(number)
    assert await at.undo(number, ref=undone.undo_ref or "") is None


async def test_what_was_changed_since_is_left_and_the_command_is_named(at: Desk) -> None:
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    await at.sandbox.push(at.repository, "swap", {"area.py": GREEN + b"x = 1\n"}, "Change", "mona")
    assert f"`git revert {applied.commit_sha}`" in (await at.undo(number) or "")
    assert (await at.now(fix)).state is FixState.APPLIED
    await at.sandbox.push(at.repository, "swap", {"area.py": GREEN}, "Change back", "mona")
    await at.sandbox.protect(at.repository, "swap")
    assert "must be made through a pull request" in (await at.undo(number) or "")


async def test_an_unmerged_pull_request_of_the_fix_is_closed_and_its_branch_deleted(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.sandbox.protect(at.repository, "swap")
    applied = await at.approved(fix)
    own = applied.pull_request_number or 0
    assert await at.undo(own) is None
    await at.moved(own)
    assert at.sandbox.pull_request(at.repository, own).issue.state == "closed"
    assert await at.head(f"ci-fixer/F{fix.fix_id}") == ""
    assert (await at.now(fix)).state is FixState.UNDONE
    assert await at.head("swap") == fix.head_sha


async def test_a_fixs_pull_request_that_a_person_closed_ends_the_fix(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.sandbox.protect(at.repository, "swap")
    applied = await at.approved(fix)
    await at.sandbox.close_pull_request(at.repository, applied.pull_request_number or 0, "mona")
    await at.moved(applied.pull_request_number or 0)
    assert ((await at.now(fix)).state, await at.reason(fix)) == (FixState.SUPERSEDED, "its pull request was closed.")
