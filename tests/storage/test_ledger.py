"""The ledger: events of every kind, each once, and none can be changed; replayed they give the present state."""

from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import feedback, ledger
from storage.database import Database
from storage.failures import save_failures
from storage.fixes import FixRow, FixState, fix, move, propose
from storage.ids import FixId
from storage.ledger import Decided, Details, Edited, EventKind, Judged, Reacted, Told, events_of
from tests.storage.rows import FAILURE, another_fix, seed

COMMIT = "d" * 40
STATELESS = [EventKind.EDIT, EventKind.CI_VERDICT, EventKind.REVERT, EventKind.REACTION]
STEPS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(list(FixState)), st.integers(0, 3)),
    st.tuples(st.just("add"), st.sampled_from(STATELESS), st.integers(0, 3)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=15))
async def test_the_ledger_replayed_gives_the_fixs_present_state(
    database: Database, steps: list[tuple[str, FixState | EventKind, int]]
) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await seed(connection)
        row = await propose(connection, another_fix(1))
        told: set[tuple[EventKind, int]] = set()
        for _, what, number in steps:
            if isinstance(what, FixState):
                await move(connection, row.fix_id, to=what, actor="a", commit_sha=COMMIT)
            else:
                new = await ledger.add(connection, row.fix_id, what, actor="a", told=Told(ref=str(number)))
                assert new == ((what, number) not in told)
                told.add((what, number))
        events = await events_of(connection, row.fix_id)
        now = await fix(connection, 11, row.fix_id)
    assert now is not None
    state: str | None = None
    for event in events:
        if event.to_state is not None:
            assert event.from_state == state
            state = event.to_state
    assert state == now.state
    assert len([event for event in events if event.to_state is None]) == len(told)
    last = ledger.last_change(events)
    assert last is not None
    assert last.to_state == now.state


async def test_an_event_comes_back_as_it_was_told(database: Database) -> None:
    details: list[tuple[EventKind, Details]] = [
        (EventKind.EDIT, Edited(original=1, edited=2, difference="-a\n+b\n")),
        (EventKind.CI_VERDICT, Judged(100, 2, "failure")),
        (EventKind.REACTION, Reacted(5, 6, "+1")),
    ]
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, another_fix(1))
        for kind, one in details:
            assert await ledger.add(
                connection, row.fix_id, kind, actor="mona\0", told=Told(0.25, one, "1"), reason="w\0"
            )
        events = await events_of(connection, row.fix_id)
    assert [(one.kind, one.details) for one in events[1:]] == details
    assert {(one.actor, one.reason, one.learning_weight) for one in events[1:]} == {("mona\ufffd", "w\ufffd", 0.25)}
    assert events[0].kind is EventKind.PROPOSAL


async def test_a_persons_reaction_is_about_one_fix_alone(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first, second = [await propose(connection, another_fix(number)) for number in (1, 2)]
        told = Told(0.1, Reacted(5, 6, "+1"), "5/6/+1")
        added = [
            await ledger.add(connection, row.fix_id, EventKind.REACTION, actor="mona", told=told)
            for row in (first, first, second)
        ]
    assert added == [True, False, False]


@pytest.mark.parametrize(
    "values",
    [
        "kind, to_state) VALUES (%s, 'a', 'decision', NULL)",
        "kind, from_state) VALUES (%s, 'a', 'edit', 'proposed')",
        "kind, to_state) VALUES (%s, 'a', 'reaction', 'applied')",
        "kind, to_state) VALUES (%s, 'a', 'other', 'applied')",
        "to_state, learning_weight) VALUES (%s, 'a', 'applied', 1.5)",
    ],
)
async def test_what_makes_no_sense_is_refused(database: Database, values: str) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        row = await propose(connection, another_fix(1))
    async with database.connection() as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(f"INSERT INTO fix_events (fix_id, actor, {values}".encode(), (row.fix_id,))


async def rejected(database: Database, number: int, weight: float, fingerprint: str = "ruff:1234") -> FixRow:
    async with database.transaction() as connection:
        await seed(connection)
        saved = await save_failures(connection, [replace(FAILURE, fingerprint=fingerprint)])
        meant = tuple(one.failure_id for one in saved if one.fingerprint == fingerprint)
        row = await propose(connection, replace(another_fix(number), failure_ids=meant))
        told = Told(weight, Decided("api", "write", 3, "wrong"))
        moved = await move(connection, row.fix_id, to=FixState.REJECTED, actor="mona", reason="no", told=told)
        assert moved is not None
        return moved


async def test_feedback_is_of_a_fingerprint_in_a_repository_newest_first(database: Database) -> None:
    first = await rejected(database, 1, 1.0)
    second = await rejected(database, 2, 0.5)
    await rejected(database, 3, 1.0, "ruff:other")
    async with database.connection() as connection:
        found = await feedback.feedback_for(connection, 11, "ruff:1234", 9)
        assert [(one.fix_id, one.reason, one.learning_weight) for one in found] == [
            (second.fix_id, "no", 0.5),
            (first.fix_id, "no", 1.0),
        ]
        assert found[0].details == Decided("api", "write", 3, "wrong")
        assert len(await feedback.feedback_for(connection, 11, "ruff:1234", 1)) == 1
        assert await feedback.feedback_for(connection, 12, "ruff:1234", 9) == ()
        assert len(await feedback.feedback_near(connection, 11, "lint", "ruff", 9)) == 3
        assert await feedback.feedback_near(connection, 11, "lint", None, 9) == ()
        refused = await feedback.refused_for(connection, 11, ["ruff:1234"], 1.0, 9)
        assert [(one.fix_id, one.actor) for one in refused] == [(first.fix_id, "mona")]


async def test_an_edit_is_feedback_on_what_was_proposed_and_not_on_what_was_made_of_it(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        saved = await save_failures(connection, [FAILURE])
        ids: list[FixId] = []
        for number in (1, 2):
            new = replace(another_fix(number), failure_ids=(saved[0].failure_id,))
            ids.append((await propose(connection, new)).fix_id)
        for fix_id in ids:
            told = Told(0.5, Edited(original=ids[0], edited=ids[1], difference="d"))
            await ledger.add(connection, fix_id, EventKind.EDIT, actor="mona", told=told)
        (found,) = await feedback.feedback_for(connection, 11, "ruff:1234", 9)
    assert (found.fix_id, found.kind) == (ids[0], EventKind.EDIT)
