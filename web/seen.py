"""Which repositories a list or a figure is of: those that the asking person may read, or the one that was named."""

from collections.abc import Awaitable, Callable

from github_app.model import Repository
from storage import review_lists
from storage.database import Connection
from storage.repositories import RepositoryRow
from web.people import Person
from web.problems import not_found
from web.site import Site

MOST_REPOSITORIES = 200
"""Of one answer: each gives its part of a page. Beyond, name a repository."""
_MOST_QUESTIONS = 200
"""To GitHub for one answer. What was answered before is free, so that the next time one gets further."""
_LOOKED_AT = 1_000
"""Repositories read from the database at a time."""
_MOST_LOOKED_AT = 20_000
"""In all: more than an organisation has; memory, not time, is what this bounds."""

Candidates = Callable[[Connection, int, int], Awaitable[tuple[RepositoryRow, ...]]]
"""The repositories that may have something to show, beyond an id, by id, at most so many."""


async def repositories_seen(
    site: Site, person: Person, name: str | None, candidates: Candidates
) -> tuple[Repository, ...]:
    """The repositories to show: the first that the person may read, or the named one. Raises Problem 404."""
    if name is not None:
        return (await repository_seen(site, person, name),)
    seen: list[Repository] = []
    questions = _MOST_QUESTIONS
    after = 0
    for _ in range(_MOST_LOOKED_AT // _LOOKED_AT):
        async with site.services.database.connection() as connection:
            rows = await candidates(connection, after, _LOOKED_AT)
        for start in range(0, len(rows), MOST_REPOSITORIES):
            batch = rows[start : start + MOST_REPOSITORIES]
            asked = [row for row in batch if site.rights.known(person.user, row) is None]
            left_out = {row.repository_id for row in asked[questions:]}
            questions -= len(asked) - len(left_out)
            may_ask = [row for row in batch if row.repository_id not in left_out]
            seen += await site.rights.readable(person.user, may_ask)
            if len(seen) >= MOST_REPOSITORIES:
                return tuple(seen[:MOST_REPOSITORIES])
        if len(rows) < _LOOKED_AT:
            break
        after = rows[-1].repository_id
    return tuple(seen)


async def repository_seen(site: Site, person: Person, name: str) -> Repository:
    """The repository of that name (`owner/name`). Raises Problem 404 where the person may not read it."""
    owner, _, short = name.partition("/")
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_named(connection, owner, short)
    return await seen_or_404(site, person, row, "repository")


async def seen_or_404(site: Site, person: Person, row: RepositoryRow | None, what: str) -> Repository:
    """The repository where `what` is. Raises Problem 404 where there is none, or where the person may not read."""
    seen = () if row is None else await site.rights.readable(person.user, [row])
    if not seen:
        raise not_found(what)
    return seen[0]
