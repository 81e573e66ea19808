"""Which repositories a list is of, where a person may read few of many."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from github_app.model import Role, UserId
from storage import review_lists
from storage.repositories import RepositoryRow, save_repository
from tests.web.desk import Desk
from web.people import Person
from web.rights import Rights
from web.seen import look

MANY = 450


class Counted(Rights):
    """Rights that are told, and counted: GitHub is asked about each repository once."""

    def __init__(self, opened: Desk, readable: set[int]) -> None:
        self.now = 1e6
        super().__init__(opened.site.services, lambda: self.now)
        self.readable_ids = readable
        self.asked = 0

    async def _asked(self, person: object, repository: object) -> Role:
        self.asked += 1
        return Role.READ if repository.repository_id in self.readable_ids else Role.NONE  # type: ignore[attr-defined]  # a repository


@asynccontextmanager
async def many(opened: Desk, readable: set[int]) -> AsyncIterator[tuple[Counted, Person]]:
    async with opened.database.transaction() as connection:
        for number in range(1, MANY + 1):
            await save_repository(connection, RepositoryRow(10**6 + number, 7, "many", f"r{number}", "main"))
    rights = Counted(opened, {10**6 + number for number in readable})
    object.__setattr__(opened.site, "rights", rights)
    user = await opened.site.services.github.user("reader")
    yield rights, Person(user, "api", f"user:{UserId(1)}")


async def test_github_is_asked_about_two_hundred_at_most_and_the_next_time_goes_further(opened: Desk) -> None:
    async with many(opened, {440, 441}) as (rights, person):
        found = []
        for _ in range(3):
            before = rights.asked
            looked = await look(opened.site, person, review_lists.reached)
            assert rights.asked - before <= 200
            found.append(([one.name for one in looked.found], looked.goes_on is None))
        assert found == [([], False), ([], False), (["r440", "r441"], True)]


async def test_a_page_of_repositories_goes_on_where_the_one_before_ended(opened: Desk) -> None:
    async with many(opened, set(range(1, MANY + 1, 10))) as (_, person):
        walked: list[str] = []
        after: int | None = 0
        while after is not None:
            looked = await look(opened.site, person, review_lists.reached, after, 7)
            assert len(looked.found) <= 7
            walked += [one.name for one in looked.found]
            after = looked.goes_on
        assert walked == [f"r{number}" for number in range(1, MANY + 1, 10)]


async def test_what_one_may_not_read_is_asked_about_again_only_after_minutes(opened: Desk) -> None:
    async with many(opened, {1}) as (rights, person):
        asked = []
        # All are known after three; then the one that may be read is asked about each minute, the others later.
        for later in (0, 0, 0, 0, 61, 601):
            rights.now += later
            before = rights.asked
            await look(opened.site, person, review_lists.reached)
            asked.append(rights.asked - before)
        # The desk's own repository is one of those that are asked about.
        assert asked == [200, 200, MANY + 1 - 400, 0, 1, 200]
