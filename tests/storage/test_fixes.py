import asyncio
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.approvals import NewApproval, approvals_of, fix_decided_by, record
from storage.database import Connection, Database
from storage.failures import save_failures
from storage.fixes import (
    TRANSITIONS,
    Delivery,
    FixRow,
    FixState,
    deliver_as,
    fix,
    fix_by_commit,
    fixes_of,
    move,
    open_fixes,
    propose,
)
from storage.ids import FixId
from storage.ledger import events_of
from tests.storage.rows import FAILURE, FIX, OTHER_SHA, SHA, another_fix, seed

COMMIT = "d" * 40
WAYS: dict[FixState, tuple[FixState, ...]] = {
    FixState.PROPOSED: (),
    FixState.APPROVED: (FixState.APPROVED,),
    FixState.APPLYING: (FixState.APPROVED, FixState.APPLYING),
    FixState.APPLIED: (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED),
    FixState.VERIFIED: (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.VERIFIED),
    FixState.INEFFECTIVE: (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.INEFFECTIVE),
    FixState.FAILED: (FixState.APPROVED, FixState.APPLYING, FixState.FAILED),
    FixState.REJECTED: (FixState.REJECTED,),
    FixState.SUPERSEDED: (FixState.SUPERSEDED,),
    FixState.EXPIRED: (FixState.EXPIRED,),
    FixState.OFFERED: (FixState.APPROVED, FixState.APPLYING, FixState.OFFERED),
    FixState.UNDONE: (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.UNDONE),
}


async def brought_to(connection: Connection, state: FixState, number: int = 0) -> FixRow:
    row = await propose(connection, another_fix(number))
    for step in WAYS[state]:
        sha = COMMIT if step is FixState.APPLIED else None
        moved = await move(connection, row.fix_id, to=step, actor="octocat", commit_sha=sha)
        assert moved is not None
        row = moved
    return row


