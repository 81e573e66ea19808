"""What came out of a fix is what its newest decisive event says, within its own installation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import pytest

from storage import outcomes
from storage.confidence import Confidence
from storage.database import Connection, Database
from storage.failures import judge_again
from storage.fixes import FixState, move, propose
from storage.ids import FixId
from storage.ledger import Told
from storage.outcomes import Candidate, FixFeatures, Outcome, Said, Tallies, Tally
from storage.repositories import RepositoryRow, save_repository
from tests.storage.decided import ELSEWHERE, HERE, decided, fixed, history, installed
from tests.storage.rows import another_fix

WAY = (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED)
LIKE = FixFeatures("ruff:1", "lint", "recipe:ruff-fix")


async def current(connection: Connection, installation_id: int = HERE) -> list[Outcome]:
    return [one for one in await outcomes.outcomes_of(connection, installation_id) if one.replaced_at is None]


@pytest.mark.parametrize(
    ("ways", "succeeded"),
    [
        ((*WAY, FixState.VERIFIED), True),
        ((*WAY, FixState.INEFFECTIVE), False),
        ((FixState.REJECTED,), False),
        ((*WAY, FixState.VERIFIED, FixState.INEFFECTIVE), False),
        ((*WAY, FixState.INEFFECTIVE, FixState.VERIFIED), True),
        ((*WAY, FixState.VERIFIED, FixState.UNDONE), False),
        ((*WAY, FixState.SUPERSEDED, FixState.UNDONE), False),
        ((FixState.SUPERSEDED,), None),
        ((FixState.EXPIRED,), None),
        ((*WAY, FixState.SUPERSEDED), None),
        (WAY, None),
        ((), None),
    ],
)
async def test_an_outcome_is_what_the_newest_decisive_change_of_state_says(
    database: Database, ways: tuple[FixState, ...], succeeded: bool | None
) -> None:
    async with database.connection() as connection:
        await installed(connection)
        fix = await fixed(connection, 1)
        for state in ways:
            sha = "d" * 40 if state is FixState.APPLIED else None
            weight = 1.0 if state.value in ("verified", "ineffective", "undone", "rejected") else 0.0
            assert await move(connection, fix.fix_id, to=state, actor="ci", commit_sha=sha, told=Told(weight))
        found = await current(connection)
    assert [one.succeeded for one in found] == ([] if succeeded is None else [succeeded])


async def test_an_outcome_knows_the_fix_as_it_was_proposed(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        fix = await fixed(connection, 1, source="engine:gemini:gemini-2.5-pro")
        await judge_again(connection, fix.failure_ids[0], "flaky", "it passed again", "[]", frozenset())
        await decided(connection, fix.fix_id, "rejected", 0.5)
        (found,) = await current(connection)
    assert (found.fix_id, found.kind, found.weight, found.repository_id) == (fix.fix_id, "engine:gemini", 0.5, 11)
    assert found.features == FixFeatures(
        "ruff:1", "lint", "engine:gemini:gemini-2.5-pro", "trivial", "parses", files=1, lines=1, verdict="yours"
    )
    assert found.proposed_at == fix.created_at < found.decided_at


async def test_what_was_decided_otherwise_is_known_to_have_held_for_a_time(database: Database) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    async with database.connection() as connection:
        await installed(connection)
        fix = await fixed(connection, 1)
        await decided(connection, fix.fix_id, "verified", at=moment)
        await decided(connection, fix.fix_id, "undone", at=moment + timedelta(days=2))
        found = await outcomes.outcomes_of(connection, HERE)
    assert [(one.succeeded, one.decided_at, one.replaced_at) for one in found] == [
        (True, moment, moment + timedelta(days=2)),
        (False, moment + timedelta(days=2), None),
    ]


async def test_an_edit_before_the_approval_is_no_success_and_a_reaction_is_nothing(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        edited, liked = await fixed(connection, 1), await fixed(connection, 2)
        await decided(connection, edited.fix_id, None, 0.5, kind="edit")
        await decided(connection, edited.fix_id, "superseded", 0)
        await decided(connection, liked.fix_id, None, 0.1, kind="reaction")
        found = await current(connection)
    assert [(one.fix_id, one.succeeded, one.weight) for one in found] == [(edited.fix_id, False, 0.5)]


async def test_what_teaches_nothing_is_not_counted(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        fix = await fixed(connection, 1)
        await decided(connection, fix.fix_id, "rejected", 0.0)
        assert await outcomes.outcomes_of(connection, HERE) == ()
        assert await outcomes.tallies_for(connection, Candidate(HERE, LIKE)) == Tallies()


async def test_each_level_counts_what_is_alike_by_weight(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 3, 1)
        await history(connection, 1, 1, 10, fingerprint="ruff:2", repository_id=12)
        await history(connection, 1, 0, 20, source="engine:gemini:x")
        await history(connection, 0, 2, 30, fingerprint="pytest:1", category="test")
        rejected = await fixed(connection, 40)
        await decided(connection, rejected.fix_id, "rejected", 0.5)
        found = await outcomes.tallies_for(connection, Candidate(HERE, LIKE))
    assert found == Tallies(
        every=Tally(5, 9.5),
        category=Tally(5, 7.5),
        category_kind=Tally(4, 6.5),
        failure_kind=Tally(3, 4.5),
        failure=Tally(4, 5.5),
    )


async def test_a_fix_does_not_speak_for_itself(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 2, 0)
        (first, _) = await current(connection)
        found = await outcomes.tallies_for(connection, Candidate(HERE, LIKE, first.fix_id))
    assert found.every == Tally(1, 1)


async def test_another_installations_outcomes_are_never_counted(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 12, 3, repository_id=21)
        assert await outcomes.tallies_for(connection, Candidate(HERE, LIKE)) == Tallies()
        assert await outcomes.outcomes_of(connection, HERE) == ()
        assert len(await outcomes.outcomes_of(connection, ELSEWHERE)) == 15


async def test_a_history_goes_where_its_repository_goes(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 2, 1)
        await save_repository(connection, RepositoryRow(11, ELSEWHERE, "octo-8", "shop-11", "main"))
        assert await outcomes.outcomes_of(connection, HERE) == ()
        assert (await outcomes.tallies_for(connection, Candidate(ELSEWHERE, LIKE))).every == Tally(2, 3)


async def test_the_newest_outcomes_are_read_where_there_are_more_than_wanted(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 5, 0)
        every = await outcomes.outcomes_of(connection, HERE)
        assert await outcomes.outcomes_of(connection, HERE, 2) == every[-2:]


async def test_a_fix_is_known_alike_before_and_after_it_is_stored(database: Database) -> None:
    diff = (
        "diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n-import os\n"
        "+import math\n+import re\n \ndiff --git a/y.py b/y.py\nnew file mode 100644\nindex 0..2\n"
        "--- /dev/null\n+++ b/y.py\n@@ -0,0 +1 @@\n+++ y\n"
    )
    async with database.connection() as connection:
        await installed(connection)
        row = await fixed(connection, 1)
        blobs = '{"x.py": "c", "y.py": "d"}'
        new = replace(another_fix(2), run_id=11_000, diff=diff, base_blobs_json=blobs, failure_ids=row.failure_ids)
        before = await outcomes.about_new(connection, new)
        stored = await outcomes.about_fix(connection, 11, (await propose(connection, new)).fix_id)
    assert before is not None
    assert stored is not None
    assert replace(stored, fix_id=None) == before
    assert (before.installation_id, before.features.files, before.features.lines) == (HERE, 2, 4)


async def test_a_fix_of_another_repository_is_not_known(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        fix = await fixed(connection, 1)
        assert await outcomes.about_fix(connection, 12, fix.fix_id) is None
        assert await outcomes.about_fix(connection, 11, FixId(fix.fix_id + 1)) is None


async def test_what_was_said_is_held_against_what_came_out_in_the_repositories_asked_for(database: Database) -> None:
    said = Confidence(0.8, 0.6, 0.9, 12, "all fixes here", None)
    async with database.connection() as connection:
        await installed(connection)
        for number in range(4):
            fix = await fixed(connection, number, confidence=said)
            await decided(connection, fix.fix_id, "verified" if number else "ineffective")
        other = await fixed(connection, 5, repository_id=12, confidence=replace(said, probability=0.3))
        await decided(connection, other.fix_id, "rejected", 0.5)
        await history(connection, 3, 0, 10)
        since = datetime.now(UTC) - timedelta(days=1)
        assert await outcomes.said_and_done(connection, [11], since) == (Said(0.8, 3, 4),)
        assert await outcomes.said_and_done(connection, [11, 12], since) == (Said(0.3, 0, 0.5), Said(0.8, 3, 4))
        assert await outcomes.said_and_done(connection, [11], since + timedelta(days=2)) == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE suggested_fixes SET confidence = 0.9",
        "UPDATE suggested_fixes SET confidence_n = 99",
        "UPDATE suggested_fixes SET verdict = 'flaky'",
    ],
)
async def test_what_was_said_cannot_be_said_otherwise_later(database: Database, change: LiteralString) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await fixed(connection, 1, confidence=Confidence(0.8, 0.6, 0.9, 12, "all fixes here", None))
        with pytest.raises(Exception, match="what was predicted of fix 1 stays as it was"):
            await connection.execute(change)


async def test_counting_the_whole_ledger_anew_gives_what_the_trigger_kept(database: Database) -> None:
    async with database.connection() as connection:
        await installed(connection)
        await history(connection, 3, 2)
        fix = await fixed(connection, 9, source="engine:gemini:x")
        await decided(connection, fix.fix_id, "verified")
        await decided(connection, fix.fix_id, "undone")
        kept = await outcomes.outcomes_of(connection, HERE)
        await connection.execute("SELECT outcomes_rebuild()")
        assert await outcomes.outcomes_of(connection, HERE) == kept
