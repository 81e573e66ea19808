"""Which repositories a list or a figure is of: those that the asking person may read, or the one that was named."""

from github_app.model import Repository
from storage import review_lists
from storage.repositories import RepositoryRow
from web.people import Person
from web.problems import not_found
from web.site import Site

MOST_REPOSITORIES = 200
"""Asked about for one answer: each may cost a question to GitHub a minute and person. Beyond, name a repository."""


async def repositories_seen(
    site: Site, person: Person, name: str | None, found: tuple[RepositoryRow, ...]
) -> tuple[Repository, ...]:
    """The repositories to show: those of `found` that the person may read, or the named one. Raises Problem 404."""
    if name is None:
        return await site.rights.readable(person.user, found)
    owner, _, short = name.partition("/")
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_named(connection, owner, short)
    seen = () if row is None else await site.rights.readable(person.user, [row])
    if not seen:
        raise not_found("repository")
    return seen
