"""Fixes by where they stand: in a head's history, on a branch, on a pull request."""

from dataclasses import replace

from storage import analyses
from storage.database import Connection, Database
from storage.fixes import FixRow, FixState, move, propose
from storage.lineages import alive_of_branch, any_committed, fixes_in, undoable_of_pull_request, undone_by
from storage.runs import save_run
from tests.storage.rows import OTHER_SHA, RUN, SHA, another_fix, seed


async def committed(connection: Connection, number: int, run_id: int = 100) -> FixRow:
    """A fix of the run whose commit is the number forty times."""
    row = await propose(connection, replace(another_fix(number), run_id=run_id))
    for step in (FixState.APPROVED, FixState.APPLYING):
        await move(connection, row.fix_id, to=step, actor="a")
    moved = await move(connection, row.fix_id, to=FixState.APPLIED, actor="a", commit_sha=str(number) * 40)
    assert moved is not None
    return moved


async def test_a_fix_is_of_a_lineage_by_its_commit_or_by_the_trailer_of_one_written_anew(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        assert not await any_committed(connection, 11)
        one, two = await committed(connection, 1), await committed(connection, 2)
        assert await any_committed(connection, 11)
        assert await fixes_in(connection, 11, [one.commit_sha or ""], {}, None) == (one.fix_id,)
        assert await fixes_in(connection, 11, [SHA], {two.fix_id: two.patch_hash}, None) == (two.fix_id,)
        assert await fixes_in(connection, 11, [SHA], {two.fix_id: one.patch_hash}, None) == ()
        assert await fixes_in(connection, 12, [one.commit_sha or ""], {two.fix_id: two.patch_hash}, None) == ()


async def test_a_fix_stays_of_its_pull_requests_lineage_whatever_is_pushed_over_it(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await analyses.begin(connection, 100, 1, 11, SHA, 5)
        row = await committed(connection, 1)
        assert await fixes_in(connection, 11, [], {}, 5) == (row.fix_id,)
        assert await fixes_in(connection, 11, [], {}, 6) == ()


async def test_what_is_not_decided_is_found_on_its_own_branch_only(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=101, head_repository="mona/shop", head_sha=OTHER_SHA))
        ours, forks = await committed(connection, 1), await committed(connection, 2, run_id=101)
        found = [await alive_of_branch(connection, 11, name, "topic") for name in ("Octo/Shop", "mona/shop", "x/y")]
        assert found == [(ours,), (forks,), ()]
        await move(connection, ours.fix_id, to=FixState.VERIFIED, actor="ci")
        assert await alive_of_branch(connection, 11, "octo/shop", "topic") == ()


async def test_the_newest_commit_of_a_conversation_is_what_undo_means(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await analyses.begin(connection, 100, 1, 11, SHA, 5)
        first, second = await committed(connection, 1), await committed(connection, 2)
        assert await undoable_of_pull_request(connection, 11, 6) is None
        assert await undoable_of_pull_request(connection, 11, 5) == second
        await move(connection, second.fix_id, to=FixState.UNDONE, actor="mona", undo_ref="9/0")
        assert await undoable_of_pull_request(connection, 11, 5) == first
        undone = await undone_by(connection, 11, "9/0")
        assert undone is not None
        assert undone.fix_id == second.fix_id
        assert await undone_by(connection, 11, "9/1") is None
