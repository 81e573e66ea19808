"""Pages of fixes and questions that a person may see, with cursors that only we can write."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus

import msgspec

from storage import fix_lists, review_lists
from storage.database import Connection
from storage.failure_lists import SCANNED
from storage.fix_lists import FixFilter, FixKey
from storage.ids import FixId
from web.cursors import page_of, read_cursor, write_cursor
from web.list_models import MOST_COUNTED, ClarificationPage, ClarificationsQuery, FixesQuery, FixPage
from web.people import Person
from web.problems import Problem, uncounted
from web.seen import repositories_seen
from web.site import Site
from web.views import listed, question


class _FixCursor(msgspec.Struct, frozen=True):
    created_at: datetime
    fix_id: int


class _QuestionCursor(msgspec.Struct, frozen=True):
    asked_at: datetime
    clarification_id: str


async def fix_page(site: Site, person: Person, query: FixesQuery) -> FixPage:
    """The fixes that the person may see, newest first."""
    wanted = _filter(query)
    if query.total and not wanted.is_indexed:
        raise uncounted("verdict, or category together with state or branch")
    cursor = read_cursor(site, "fixes", query.cursor, _FixCursor)
    with_fixes = partial(review_lists.with_fixes, state=wanted.state)
    ids = [one.repository_id for one in await repositories_seen(site, person, query.repository, with_fixes)]
    before = None if cursor is None else FixKey(cursor.created_at, FixId(cursor.fix_id))
    async with site.services.database.connection() as connection:
        shown, last = await _fix_keys(connection, ids, wanted, query.limit, before)
        rows = await review_lists.listed_fixes(connection, [key.fix_id for key in shown])
        total = await fix_lists.count(connection, ids, wanted, MOST_COUNTED) if query.total else msgspec.UNSET
    more = None if last is None else write_cursor(site, "fixes", _FixCursor(last.created_at, last.fix_id))
    return FixPage([listed(row) for row in rows], more, total)


async def _fix_keys(
    connection: Connection, ids: Sequence[int], wanted: FixFilter, limit: int, before: FixKey | None
) -> tuple[list[FixKey], FixKey | None]:
    """What to show, and where to go on; None at the end."""
    if wanted.is_indexed:
        keys = await fix_lists.fix_keys(connection, ids, wanted, limit + 1, before)
        return page_of(keys, limit)
    scanned = await fix_lists.fix_keys(connection, ids, wanted, SCANNED, before)
    kept = await fix_lists.matching(connection, [key.fix_id for key in scanned], wanted)
    found = tuple(key for key in scanned if key.fix_id in kept)
    shown, last = page_of(found, limit)
    return shown, last or (scanned[-1] if len(scanned) == SCANNED else None)


def _filter(query: FixesQuery) -> FixFilter:
    state = query.state or query.status
    if query.status is not None and query.status is not state:
        raise Problem(HTTPStatus.BAD_REQUEST, "`status` and `state` are the same; give one.")
    return FixFilter(state, query.category, query.branch, query.verdict, query.since, query.until)


async def clarification_page(site: Site, person: Person, query: ClarificationsQuery) -> ClarificationPage:
    """The questions that wait and that the person may see, oldest first."""
    cursor = read_cursor(site, "clarifications", query.cursor, _QuestionCursor)
    after = None if cursor is None else (cursor.asked_at.isoformat(), cursor.clarification_id)
    seen = await repositories_seen(site, person, query.repository, review_lists.with_questions)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        rows = await review_lists.questions_page(connection, ids, query.limit + 1, after=after)
        total = await review_lists.count_questions(connection, ids, MOST_COUNTED) if query.total else msgspec.UNSET
    shown = rows[: query.limit]
    more = None
    if len(rows) > len(shown):
        more = write_cursor(site, "clarifications", _QuestionCursor(shown[-1].asked_at, shown[-1].clarification_id))
    return ClarificationPage([question(row) for row in shown], more, total)
