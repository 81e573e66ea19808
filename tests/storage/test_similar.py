"""Fixes of failures like this one: what is found, in which order, and what never is."""

from dataclasses import replace

from storage import failures, fixes, similar
from storage.database import Connection, Database
from storage.fixes import FixRow, FixState, NewFix
from storage.runs import save_run
from tests.storage.rows import FAILURE, FIX, RUN, SHA, seed


async def proposed(connection: Connection, **change: object) -> FixRow:
    failure = replace(FAILURE, **change)  # type: ignore[arg-type]
    await save_run(connection, replace(RUN, run_id=failure.run_id, repository_id=failure.repository_id))
    saved = await failures.save_failures(connection, [failure])
    new: NewFix = replace(
        FIX,
        repository_id=failure.repository_id,
        run_id=failure.run_id,
        failure_ids=(saved[0].failure_id,),
    )
    return await fixes.propose(connection, new)


WAY = (FixState.APPROVED, FixState.APPLYING, FixState.APPLIED, FixState.VERIFIED)


async def moved(connection: Connection, fix: FixRow, *states: FixState) -> None:
    for state in states:
        assert await fixes.move(connection, fix.fix_id, to=state, actor="a", commit_sha=SHA) is not None


async def found(connection: Connection, *repository_ids: int, limit: int = 5, **asked: object) -> list[int]:
    rows = await similar.similar_fixes(connection, repository_ids, limit, **asked)  # type: ignore[arg-type]
    return [row.fix_id for row in rows]


async def test_a_verified_fix_of_the_same_fingerprint_is_told_whole(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        fix = await proposed(connection)
        await moved(connection, fix, *WAY)
        (row,) = await similar.similar_fixes(connection, [11], 5, fingerprint=FAILURE.fingerprint)
    assert (row.fix_id, row.full_name, row.similarity, row.outcome) == (fix.fix_id, "octo/shop", 1.0, "verified")
    assert row.html_url == f"https://github.test/octo/shop/commit/{SHA}"
    assert (row.summary, row.diff, row.message) == (fix.summary, fix.diff, FAILURE.message)
