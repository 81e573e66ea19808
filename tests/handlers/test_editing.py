"""An approval of what a person made of a fix: one act, one patch, told of on both fixes, and learned from."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_app.client import REPORT
from handlers.tasks.edited_patch import Wanted
from handlers.tasks.editing import approve_edited
from handlers.tasks.feedback import past_fixes
from handlers.tasks.review import Answer, Decision
from storage import approvals, failures, ledger
from storage.fixes import FixRow, FixState
from storage.ledger import Edited, EventKind, FixEventRow
from tests.handlers.desk import GREEN, RED, Desk, desk

MINE = b"from math import pi\n\n\ndef area(radius):\n    return pi * radius**2\n"
WHOLE = Wanted("area.py", content=MINE.decode())


@pytest.fixture
async def at(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def edited(at: Desk, fix: FixRow, *wanted: Wanted, login: str = "mona", ref: str = "a") -> Answer:
    decision = Decision(True, fix.fix_id, at.person(login), "shorter", "api", ref)
    async with at.services.github.installation(at.known(), REPORT) as installation:
        return await approve_edited(at.services, installation, at.known(), decision, wanted)


async def events(at: Desk, fix: FixRow) -> tuple[FixEventRow, ...]:
    async with at.database.connection() as connection:
        return await ledger.events_of(connection, fix.fix_id)


async def made(at: Desk, fix: FixRow, *wanted: Wanted, ref: str = "a") -> FixRow:
    answer = await edited(at, fix, *(wanted or (WHOLE,)), ref=ref)
    assert answer.refusal is None
    assert answer.fix is not None
    return answer.fix


async def test_a_persons_edit_is_proposed_approved_and_committed_in_one_act(at: Desk) -> None:
    fix, _ = await at.red_pull()
    mine = await made(at, fix)
    assert (mine.state, mine.source) == (FixState.APPROVED, f"edited:F{fix.fix_id}:mona")
    assert mine.failure_ids == fix.failure_ids
    assert ((await at.now(fix)).state, await at.reason(fix)) == (
        FixState.SUPERSEDED,
        f"mona made F{mine.fix_id} of it.",
    )
    async with at.database.connection() as connection:
        (decision,) = await approvals.approvals_of(connection, mine.fix_id)
        assert await approvals.approvals_of(connection, fix.fix_id) == ()
    assert (decision.patch_hash, decision.comment) == (mine.patch_hash, "shorter")
    await at.applied(mine)
    assert await at.file("swap") == MINE


async def test_both_fixes_tell_of_the_edit_and_the_proposal_was_half_a_failure(at: Desk) -> None:
    fix, _ = await at.red_pull()
    mine = await made(at, fix)
    original, of_edit = (await events(at, fix))[-1], (await events(at, mine))[1]
    assert (original.kind, original.to_state, original.learning_weight) == (EventKind.EDIT, "superseded", 0.5)
    assert (of_edit.kind, of_edit.to_state, of_edit.learning_weight) == (EventKind.EDIT, None, 0)
    assert original.details == of_edit.details
    assert isinstance(original.details, Edited)
    assert "-import math\n" in original.details.difference
    assert "+from math import pi\n" in original.details.difference


async def test_the_outcome_of_an_edit_is_its_own(at: Desk) -> None:
    fix, _ = await at.red_pull()
    mine = await made(at, fix)
    await at.applied(mine)
    assert (await at.ci(mine, "success")).state is FixState.VERIFIED
    assert (await at.now(fix)).state is FixState.SUPERSEDED
    assert (await events(at, mine))[-1].learning_weight == 1
    async with at.database.connection() as connection:
        cursor = await connection.execute("SELECT fix_id, succeeded, weight FROM fix_outcomes ORDER BY fix_id")
        assert await cursor.fetchall() == [(fix.fix_id, False, 0.5), (mine.fix_id, True, 1.0)]


async def test_the_same_act_any_number_of_times_is_one(at: Desk) -> None:
    fix, _ = await at.red_pull()
    answers = await asyncio.gather(*(edited(at, fix, WHOLE) for _ in range(6)))
    named = {None if one.fix is None else one.fix.fix_id for one in answers}
    assert {one.refusal for one in answers} == {None}
    assert len(named) == 1
    again = await made(at, fix)
    assert {again.fix_id} == named
    assert [one.kind for one in await events(at, again)].count(EventKind.EDIT) == 1
    assert len(await at.of_run(fix)) == 2


async def test_of_two_edits_and_a_rejection_at_once_one_wins(at: Desk) -> None:
    fix, _ = await at.red_pull()
    answers = await asyncio.gather(
        edited(at, fix, WHOLE),
        edited(at, fix, Wanted("area.py", content=GREEN.decode() + "\n\nside = 2\n"), ref="b"),
        at.decide(fix.fix_id, "c", approve=False),
    )
    assert sorted(one.refusal is None for one in answers) == [False, False, True]
    stored = await at.of_run(fix)
    assert sum(one.state in (FixState.APPROVED, FixState.REJECTED) for one in stored) == 1


async def test_edits_that_lead_to_what_was_proposed_are_a_plain_approval(at: Desk) -> None:
    fix, _ = await at.red_pull()
    assert (await made(at, fix, Wanted("area.py", content=GREEN.decode()))).fix_id == fix.fix_id
    assert await at.of_run(fix) == (await at.now(fix),)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted("area.py", "import sys\n", "import math\n"), "The edits cannot be applied: area.py"),
        (Wanted("area.py", content=RED.decode()), "they change nothing"),
        (Wanted("area.py", content="def area(:\n"), "would no longer parse"),
        (Wanted("area.py", content="a = '\0'\n"), "would hold a NUL"),
        (Wanted("../area.py", content="a = 1\n"), "The edits cannot be applied: ../area.py"),
        (Wanted(".github/workflows/ci.yml", content="on: push\n"), "does not let a fix touch"),
        (Wanted("package-lock.json", content="{}\n"), "the policy does not let it be applied"),
    ],
)
async def test_what_is_no_patch_or_against_the_policy_is_refused_and_nothing_kept(
    at: Desk, wanted: Wanted, why: str
) -> None:
    fix, _ = await at.red_pull()
    assert why in ((await edited(at, fix, wanted)).refusal or "")
    assert await at.of_run(fix) == (await at.now(fix),)
    assert (await at.now(fix)).state is FixState.PROPOSED


async def test_who_may_not_approve_may_not_edit_and_what_was_decided_is_not_edited(at: Desk) -> None:
    fix, _ = await at.red_pull()
    refused = await edited(at, fix, WHOLE, login="stranger")
    assert refused.by_right
    await at.decide(fix.fix_id, approve=False)
    assert "only a fix that waits for a decision can be edited" in ((await edited(at, fix, WHOLE)).refusal or "")


async def test_a_branch_that_moved_on_is_told_of_and_nothing_is_committed(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await at.sandbox.push(at.repository, "swap", {"notes.txt": b"more\n"}, "More", "mona")
    assert "is the same fix for the new head" in ((await edited(at, fix, WHOLE)).refusal or "")


async def test_the_model_is_told_of_both_next_time(at: Desk) -> None:
    fix, _ = await at.red_pull()
    await made(at, fix)
    async with at.database.connection() as connection:
        found = await failures.failures_of(connection, fix.run_id, 1)
    (past,) = await past_fixes(at.services, found)
    assert (past.name, past.same) == (f"F{fix.fix_id}", True)
    assert "+import math" in past.change
    assert "+from math import pi" in past.made_of_it
