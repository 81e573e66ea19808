from storage.database import Database
from storage.pull_requests import leave_head, left_for, number_of_head, remember_head
from tests.storage.rows import OTHER_SHA, SHA, seed


async def test_a_head_is_of_the_first_pull_request_from_its_repository(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await remember_head(connection, 11, 6, "octo/shop", SHA)
        await remember_head(connection, 11, 5, "octo/shop", SHA)
        await remember_head(connection, 11, 4, "mona/shop", SHA)
        assert await number_of_head(connection, 11, "Octo/Shop", SHA) == 5
        assert await number_of_head(connection, 11, "octo/shop", OTHER_SHA) is None


async def test_a_head_stays_left_unless_github_says_that_it_is_the_head_now(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await leave_head(connection, 11, 5, "octo/shop", SHA, OTHER_SHA)
        await remember_head(connection, 11, 5, "octo/shop", SHA)
        assert await left_for(connection, 11, 5, SHA) == OTHER_SHA
        await remember_head(connection, 11, 5, "octo/shop", SHA, now=True)
        assert await left_for(connection, 11, 5, SHA) is None
