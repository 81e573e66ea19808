"""Which repositories a list or a figure is of: those that the asking person may read, or the one that was named."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

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
_AT_ONCE = 50
"""Asked about together: those beyond the last that is needed are asked about in vain."""

Candidates = Callable[[Connection, int, int], Awaitable[tuple[RepositoryRow, ...]]]
"""The repositories that may have something to show, beyond an id, by id, at most so many."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, by id. `goes_on` is the id beyond which there may be more; None at the end."""

    found: tuple[Repository, ...]
    goes_on: int | None


async def repositories_seen(
    site: Site, person: Person, name: str | None, candidates: Candidates
) -> tuple[Repository, ...]:
    """The repositories to show: the first that the person may read, or the named one. Raises Problem 404."""
    if name is not None:
        return (await repository_seen(site, person, name),)
    return (await look(site, person, candidates)).found


async def look(
    site: Site, person: Person, candidates: Candidates, after: int = 0, most: int = MOST_REPOSITORIES
) -> Looked:
    """The first `most` repositories beyond an id that the person may read, as far as GitHub may be asked for it."""
    found: list[Repository] = []
    questions = _MOST_QUESTIONS
    for _ in range(_MOST_LOOKED_AT // _LOOKED_AT):
        async with site.services.database.connection() as connection:
            rows = await candidates(connection, after, _LOOKED_AT)
        is_last = len(rows) < _LOOKED_AT
        while rows:
            batch, asked = _affordable(site, person, rows, questions)
            if not batch:
                return Looked(tuple(found), after)
            questions -= asked
            found += await site.rights.readable(person.user, batch)
            if len(found) >= most:
                return Looked(tuple(found[:most]), int(found[most - 1].repository_id))
            after, rows = batch[-1].repository_id, rows[len(batch) :]
        if is_last:
            return Looked(tuple(found), None)
    return Looked(tuple(found), after)


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


def _affordable(
    site: Site, person: Person, rows: tuple[RepositoryRow, ...], questions: int
) -> tuple[tuple[RepositoryRow, ...], int]:
    """The first of the rows that can be judged with so many questions to GitHub, and how many it takes."""
    asked = 0
    for at, row in enumerate(rows[:_AT_ONCE]):
        if site.rights.known(person.user, row) is None:
            if asked == questions:
                return rows[:at], asked
            asked += 1
    return rows[:_AT_ONCE], asked