async def test_a_proposed_fix_comes_back_as_it_was_given(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        failures = await save_failures(connection, [FAILURE])
        row = await propose(connection, replace(FIX, failure_ids=(failures[0].failure_id,)))
        assert await fix(connection, 11, row.fix_id) == row
    assert row.state is FixState.PROPOSED
    assert row.failure_ids == (failures[0].failure_id,)
    assert (row.diff, row.patch_hash, row.confidence, row.commit_sha) == (FIX.diff, FIX.patch_hash, None, None)


async def test_the_same_patch_proposed_again_is_the_first_fix_whatever_became_of_it(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first = await propose(connection, FIX)
        await move(connection, first.fix_id, to=FixState.REJECTED, actor="octocat", reason="no")
        again = await propose(connection, FIX)
        assert (again.fix_id, again.state) == (first.fix_id, FixState.REJECTED)
        assert len(await events_of(connection, first.fix_id)) == 2


@pytest.mark.parametrize("text", ["a\0b", "half \ud800 pair"])
async def test_a_patch_that_could_not_be_kept_exactly_is_refused(database: Database, text: str) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        with pytest.raises(ValueError, match="the diff"):
            await propose(connection, replace(FIX, diff=text))


async def test_a_fix_of_another_repository_is_not_found(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX)
        assert await fix(connection, 12, row.fix_id) is None


async def test_only_the_fixes_that_wait_are_open(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        waiting = await brought_to(connection, FixState.PROPOSED, 1)
        decided = await brought_to(connection, FixState.REJECTED, 2)
        assert [row.fix_id for row in await open_fixes(connection, 11, SHA)] == [waiting.fix_id]
        assert await open_fixes(connection, 11, OTHER_SHA) == ()
        assert [row.fix_id for row in await fixes_of(connection, 100, 1)] == [waiting.fix_id, decided.fix_id]


@pytest.mark.parametrize("start", list(FixState))
async def test_python_and_the_database_allow_the_same_changes(database: Database, start: FixState) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await brought_to(connection, start)
    async with database.connection() as connection:
        for to in FixState:
            async with connection.transaction(force_rollback=True):
                moved = await move(connection, row.fix_id, to=to, actor="octocat", commit_sha=COMMIT)
                assert (moved is not None) == (to in TRANSITIONS[start])
            assert await database_allows(connection, row.fix_id, to) == (to in TRANSITIONS[start])


async def database_allows(connection: Connection, fix_id: FixId, to: FixState) -> bool:
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(
                "UPDATE suggested_fixes SET state = %s, commit_sha = %s WHERE fix_id = %s", (to.value, COMMIT, fix_id)
            )
    except psycopg.errors.CheckViolation:
        return False
    return True


async def test_each_change_is_an_event_with_who_and_why(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX)
        await move(connection, row.fix_id, to=FixState.APPROVED, actor="octocat", reason="looks right")
        events = await events_of(connection, row.fix_id)
    assert [(event.from_state, event.to_state, event.actor, event.reason) for event in events] == [
        (None, "proposed", "recipe:ruff-unused-import", ""),
        ("proposed", "approved", "octocat", "looks right"),
    ]


async def test_of_twenty_who_approve_at_once_one_does(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX)

    async def approve(number: int) -> bool:
        async with database.transaction() as connection:
            moved = await move(connection, row.fix_id, to=FixState.APPROVED, actor=f"user {number}")
            return moved is not None

    assert sorted(await asyncio.gather(*map(approve, range(20)))) == [False] * 19 + [True]
    async with database.connection() as connection:
        assert len(await events_of(connection, row.fix_id)) == 2


@pytest.mark.parametrize(
    "statement", ["UPDATE fix_events SET actor = 'x'", "DELETE FROM fix_events", "TRUNCATE fix_events"]
)
async def test_the_history_of_a_fix_cannot_be_rewritten(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await propose(connection, FIX)
    async with database.connection() as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            await connection.execute(statement.encode())


@pytest.mark.parametrize(
    "change",
    [
        "diff = 'x'",
        f"patch_hash = '{'e' * 64}'",
        "edits = '{}'",
        "base_blobs = '{}'",
        "head_sha = 'x'",
        "head_branch = 'main'",
        "repository_id = 12",
        "source = 'x'",
    ],
)
async def test_what_was_decided_on_cannot_be_exchanged_afterwards(database: Database, change: str) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await propose(connection, FIX)
    async with database.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="is not changed once it is proposed"):
            await connection.execute(b"UPDATE suggested_fixes SET " + change.encode())


async def test_a_fix_cannot_begin_as_approved(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await propose(connection, FIX)
    async with database.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="begins as proposed"):
            await connection.execute(
                "INSERT INTO suggested_fixes (repository_id, run_id, run_attempt, head_sha, head_branch, source, "
                "summary, explanation, edits, base_blobs, diff, patch_hash, proof_level, complexity, state) "
                "SELECT repository_id, run_id, run_attempt, head_sha, head_branch, source, summary, explanation, "
                "edits, base_blobs, diff, repeat('f', 64), proof_level, complexity, 'approved' FROM suggested_fixes"
            )


async def test_a_change_may_be_asked_for_from_one_state_only(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await brought_to(connection, FixState.APPROVED)
        moved = await move(connection, row.fix_id, to=FixState.SUPERSEDED, since=FixState.PROPOSED, actor="push")
        assert moved is None


async def test_why_a_fix_is_proposed_again_stands_in_its_history(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX, "it is F1 again")
        assert [event.reason for event in await events_of(connection, row.fix_id)] == ["it is F1 again"]


async def test_the_same_patch_for_a_later_head_is_another_fix(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first = await propose(connection, FIX)
        later = await propose(connection, replace(FIX, head_sha=OTHER_SHA))
        assert later.fix_id != first.fix_id
        assert (await propose(connection, replace(FIX, head_sha=OTHER_SHA))).fix_id == later.fix_id


async def test_how_a_fix_is_delivered_is_kept_until_it_is_approved_again(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await brought_to(connection, FixState.APPLYING)
        await deliver_as(connection, row.fix_id, Delivery.PULL_REQUEST)
        failed = await move(connection, row.fix_id, to=FixState.FAILED, actor="a", pull_request_number=7)
        assert failed is not None
        assert (failed.delivered_as, failed.pull_request_number) == (Delivery.PULL_REQUEST, 7)
        again = await move(connection, row.fix_id, to=FixState.APPROVED, actor="a")
        assert again is not None
        assert (again.delivered_as, again.pull_request_number) == (None, 7)


async def test_nothing_is_undone_that_was_never_committed(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await brought_to(connection, FixState.SUPERSEDED)
    async with database.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await move(connection, row.fix_id, to=FixState.UNDONE, actor="a")


async def test_a_fix_is_found_by_its_commit(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await brought_to(connection, FixState.APPLIED)
        found = await fix_by_commit(connection, 11, COMMIT)
        assert found is not None
        assert found.fix_id == row.fix_id
        assert await fix_by_commit(connection, 12, COMMIT) is None


async def test_a_decision_counts_once_however_often_it_comes(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX)
        new = NewApproval(
            row.fix_id, "approve", 1, "octocat", "write", "go\0", "comment", "55/0", FIX.patch_hash, SHA
        )  # fmt: skip
        first = await record(connection, new)
        assert await record(connection, new) == first
        other = await record(connection, replace(new, channel="button"))
        assert [kept.approval_id for kept in await approvals_of(connection, row.fix_id)] == [
            first.approval_id,
            other.approval_id,
        ]
    assert first.comment == "go\ufffd"


async def test_the_fix_that_an_act_decided_on_is_found_again_in_its_repository_only(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, FIX)
        new = NewApproval(row.fix_id, "approve", 1, "octocat", "write", "", "comment", "55/0", FIX.patch_hash, SHA)
        await record(connection, new)
        assert await fix_decided_by(connection, 11, "comment", "55/0") == row.fix_id
        assert await fix_decided_by(connection, 11, "comment", "55/1") is None
        assert await fix_decided_by(connection, 11, "button", "55/0") is None
        assert await fix_decided_by(connection, 12, "comment", "55/0") is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(list(FixState)), max_size=12))
async def test_any_row_of_requests_leaves_a_history_that_explains_the_state(
    database: Database, steps: list[FixState]
) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await seed(connection)
        row = await propose(connection, FIX)
        for step in steps:
            await move(connection, row.fix_id, to=step, actor="a", commit_sha=COMMIT)
        events = await events_of(connection, row.fix_id)
        now = await fix(connection, 11, row.fix_id)
    assert now is not None
    assert events[-1].to_state == now.state
    assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]
