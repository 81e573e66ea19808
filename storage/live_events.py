"""What happens, as rows that are read once and in order: written by triggers in the transaction of what happened.

Numbers of rows are given out before they commit, so that a higher one may be visible before a lower one. A reader
therefore goes by transactions, and only up to the oldest that still runs: what is before that cannot change any more
(https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT). A long transaction that writes,
anywhere on the server, holds all news back as long as it lasts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import dict_row

from storage.database import Connection, Database
from storage.repositories import RepositoryRow
from storage.text import storable

KEPT = timedelta(days=1)
"""Who was away for longer reads the lists anew."""
_PURGED_AT_ONCE = 1000


class Place(NamedTuple):
    """How far somebody has read: everything of earlier transactions, and of this one up to that event."""

    transaction_id: int
    live_event_id: int


@dataclass(frozen=True, slots=True)
class LiveEventRow:
    """Something that happened in a repository; `state` is the state that was reached, or GitHub's event."""

    place: Place
    repository: RepositoryRow
    kind: str
    state: str
    at: datetime
    run_id: int | None
    run_attempt: int | None
    failure_id: int | None
    fix_id: int | None
    plan_run_id: str | None
    step: int | None
    clarification_id: str | None


@dataclass(frozen=True, slots=True)
class News:
    """Rows in their order, and how far they reach.

    `more` where the page was full; `held` where more is there that a running transaction holds back.
    """

    rows: tuple[LiveEventRow, ...]
    place: Place
    more: bool
    held: bool


async def add(connection: Connection, repository_id: int, kind: str, state: str) -> None:
    """Tell something that no table shows."""
    await connection.execute(
        "INSERT INTO live_events (kind, repository_id, state) VALUES (%s, %s, %s)",
        (kind, repository_id, storable(state)),
    )


async def silence(connection: Connection) -> None:
    """Tell nothing of the rest of this transaction, which brings in what happened long ago."""
    await connection.execute("SELECT set_config('ci_fixer.live', 'off', true)")


async def now(connection: Connection) -> Place:
    """The place from which on everything is still to come, or to be committed."""
    cursor = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    found = await cursor.fetchone()
    return Place(0 if found is None else int(found[0]), 0)


async def next_transaction(connection: Connection) -> int:
    """The number that the next transaction gets at the least: a place beyond it is of another database."""
    cursor = await connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    found = await cursor.fetchone()
    return 0 if found is None else int(found[0])


async def after(connection: Connection, place: Place, limit: int) -> News:
    """What happened after a place, at most `limit` rows, of repositories that are there."""
    settled = await now(connection)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            # OFFSET 0: each repository is looked up by its key, whatever the planner believes of the size of a page.
            "SELECT e.*, r.* FROM live_events e LEFT JOIN LATERAL (SELECT installation_id, owner, name, "
            "default_branch, removed_at FROM repositories WHERE repository_id = e.repository_id OFFSET 0) r ON true "
            "WHERE (e.transaction_id, e.live_event_id) > (%s, %s) "
            "ORDER BY e.transaction_id, e.live_event_id LIMIT %s",
            (place.transaction_id, place.live_event_id, limit),
        )
        found = await cursor.fetchall()
    before = [one for one in found if one["transaction_id"] < settled.transaction_id]
    reached, full = max(place, settled), len(before) == limit
    if full:
        reached = Place(before[-1]["transaction_id"], before[-1]["live_event_id"])
    rows = tuple(_row(one) for one in before if one["owner"] is not None and one["removed_at"] is None)
    return News(rows, reached, full, held=len(before) < len(found))


async def purge(connection: Connection, before: datetime) -> int:
    """Delete what happened before, a thousand at a time; gives how much."""
    deleted = 0
    while True:
        cursor = await connection.execute(
            "DELETE FROM live_events WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM live_events WHERE at < %s ORDER BY at LIMIT %s))",
            (before, _PURGED_AT_ONCE),
        )
        deleted += cursor.rowcount
        if cursor.rowcount < _PURGED_AT_ONCE:
            return deleted


class Listener:
    """A connection of its own that hears of news. Made by `listening`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def wait(self, seconds: float) -> bool:
        """Wait for news at most so long; whether any were told. Behind a pooler of transactions none ever are."""
        async for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            return True
        return False


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[Listener]:
    """A listener, from now on. Raises DatabaseUnavailable."""
    async with database.apart() as connection:
        await connection.execute("LISTEN live_events")
        yield Listener(connection)


def _row(found: dict[str, object]) -> LiveEventRow:
    kept = {name: found[name] for name in LiveEventRow.__dataclass_fields__ if name not in ("place", "repository")}
    of_repository = {name: found[name] for name in RepositoryRow.__dataclass_fields__ if name in found}
    place = Place(found["transaction_id"], found["live_event_id"])  # type: ignore[arg-type]  # bigint both
    return LiveEventRow(place=place, repository=RepositoryRow(**of_repository), **kept)  # type: ignore[arg-type]  # as selected
