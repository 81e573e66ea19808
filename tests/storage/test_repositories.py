import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.commands import claim, finish, receipt
from storage.database import Database
from storage.installations import InstallationRow, delete_installation, installation, save_installation
from storage.repositories import (
    RepositoryRow,
    give_back,
    remove_repositories,
    repository,
    repository_by_name,
    save_repository,
    told_of_in,
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


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


async def test_a_deleted_installation_stays_deleted_whichever_event_of_it_comes_after(database: Database) -> None:
    async with database.transaction() as connection:
        await save_installation(connection, replace(INSTALLATION, deleted_at=NOON))
        await save_installation(connection, INSTALLATION)
        await save_repository(connection, REPOSITORY)
        await give_back(connection, 7, [11])
        kept, reached = await installation(connection, 7), await repository(connection, 11)
    assert kept is not None
    assert reached is not None
    assert (kept.deleted_at is None, reached.removed_at is None) == (False, False)


async def test_a_withdrawn_repository_comes_back_by_its_owners_will_and_by_no_event_of_its_own(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await remove_repositories(connection, 7, [11])
        await save_repository(connection, REPOSITORY)
        late = await repository(connection, 11)
        await give_back(connection, 7, [11])
        back = await repository(connection, 11)
    assert late is not None
    assert back is not None
    assert (late.removed_at is None, back.removed_at is None) == (False, True)


async def test_another_installation_reaches_what_was_withdrawn_from_the_one_before(database: Database) -> None:
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await remove_repositories(connection, 7, [11])
        await save_repository(connection, replace(REPOSITORY, installation_id=9))
        await save_repository(connection, REPOSITORY)
        assert await repository(connection, 11) == replace(REPOSITORY, installation_id=9)


async def test_an_older_event_renames_nothing_back(database: Database) -> None:
    new = replace(REPOSITORY, name="store", named_at=NOON)
    old = replace(REPOSITORY, named_at=NOON - timedelta(hours=1))
    async with database.transaction() as connection:
        for order in ((old, new, old), (new, old)):
            for row in order:
                await save_repository(connection, row)
            assert await repository(connection, 11) == new


async def test_a_name_is_not_taken_by_an_event_from_before_it_was_given_to_another(database: Database) -> None:
    old = replace(REPOSITORY, named_at=NOON - timedelta(hours=1))
    newcomer = replace(REPOSITORY, repository_id=12, named_at=NOON)
    async with database.transaction() as connection:
        await save_repository(connection, newcomer)
        await save_repository(connection, old)
        assert await repository_by_name(connection, "octo", "shop") == newcomer
        renamed = replace(old, name="store", named_at=NOON)
        await save_repository(connection, renamed)
        assert await repository(connection, 11) == renamed


async def test_whether_it_is_private_is_what_the_newest_event_said(database: Database) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    async with database.transaction() as connection:
        for hours, private, known in ((0, False, False), (2, True, True), (1, False, True), (3, False, False)):
            said = replace(REPOSITORY, private=private, named_at=now + timedelta(hours=hours))
            await save_repository(connection, said)
            row = await repository(connection, 11)
            assert row is not None
            assert row.private is known


async def test_a_text_of_one_repository_may_tell_of_it_and_of_the_public_ones_beside_it(database: Database) -> None:
    public = replace(REPOSITORY, private=False)
    async with database.transaction() as connection:
        await save_repository(connection, REPOSITORY)
        await save_repository(connection, replace(public, repository_id=12, name="open"))
        await save_repository(connection, replace(REPOSITORY, repository_id=13, name="secret"))
        await save_repository(connection, replace(public, repository_id=14, name="gone", removed_at=datetime.now(UTC)))
        await save_repository(connection, replace(public, repository_id=15, installation_id=8, owner="other"))
        assert await told_of_in(connection, 11) == (11, 12)
        assert await told_of_in(connection, 12) == (12,)
        assert await told_of_in(connection, 99) == ()
