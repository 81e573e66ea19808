"""Cut short at any step of a delivery or of an undoing: the next run ends it, once.

At every step GitHub's answer is lost; at some of them, and at all with `CI_FIXER_SOAK`, the process is killed with -9,
before GitHub has done what was asked and after.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from github_app.errors import RetryLater
from sandbox.faults import Fault
from storage.fixes import FixRow, FixState
from tests.handlers.desk import GREEN, RED, Desk, desk

_SOAK = bool(os.environ.get("CI_FIXER_SOAK"))
_LONG = 60.0
"""Seconds for which GitHub keeps the task waiting: it is killed long before."""
ASIDE = [("POST", "/git/refs$"), ("POST", "/graphql$"), ("POST", "/pulls$")]
SUGGESTED = [("POST", "/reviews$")]
COMMITTED = [("POST", "/graphql$")]
CLOSING = [("PATCH", "/pulls/"), ("DELETE", "/git/refs/")]


@dataclass(frozen=True)
class Cut:
    """A request, and what happens to it: its answer is lost, or the process is killed before or after it is done."""

    method: str
    path: str
    how: str

    def fault(self) -> Fault:
        if self.how == "lost":
            return Fault(self.method, self.path, reset=True, after=True)
        return Fault(self.method, self.path, delay=_LONG, after=self.how == "killed after")


def cuts(steps: list[tuple[str, str]], *, killed: bool = True) -> list[Cut]:
    """Each step lost; the last one killed after, and with the soak every one in every way."""
    if _SOAK:
        return [Cut(*step, how) for step in steps for how in ("lost", "killed before", "killed after")]
    last = [Cut(*steps[-1], "killed after")] if killed else []
    return [*(Cut(*step, "lost") for step in steps), *last]


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def cut_short(at: Desk, fix: FixRow, task: str, cut: Cut, url: str, folder: Path) -> None:
    """Begin a task, and have it end at the cut."""
    fault = cut.fault()
    at.sandbox.faults.add(fault)
    if cut.how == "lost":
        with pytest.raises(RetryLater):
            await (at.applied(fix) if task == "apply" else at.undo(0, fix.fix_id))
        assert not fault.times
        return
    given = {"api_url": at.api_url, "app_id": str(at.app.app_id), "private_key": at.app.private_key_pem}
    given |= {"database_url": url, "repository_id": str(at.repository.id), "fix_id": str(fix.fix_id), "task": task}
    settings = folder / "settings.json"
    settings.write_text(json.dumps(given))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.handlers.task_program", str(settings))
    async with asyncio.timeout(60):
        while fault.times:
            assert process.returncode is None
            await asyncio.sleep(0.01)
        if fault.after:
            # Struck is not yet done: the work comes before the delay.
            await asyncio.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    at.sandbox.faults.clear()


async def test_a_pull_request_of_the_fixs_own_is_opened_once(at: Desk, database_url: str, tmp_path: Path) -> None:
    for cut in cuts(ASIDE):
        sha = await at.sandbox.push(at.repository, "main", {"area.py": RED}, f"Swap {cut}", "octo")
        fix = await at.proposed(await at.failed_run(sha, "main", None))
        await at.decide(fix.fix_id)
        await cut_short(at, fix, "apply", cut, database_url, tmp_path)
        applied = await at.applied(fix)
        pulls = [one for one in at.sandbox.find(at.repository).pulls.values() if one.head_branch == branch(fix)]
        assert [one.number for one in pulls] == [applied.pull_request_number], cut
        assert await at.commits(sha, branch(fix)) == 1, cut
        assert (applied.state, await at.head(branch(fix))) == (FixState.APPLIED, applied.commit_sha), cut
        await at.sandbox.push(at.repository, "main", {"area.py": GREEN}, f"Swap back {cut}", "octo")


async def test_a_review_is_written_once(at: Desk, database_url: str, tmp_path: Path) -> None:
    first, number, _ = await at.red_fork()
    for turn, cut in enumerate(cuts(SUGGESTED), 1):
        fix = (
            first
            if turn == 1
            else await at.proposed(
                await at.failed_run(
                    first.head_sha, "swap", number, event="pull_request", head_repository="stranger/geo"
                )
            )
        )
        await at.decide(fix.fix_id)
        await cut_short(at, fix, "apply", cut, database_url, tmp_path)
        assert (await at.applied(fix)).state is FixState.OFFERED
        assert len(at.sandbox.find(at.repository).reviews) == turn, cut
        assert len(at.sandbox.review_comments(at.repository, number)) == turn, cut


async def test_a_commit_is_undone_once(at: Desk, database_url: str, tmp_path: Path) -> None:
    fix, number = await at.red_pull()
    for cut in cuts(COMMITTED):
        applied = await at.approved(fix)
        await cut_short(at, fix, "undo", cut, database_url, tmp_path)
        assert await at.undo(number) is None
        assert await at.commits(applied.commit_sha or "", "swap") == 1, cut
        assert ((await at.now(fix)).state, await at.file("swap")) == (FixState.UNDONE, RED), cut
        head = await at.head("swap")
        fix = await at.proposed(await at.failed_run(head, "swap", number))
        # The same act undoes one fix, so that the next round is another's.
        async with at.database.connection() as connection:
            await connection.execute("UPDATE suggested_fixes SET undo_ref = NULL")


async def test_an_own_pull_request_is_closed_and_its_branch_is_gone(
    at: Desk, database_url: str, tmp_path: Path
) -> None:
    for cut in cuts(CLOSING, killed=False):
        sha = await at.sandbox.push(at.repository, "main", {"area.py": RED}, f"Swap {cut}", "octo")
        fix = await at.proposed(await at.failed_run(sha, "main", None))
        applied = await at.approved(fix)
        await cut_short(at, fix, "undo", cut, database_url, tmp_path)
        assert await at.undo(applied.pull_request_number or 0, fix.fix_id, ref=f"{cut}") is None
        assert at.sandbox.pull_request(at.repository, applied.pull_request_number or 0).issue.state == "closed"
        assert (await at.head(branch(fix)), (await at.now(fix)).state) == ("", FixState.UNDONE), cut
        await at.sandbox.push(at.repository, "main", {"area.py": GREEN}, f"Swap back {cut}", "octo")


def branch(fix: FixRow) -> str:
    return f"ci-fixer/F{fix.fix_id}"
