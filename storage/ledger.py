"""The ledger: everything that ever happened to a fix, in order, each happening once; the database lets none be changed.

Some events change the fix's state (`to_state`), and replayed in order these give the state that it has now; the others
add what is known of it. `learning_weight`, 0 to 1, says how much is learned from one (`learning/weights.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct
from psycopg.rows import DictRow, dict_row

from storage.database import Connection
from storage.ids import FixId
from storage.text import storable, storable_json


class EventKind(StrEnum):
    """What an event tells of."""

    PROPOSAL = "proposal"
    STATE = "state"
    """A change of state that is none of the others: begun to be applied, superseded, expired."""
    DECISION = "decision"
    EDIT = "edit"
    """A person made something else of it, by the API or with a commit of their own."""
    APPLICATION = "application"
    """Delivered, or tried in vain."""
    CI_VERDICT = "ci_verdict"
    REVERT = "revert"
    REACTION = "reaction"


class Decided(Struct, frozen=True, omit_defaults=True):
    """By which surface and right; `reason_kind` is the class of a rejection's reason, whose words are the event's.

    `human_approvals` holds the binding record.
    """

    channel: str
    role: str
    reviewer_id: int | None = None
    reason_kind: str | None = None


class Edited(Struct, frozen=True, omit_defaults=True):
    """What a person made of a fix.

    `original` and `edited` name the two fixes, and `difference` is the diff from the one to the other's files, cut.
    Where it was seen on GitHub, `commit` is the person's own, and `same_files` whether it touches the fix's files.
    """

    original: int | None = None
    edited: int | None = None
    difference: str = ""
    commit: str | None = None
    same_files: bool | None = None


class Applied(Struct, frozen=True, omit_defaults=True):
    """How a fix was delivered (`Delivery`), and what was made."""

    way: str | None = None
    commit: str | None = None
    pull_request_number: int | None = None


class Judged(Struct, frozen=True, omit_defaults=True):
    """The run that judged a fix's commit."""

    run_id: int
    run_attempt: int
    conclusion: str


class Reverted(Struct, frozen=True, omit_defaults=True):
    """The commit that took a fix back; None where its pull request was closed."""

    commit: str | None = None


class Reacted(Struct, frozen=True, omit_defaults=True):
    """A person's reaction (`+1`, `-1`) to a comment that spoke of the fix."""

    comment_id: int
    user_id: int
    content: str


Details = Decided | Edited | Applied | Judged | Reverted | Reacted
_DETAILS: Mapping[EventKind, type[Details]] = {
    EventKind.DECISION: Decided,
    EventKind.EDIT: Edited,
    EventKind.APPLICATION: Applied,
    EventKind.CI_VERDICT: Judged,
    EventKind.REVERT: Reverted,
    EventKind.REACTION: Reacted,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells beside the change of state.

    `ref` names the one act, run or reaction, so that it is told of once; None where the source cannot repeat.
    """

    weight: float = 0.0
    details: Details | None = None
    ref: str | None = None

    @property
    def details_json(self) -> str | None:
        """The details as they are stored."""
        return None if self.details is None else storable_json(msgspec.json.encode(self.details).decode())


NOTHING_MORE = Told()
_OF_PULL_REQUEST = """
FROM analyses a JOIN suggested_fixes x USING (run_id, run_attempt)
WHERE a.repository_id = %s AND a.pull_request_number = %s
"""


@dataclass(frozen=True, slots=True)
class FixEventRow:
    """One event; `from_state` is None for the proposal itself, `to_state` where no state was changed."""

    fix_event_id: int
    fix_id: FixId
    kind: EventKind
    from_state: str | None
    to_state: str | None
    actor: str
    reason: str
    learning_weight: float
    details: Details | None
    at: datetime


async def events_of(connection: Connection, fix_id: FixId) -> tuple[FixEventRow, ...]:
    """Everything that happened to a fix, in order."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "SELECT fix_event_id, fix_id, kind, from_state, to_state, actor, reason, learning_weight, "
            "details::text AS details, at FROM fix_events WHERE fix_id = %s ORDER BY fix_event_id",
            (fix_id,),
        )
        return tuple([_row(found) async for found in cursor])


async def add(
    connection: Connection, fix_id: FixId, kind: EventKind, *, actor: str, told: Told, reason: str = ""
) -> bool:
    """Write an event that changes no state; False where the same `ref` was written before, by whatever event."""
    cursor = await connection.execute(
        "INSERT INTO fix_events (fix_id, kind, actor, reason, learning_weight, details, source_ref) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (fix_id, kind.value, storable(actor), storable(reason), told.weight, told.details_json, told.ref),
    )
    return cursor.rowcount == 1


async def spoken_of(connection: Connection, repository_id: int, number: int) -> bool:
    """Whether the comment on a pull request has ever spoken of a fix."""
    cursor = await connection.execute(f"SELECT EXISTS (SELECT {_OF_PULL_REQUEST})", (repository_id, number))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def react(
    connection: Connection, repository_id: int, number: int, at: datetime, *, actor: str, told: Told
) -> bool:
    """Write a reaction to a pull request's comment, at the fix that it spoke of at that moment; False for a second.

    GitHub tells the moment in whole seconds.
    """
    cursor = await connection.execute(
        "INSERT INTO fix_events (fix_id, kind, actor, learning_weight, details, source_ref) "
        f"SELECT x.fix_id, 'reaction', %s, %s, %s, %s {_OF_PULL_REQUEST} "
        "AND date_trunc('second', x.created_at) <= %s ORDER BY x.fix_id DESC LIMIT 1 ON CONFLICT DO NOTHING",
        (storable(actor), told.weight, told.details_json, told.ref, repository_id, number, at),
    )
    return cursor.rowcount == 1


def last_change(events: tuple[FixEventRow, ...]) -> FixEventRow | None:
    """The event that brought the fix to its present state."""
    return next((event for event in reversed(events) if event.to_state is not None), None)


def _row(found: DictRow) -> FixEventRow:
    kind = EventKind(found["kind"])
    details = None
    if found["details"] is not None and kind in _DETAILS:
        details = msgspec.json.decode(found["details"], type=_DETAILS[kind])
    return FixEventRow(**{**found, "kind": kind, "details": details})
