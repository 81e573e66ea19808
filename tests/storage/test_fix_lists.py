"""Pages of fixes by each filter, against the obvious: all rows, filtered and sorted in Python."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import fix_lists
from storage.database import Connection, Database
from storage.failures import save_failures
from storage.fix_lists import FixFilter, FixKey
from storage.fixes import FixState, move, propose
from storage.ids import FixId
from storage.repositories import save_repository
from storage.runs import save_run
from tests.storage.rows import FAILURE, REPOSITORY, RUN, another_fix, seed

TOMORROW = datetime.now(UTC) + timedelta(days=1)


async def some_fixes(connection: Connection) -> list[int]:
    """Fixes 0, 2 and 4 in repository 11, 1 and 3 in 12, each of another failure; gives their ids in that order."""
    await seed(connection)
    await save_repository(connection, replace(REPOSITORY, repository_id=12, name="geo"))
    await save_run(connection, replace(RUN, run_id=101, repository_id=12))
    ids = []
    for number in range(5):
        at = {"repository_id": 12, "run_id": 101} if number % 2 else {}
        failure = replace(FAILURE, fingerprint=f"ruff:{number}", category="lint" if number < 3 else "test", **at)  # type: ignore[arg-type]  # ints
        kept = await save_failures(connection, [failure])
        mended = [one.failure_id for one in kept if one.fingerprint == failure.fingerprint]
        new = replace(another_fix(number), failure_ids=tuple(mended), head_branch=f"b{number % 2}", **at)  # type: ignore[arg-type]  # ints
        ids.append(int((await propose(connection, new)).fix_id))
    return ids


async def found(connection: Connection, wanted: FixFilter, limit: int = 9, before: FixKey | None = None) -> list[int]:
    return [key.fix_id for key in await fix_lists.fix_keys(connection, [11, 12], wanted, limit, before)]


async def test_fixes_of_several_repositories_come_newest_first_in_pages(database: Database) -> None:
    async with database.connection() as connection:
        ids = await some_fixes(connection)
        first = await fix_lists.fix_keys(connection, [11, 12], FixFilter(), 2)
        assert [key.fix_id for key in first] == [ids[4], ids[3]]
        assert await found(connection, FixFilter(), before=first[-1]) == [ids[2], ids[1], ids[0]]
        only = await fix_lists.fix_keys(connection, [12], FixFilter(), 9)
        assert [key.fix_id for key in only] == [ids[3], ids[1]]
        assert await fix_lists.fix_keys(connection, [], FixFilter(), 9) == ()


async def test_each_filter_finds_its_own(database: Database) -> None:
    async with database.connection() as connection:
        ids = await some_fixes(connection)
        await move(connection, FixId(ids[4]), to=FixState.REJECTED, actor="mona")
        assert await found(connection, FixFilter(state="rejected")) == [ids[4]]
        assert await found(connection, FixFilter(state="proposed")) == ids[3::-1]
        assert await found(connection, FixFilter(category="lint")) == ids[2::-1]
        assert await found(connection, FixFilter(branch="b1")) == [ids[3], ids[1]]
        assert await found(connection, FixFilter(since=TOMORROW)) == []
        assert await found(connection, FixFilter(until=TOMORROW, category="test")) == [ids[4], ids[3]]


async def test_what_no_index_answers_is_asked_of_the_keys(database: Database) -> None:
    async with database.connection() as connection:
        ids = await some_fixes(connection)
        both = FixFilter(category="lint", branch="b0")
        assert (both.is_indexed, FixFilter(state="proposed", branch="b0").is_indexed) == (False, True)
        assert await fix_lists.matching(connection, ids, both) == {ids[0], ids[2], ids[4]}
        assert await fix_lists.matching(connection, ids, FixFilter(verdict="yours")) == set(ids)
        assert await fix_lists.matching(connection, ids, FixFilter(verdict="flaky")) == set()


async def test_fixes_are_counted_as_far_as_asked(database: Database) -> None:
    async with database.connection() as connection:
        await some_fixes(connection)
        assert await fix_lists.count(connection, [11, 12], FixFilter(), 10) == 5
        assert await fix_lists.count(connection, [11, 12], FixFilter(), 4) == 4
        assert await fix_lists.count(connection, [11], FixFilter(category="test"), 10) == 1
