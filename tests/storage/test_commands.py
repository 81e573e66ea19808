import asyncio
from datetime import UTC, datetime, timedelta

from storage.commands import claim, finish, leave, others_by, others_here, replies_to, take
from storage.database import Database
from storage.failures import save_failures
from storage.ignored import begin, end, ignored_now
from tests.storage.rows import FAILURE, seed

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


async def test_what_may_be_done_once_is_its_takers_who_may_ask_again_until_it_is_given_back(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)

    async def ask(comment_id: int) -> bool:
        async with database.transaction() as connection:
            return await take(connection, 11, comment_id, "a.1", "rerun/100/1")

    told = await asyncio.gather(*map(ask, range(20)))
    assert sum(told) == 1
    taker = told.index(True)
    assert await ask(taker)
    async with database.connection() as connection:
        await leave(connection, 11, taker + 1, "a.1", "rerun/100/1")
        assert not await ask(taker + 1)
        await leave(connection, 11, taker, "a.1", "rerun/100/1")
    assert await ask(taker + 1)


async def test_commands_are_counted_by_conversation_and_by_person_without_those_refused(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        for comment_id, login, number in ((1, "mona", 3), (2, "mona", 4), (3, "octo", 3), (4, "mona", 3)):
            await claim(connection, 11, comment_id, "a.1", "explain", login, number)
        await finish(connection, 11, 1, "a.1", "done", 91)
        await finish(connection, 11, 3, "a.1", "refused", 93)
        assert await others_here(connection, 11, 9, "a.1", "explain", 3, NOW - HOUR) == 2
        assert await others_here(connection, 11, 1, "a.1", "explain", 3, NOW - HOUR) == 1
        assert await others_here(connection, 11, 9, "a.1", "explain", 3, NOW + HOUR) == 0
        assert await others_by(connection, 11, 9, "a.1", "explain", "mona", NOW - HOUR) == 3
        assert await others_by(connection, 11, 9, "a.1", "retry", "mona", NOW - HOUR) == 0
        assert [await replies_to(connection, 11, login, NOW - HOUR) for login in ("mona", "octo", "hub")] == [1, 1, 0]


async def test_a_failure_is_ignored_until_its_time_or_until_it_is_ended(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_failures(connection, [FAILURE])
        name = FAILURE.fingerprint
        await begin(connection, 11, [name, name], NOW + HOUR, "mona")
        await begin(connection, 11, [name], NOW + 2 * HOUR, "octo")
        (row,) = await ignored_now(connection, 11, [name, "ruff:other"])
        assert (row.until, row.login) == (NOW + 2 * HOUR, "octo")
        await begin(connection, 11, [name], NOW - HOUR, "octo")
        assert await ignored_now(connection, 11, [name]) == ()
        await begin(connection, 11, [name], NOW + HOUR, "octo")
        await end(connection, 11, [name])
        assert await ignored_now(connection, 11, [name]) == ()
