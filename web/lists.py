"""Pages of fixes and questions that a person may see, with cursors that only we can write."""

from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

import msgspec

from github_app.model import Repository
from storage import review_lists
from storage.repositories import RepositoryRow
from web.models import ClarificationPage, ClarificationsQuery, FixesQuery, FixPage
from web.people import Person
from web.problems import Problem, not_found
from web.site import Site
from web.views import listed, question

_MOST_REPOSITORIES = 200
"""Asked about for one page: each may cost a question to GitHub a minute and person. Beyond, name a repository."""
T = TypeVar("T")


class _FixCursor(msgspec.Struct, frozen=True):
    before: int


class _QuestionCursor(msgspec.Struct, frozen=True):
    asked_at: datetime
    clarification_id: str


async def fix_page(site: Site, person: Person, query: FixesQuery) -> FixPage:
    """The fixes that the person may see, newest first."""
    state = None if query.state is None else query.state.value
    async with site.services.database.connection() as connection:
        found = () if query.repository else await review_lists.with_fixes(connection, _MOST_REPOSITORIES, state)
    seen = await _seen(site, person, query.repository, found)
    cursor = _read(site, "fixes", query.cursor, _FixCursor)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        rows = await review_lists.fixes_page(
            connection, ids, query.limit + 1, state=state, before=None if cursor is None else cursor.before
        )
    shown = rows[: query.limit]
    more = _write(site, "fixes", _FixCursor(shown[-1].fix_id)) if len(rows) > len(shown) else None
    return FixPage([listed(row) for row in shown], more)


async def clarification_page(site: Site, person: Person, query: ClarificationsQuery) -> ClarificationPage:
    """The questions that wait and that the person may see, oldest first."""
    async with site.services.database.connection() as connection:
        found = () if query.repository else await review_lists.with_questions(connection, _MOST_REPOSITORIES)
    seen = await _seen(site, person, query.repository, found)
    cursor = _read(site, "clarifications", query.cursor, _QuestionCursor)
    after = None if cursor is None else (cursor.asked_at.isoformat(), cursor.clarification_id)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        rows = await review_lists.questions_page(connection, ids, query.limit + 1, after=after)
    shown = rows[: query.limit]
    more = None
    if len(rows) > len(shown):
        more = _write(site, "clarifications", _QuestionCursor(shown[-1].asked_at, shown[-1].clarification_id))
    return ClarificationPage([question(row) for row in shown], more)


async def _seen(
    site: Site, person: Person, name: str | None, found: tuple[RepositoryRow, ...]
) -> tuple[Repository, ...]:
    """The repositories to list: those found that the person may read, or the named one. Raises Problem 404 for it."""
    if name is None:
        return await site.rights.readable(person.user, found)
    owner, _, short = name.partition("/")
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_named(connection, owner, short)
    seen = () if row is None else await site.rights.readable(person.user, [row])
    if not seen:
        raise not_found("repository")
    return seen


def _write(site: Site, of: str, cursor: msgspec.Struct) -> str:
    return site.keys.sign(f"cursor of {of}", msgspec.json.encode(cursor))


def _read(site: Site, of: str, text: str | None, kind: type[T]) -> T | None:
    if text is None:
        return None
    content = site.keys.read(f"cursor of {of}", text)
    try:
        if content is not None:
            return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:
        # Written by a version with another order.
        pass
    raise Problem(HTTPStatus.BAD_REQUEST, "The cursor is not one of ours; begin again without it.")
