"""Every way of a fix writes its events, each once, however often and in whatever order it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import ledger
from storage.fixes import FixRow, FixState
from storage.ledger import Applied, Decided, EventKind, FixEventRow, Judged, Reverted
from tests.handlers.desk import Desk, desk


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def story(at: Desk, fix: FixRow) -> tuple[FixEventRow, ...]:
    async with at.database.connection() as connection:
        return await ledger.events_of(connection, fix.fix_id)


async def kinds(at: Desk, fix: FixRow) -> list[str]:
    return [event.kind.value for event in await story(at, fix)]


async def test_a_fix_that_went_all_the_way_tells_its_whole_story(at: Desk) -> None:
    fix, number = await at.red_pull()
    applied = await at.approved(fix)
    await at.ci(fix, "success", run_id=5000)
    await at.undo(number)
    events = await story(at, fix)
    mona = at.person("mona").user_id
    commit = applied.commit_sha
    assert [(one.kind.value, one.to_state, one.learning_weight, one.details) for one in events] == [
        ("proposal", "proposed", 0, None),
        ("decision", "approved", 0, Decided("comment", "write", mona)),
        ("state", "applying", 0, None),
        ("application", "applied", 0, Applied("commit", commit)),
        ("ci_verdict", "verified", 1, Judged(5000, 1, "success")),
        ("revert", "undone", 1, Reverted((await at.now(fix)).undo_commit_sha)),
    ]


async def test_each_run_that_judges_is_told_of_once_also_one_that_says_the_same(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.approved(fix)
    for conclusion, attempt in (("success", 1), ("success", 2), ("cancelled", 3), ("failure", 4)):
        for _ in range(2):
            await at.ci(fix, conclusion, run_id=5000, attempt=attempt)
    told = [one for one in await story(at, fix) if one.kind is EventKind.CI_VERDICT]
    assert [(one.details, one.to_state, one.learning_weight) for one in told] == [
        (Judged(5000, 1, "success"), "verified", 1),
        (Judged(5000, 2, "success"), None, 0),
        (Judged(5000, 4, "failure"), "ineffective", 1),
    ]


async def test_verdicts_that_are_asked_for_at_once_are_told_of_once(at: Desk) -> None:
    fix, _ = await at.red_pull()
    applied = await at.approved(fix)
    commit = applied.commit_sha or ""
    for attempt, conclusion in enumerate(("failure", "success", "success"), 1):
        await at.ran(commit, "swap", conclusion, run_id=5000, attempt=attempt)
    await asyncio.gather(*(at.verified(commit) for _ in range(4)))
    assert (await at.now(fix)).state is FixState.VERIFIED
    assert (await kinds(at, fix)).count("ci_verdict") == 3


@pytest.mark.parametrize(
    ("words", "kind", "weight"),
    [
        ("wrong: it is used by a plugin", "wrong", 1.0),
        ("style", "unwanted", 0.5),
        ("already fixed in #3", "elsewhere", 0.0),
        ("", None, 0.5),
    ],
)
async def test_a_rejection_weighs_what_its_reason_says(at: Desk, words: str, kind: str | None, weight: float) -> None:
    fix, _ = await at.red_pull()
    await at.decide(fix.fix_id, approve=False, words=words)
    event = (await story(at, fix))[-1]
    assert (event.to_state, event.reason, event.learning_weight) == ("rejected", words, weight)
    assert event.details == Decided("comment", "write", at.person("mona").user_id, kind)


async def test_a_decision_that_is_made_twenty_times_is_told_of_once(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await asyncio.gather(*(at.decide(fix.fix_id, f"{one % 3}/0", approve=False) for one in range(20)))
    assert await kinds(at, fix) == ["proposal", "decision"]
