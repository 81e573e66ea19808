"""Pages of fixes and questions that a person may see, with cursors that only we can write."""

from datetime import datetime

import msgspec

from storage import review_lists
from web.cursors import read_cursor, write_cursor
from web.models import ClarificationPage, ClarificationsQuery, FixesQuery, FixPage
from web.people import Person
from web.seen import MOST_REPOSITORIES, repositories_seen
from web.site import Site
from web.views import listed, question


class _FixCursor(msgspec.Struct, frozen=True):
    before: int


class _QuestionCursor(msgspec.Struct, frozen=True):
    asked_at: datetime
    clarification_id: str


async def fix_page(site: Site, person: Person, query: FixesQuery) -> FixPage:
    """The fixes that the person may see, newest first."""
    state = None if query.state is None else query.state.value
    async with site.services.database.connection() as connection:
        found = () if query.repository else await review_lists.with_fixes(connection, MOST_REPOSITORIES, state)
    seen = await repositories_seen(site, person, query.repository, found)
    cursor = read_cursor(site, "fixes", query.cursor, _FixCursor)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        rows = await review_lists.fixes_page(
            connection, ids, query.limit + 1, state=state, before=None if cursor is None else cursor.before
        )
    shown = rows[: query.limit]
    more = write_cursor(site, "fixes", _FixCursor(shown[-1].fix_id)) if len(rows) > len(shown) else None
    return FixPage([listed(row) for row in shown], more)


async def clarification_page(site: Site, person: Person, query: ClarificationsQuery) -> ClarificationPage:
    """The questions that wait and that the person may see, oldest first."""
    async with site.services.database.connection() as connection:
        found = () if query.repository else await review_lists.with_questions(connection, MOST_REPOSITORIES)
    seen = await repositories_seen(site, person, query.repository, found)
    cursor = read_cursor(site, "clarifications", query.cursor, _QuestionCursor)
    after = None if cursor is None else (cursor.asked_at.isoformat(), cursor.clarification_id)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        rows = await review_lists.questions_page(connection, ids, query.limit + 1, after=after)
    shown = rows[: query.limit]
    more = None
    if len(rows) > len(shown):
        more = write_cursor(site, "clarifications", _QuestionCursor(shown[-1].asked_at, shown[-1].clarification_id))
    return ClarificationPage([question(row) for row in shown], more)
