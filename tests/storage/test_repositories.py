import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from storage.commands import claim, finish, receipt
from storage.database import Database
from storage.installations import InstallationRow, delete_installation, installation, save_installation
from storage.repositories import (
    RepositoryRow,
    remove_repositories,
    repository,
    repository_by_name,
    save_repository,
)
from tests.storage.rows import REPOSITORY, seed

INSTALLATION = InstallationRow(7, "octo", "Organization", {"checks": "write"}, None, None)


async def test_an_installation_is_replaced_by_its_newer_state(database: Database) -> None:
    suspended = replace(INSTALLATION, suspended_at=datetime(2026, 1, 2, tzinfo=UTC), permissions={})
    async with database.transaction() as connection:
        await save_installation(connection, INSTALLATION)
        assert await installation(connection, 7) == INSTALLATION
        await save_installation(connection, suspended)
        assert await installation(connection, 7) == suspended
        assert await installation(connection, 8) is None


async def test_a_repository_may_come_before_its_installation(database: Database) -> None:
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await save_installation(connection, INSTALLATION)
        assert await installation(connection, 7) == INSTALLATION
        assert await repository(connection, 11) == REPOSITORY


async def test_deleting_an_installation_takes_its_repositories_out_of_reach(database: Database) -> None:
    async with database.transaction() as connection:
        await save_installation(connection, INSTALLATION)
        await save_repository(connection, REPOSITORY)
        await save_repository(connection, RepositoryRow(12, 8, "else", "where", "main"))
        await delete_installation(connection, 7)
        gone, other = await repository(connection, 11), await repository(connection, 12)
        deleted = await installation(connection, 7)
    assert gone is not None
    assert other is not None
    assert deleted is not None
    assert (gone.removed_at is None, other.removed_at is None, deleted.deleted_at is None) == (False, True, False)


async def test_a_repository_is_found_by_name_in_any_case(database: Database) -> None:
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        assert await repository_by_name(connection, "OCTO", "Shop") == REPOSITORY
        assert await repository_by_name(connection, "octo", "shed") is None


async def test_a_name_goes_to_the_repository_that_has_it_now(database: Database) -> None:
    newcomer = replace(REPOSITORY, repository_id=12)
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await save_repository(connection, newcomer)
        assert await repository_by_name(connection, "octo", "shop") == newcomer
        renamed = replace(REPOSITORY, name="old-shop")
        await save_repository(connection, renamed)
        assert await repository_by_name(connection, "octo", "old-shop") == renamed


async def test_repositories_are_removed_from_their_own_installation_only(database: Database) -> None:
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await remove_repositories(connection, 8, [11])
        assert await repository_by_name(connection, "octo", "shop") is not None
        await remove_repositories(connection, 7, [11, 999])
        assert await repository_by_name(connection, "octo", "shop") is None


async def test_many_who_save_one_repository_at_once_save_one(database: Database) -> None:
    async def save(number: int) -> None:
        async with database.transaction() as connection:
            await save_repository(connection, replace(REPOSITORY, default_branch=f"main-{number}"))

    await asyncio.gather(*map(save, range(12)))
    async with database.connection() as connection:
        assert await repository_by_name(connection, "octo", "shop") is not None


async def test_a_command_is_taken_once(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)

    async def take(_: int) -> bool:
        async with database.transaction() as connection:
            return await claim(connection, 11, 55, "a.1", "approve", "octocat", 3)

    assert sorted(await asyncio.gather(*map(take, range(20)))) == [False] * 19 + [True]
    async with database.connection() as connection:
        assert await claim(connection, 11, 55, "b.1", "reject", "octocat", 3)


async def test_a_receipt_tells_an_interrupted_command_from_a_finished_one(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await claim(connection, 11, 55, "a.1", "approve", "octocat", 3)
        begun = await receipt(connection, 11, 55, "a.1")
        await finish(connection, 11, 55, "a.1", "approved", 56)
        done = await receipt(connection, 11, 55, "a.1")
        assert await receipt(connection, 11, 55, "c.1") is None
    assert begun is not None
    assert done is not None
    assert (begun.outcome, done.outcome, done.reply_comment_id) == (None, "approved", 56)
