"""Many at once: one decision counts, one commit is made, and never on a head that moved. Each is a loop.

A few rounds in `make test`; `CI_FIXER_SOAK` says how many more (`make soak`).
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import approvals, ledger
from storage.fixes import FixRow, FixState
from tests.handlers.desk import RED, Desk, desk

ROUNDS = 2 * int(os.environ.get("CI_FIXER_SOAK") or 1)
CHANNELS = ("comment", "button", "api", "dashboard")


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_fifty_approvals_at_once_by_comment_and_button_make_one_commit(at: Desk) -> None:
    number = 0
    for turn in range(ROUNDS // 2):
        sha = await at.sandbox.push(at.repository, "swap", {"area.py": RED, "turn": b"%d" % turn}, "Swap", "mona")
        number = number or await at.sandbox.open_pull_request(at.repository, "mona", "swap", "main", "Swap")
        await fifty_at_once(at, await at.proposed(await at.failed_run(sha, "swap", number)))


async def fifty_at_once(at: Desk, fix: FixRow) -> None:
    async def one(number: int) -> bool:
        answer = await at.decide(fix.fix_id, f"{number}/0", channel=CHANNELS[number % 2])
        if number % 10 == 0:
            await at.applied(fix)
        return answer.refusal is None

    assert sorted(await asyncio.gather(*map(one, range(50)))) == [False] * 49 + [True]
    assert (await at.applied(fix)).state is FixState.APPLIED
    assert await at.commits(fix.head_sha, "swap") == 1
    async with at.database.connection() as connection:
        assert len(await approvals.approvals_of(connection, fix.fix_id)) == 1
        events = [event.to_state for event in await ledger.events_of(connection, fix.fix_id)]
    assert events == ["proposed", "approved", "applying", "applied"]


async def test_of_approve_and_reject_one_wins_and_all_accounts_of_it_agree(at: Desk) -> None:
    sha = await at.sandbox.push(at.repository, "swap", {"area.py": RED}, "Swap", "mona")
    number = await at.sandbox.open_pull_request(at.repository, "mona", "swap", "main", "Swap")
    for _ in range(ROUNDS):
        fix = await at.proposed(await at.failed_run(sha, "swap", number))
        both = [at.decide(fix.fix_id, f"{yes}/0", approve=yes, channel="button") for yes in (True, False)]
        random.shuffle(both)
        answers = await asyncio.gather(*both)
        assert sorted(answer.refusal is None for answer in answers) == [False, True]
        async with at.database.connection() as connection:
            (decided,) = await approvals.approvals_of(connection, fix.fix_id)
            told = (await ledger.events_of(connection, fix.fix_id))[-1].to_state
        state = (await at.now(fix)).state.value
        assert (state, told) == (f"{decided.decision}d".replace("rejectd", "rejected"),) * 2
        assert f"F{fix.fix_id} was {state}" in await at.shown(fix.run_id)


async def test_an_approval_against_a_push_never_commits_on_a_head_that_nobody_approved(at: Desk) -> None:
    git = at.sandbox.git(at.repository)
    number = 0
    for turn in range(ROUNDS):
        sha = await at.sandbox.push(at.repository, "swap", {"area.py": RED, "turn": b"%d" % turn}, "Swap", "mona")
        number = number or await at.sandbox.open_pull_request(at.repository, "mona", "swap", "main", "Swap")
        fix = await at.proposed(await at.failed_run(sha, "swap", number))

        async def push(turn: int = turn) -> None:
            await asyncio.sleep(random.random() / 10)
            for _ in range(20):
                try:
                    await at.sandbox.push(at.repository, "swap", {"pushed": b"%d" % turn}, "More", "mona")
                except Exception:  # noqa: BLE001 - git's own push fails so when the ref moved under it
                    await asyncio.sleep(0)
                else:
                    return

        async def approve(fix: FixRow = fix) -> None:
            await at.decide(fix.fix_id, "1/0")
            await at.applied(fix)

        await asyncio.gather(approve(), push())
        now = await at.now(fix)
        assert now.state in (FixState.APPLIED, FixState.SUPERSEDED)
        if now.commit_sha is not None:
            assert (await git.commit(now.commit_sha)).parents == (fix.head_sha,)
        made = await git.text("log", "--format=%H %P", f"--grep=^CI-Fixer-Fix: F{fix.fix_id} ", "swap")
        assert made == (f"{now.commit_sha} {fix.head_sha}" if now.commit_sha else "")
