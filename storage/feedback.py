"""What people had against fixes, and what they made of them: what the next proposal for a like failure is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from psycopg.rows import DictRow, class_row, dict_row

from storage.database import Connection
from storage.ids import FixId
from storage.ledger import Decided, Edited, EventKind

_SELECTED = """
SELECT e.fix_event_id, e.fix_id, e.kind, s.summary, s.source, s.diff, e.actor, e.reason, e.learning_weight,
       e.details::text AS details, e.at
"""
# An edit is told of both fixes that it is about, and is feedback on the one that was proposed.
_FEEDBACK = """
(e.kind = 'edit' OR e.to_state = 'rejected') AND (
    e.kind <> 'edit' OR coalesce((e.details ->> 'original')::bigint, e.fix_id) = e.fix_id)
"""
_MOST_LOOKED_AT = 500
"""The newest rejections of a repository among which like ones are looked for: older ones are of other code."""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A rejection or an edit of a fix; `reason` are the person's words, and `details` is None in old rows."""

    fix_event_id: int
    fix_id: FixId
    kind: EventKind
    summary: str
    source: str
    diff: str
    actor: str
    reason: str
    learning_weight: float
    details: Decided | Edited | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A fix that somebody rejected, and who."""

    fix_id: FixId
    diff: str
    actor: str


async def feedback_for(
    connection: Connection, repository_id: int, fingerprint: str, limit: int
) -> tuple[FeedbackRow, ...]:
    """The rejections and edits of a repository's fixes for one fingerprint, newest first."""
    return await _rows(
        connection,
        f"{_SELECTED} FROM fix_events e JOIN suggested_fixes s USING (fix_id) "
        f"WHERE {_FEEDBACK} AND e.fix_id IN (SELECT l.fix_id FROM workflow_failures f "
        "JOIN fix_failures l USING (failure_id) WHERE f.repository_id = %s AND f.fingerprint = %s) "
        "ORDER BY e.fix_event_id DESC LIMIT %s",
        (repository_id, fingerprint, limit),
    )


async def feedback_near(
    connection: Connection, repository_id: int, category: str, tool: str | None, limit: int
) -> tuple[FeedbackRow, ...]:
    """The rejections of a repository's fixes for failures of one category and tool, newest first."""
    return await _rows(
        connection,
        # A fix is rejected once: its one event is looked up, whatever the planner thinks of how many there are.
        f"{_SELECTED} FROM (SELECT fix_id, summary, source, diff FROM suggested_fixes WHERE repository_id = %s "
        f"AND state = 'rejected' ORDER BY fix_id DESC LIMIT {_MOST_LOOKED_AT}) s CROSS JOIN LATERAL ("
        "SELECT * FROM fix_events WHERE fix_id = s.fix_id AND to_state = 'rejected' LIMIT 1) e WHERE EXISTS ("
        "SELECT FROM fix_failures l JOIN workflow_failures f USING (failure_id) WHERE l.fix_id = s.fix_id "
        "AND f.category = %s AND f.tool IS NOT DISTINCT FROM %s) ORDER BY e.fix_event_id DESC LIMIT %s",
        (repository_id, category, tool, limit),
    )


async def refused_for(
    connection: Connection, repository_id: int, fingerprints: Sequence[str], weight: float, limit: int
) -> tuple[RefusedRow, ...]:
    """A repository's fixes for any of these fingerprints that were rejected with at least that weight, newest first."""
    async with connection.cursor(row_factory=class_row(RefusedRow)) as cursor:
        await cursor.execute(
            "SELECT s.fix_id, s.diff, e.actor FROM suggested_fixes s JOIN fix_events e USING (fix_id) "
            "WHERE s.repository_id = %s AND s.state = 'rejected' AND e.to_state = 'rejected' "
            "AND e.learning_weight >= %s AND EXISTS (SELECT FROM fix_failures l JOIN workflow_failures f "
            "USING (failure_id) WHERE l.fix_id = s.fix_id AND f.fingerprint = ANY(%s)) "
            "ORDER BY s.fix_id DESC LIMIT %s",
            (repository_id, weight, list(fingerprints), limit),
        )
        return tuple(await cursor.fetchall())


async def _rows(connection: Connection, query: str, values: tuple[int | str | None, ...]) -> tuple[FeedbackRow, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        return tuple([_row(found) async for found in cursor])


def _row(found: DictRow) -> FeedbackRow:
    kind = EventKind(found["kind"])
    form: type[Decided | Edited] = Edited if kind is EventKind.EDIT else Decided
    details = None if found["details"] is None else msgspec.json.decode(found["details"], type=form)
    return FeedbackRow(**{**found, "kind": kind, "details": details})
