"""The stretches of a repository's history that were read on an operator's word, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from storage.database import Connection

_COLUMNS = (
    "backfill_id, repository_id, since, until, reached, window_last, page, page_size, runs, attempts, failures, "
    "logs_missing, finished_at"
)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BackfillRow:
    """One stretch, from `since` to `until`, both within it. All runs created before `reached` are stored.

    `window_last`, `page` and `page_size` are set while a list of runs from `reached` to `window_last` is paged through:
    that page is the next. `runs`, `attempts`, `failures` and `logs_missing` are what was seen so far; `failures` are
    attempts that were read.
    """

    backfill_id: int
    repository_id: int
    since: datetime
    until: datetime
    reached: datetime
    window_last: datetime | None
    page: int | None
    page_size: int | None
    runs: int
    attempts: int
    failures: int
    logs_missing: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """An attempt that is stored to its end; `analysed` where somebody has read it or is about to."""

    run_id: int
    run_attempt: int
    conclusion: str | None
    analysed: bool


async def stretches(connection: Connection, repository_id: int) -> tuple[BackfillRow, ...]:
    """All stretches of a repository, the oldest time first."""
    async with connection.cursor(row_factory=class_row(BackfillRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM backfills WHERE repository_id = %s ORDER BY since", (repository_id,)
        )
        return tuple(await cursor.fetchall())


async def begin(connection: Connection, repository_id: int, since: datetime, until: datetime) -> BackfillRow:
    """A new stretch, of which nothing is done."""
    async with connection.cursor(row_factory=class_row(BackfillRow)) as cursor:
        await cursor.execute(
            "INSERT INTO backfills (repository_id, since, until, reached) VALUES (%s, %s, %s, %s) "
            f"RETURNING {_COLUMNS}",
            (repository_id, since, until, since),
        )
        made = await cursor.fetchone()
    if made is None:
        raise LookupError(f"the backfill of repository {repository_id} was deleted while it was begun")
    return made


async def open_window(
    connection: Connection, backfill_id: int, last: datetime, page: int, page_size: int
) -> BackfillRow | None:
    """Begin to page through the runs from `reached` to `last`, at `page`; page 0 is a window without any."""
    if page == 0:
        return await _passed(connection, backfill_id, last)
    async with connection.cursor(row_factory=class_row(BackfillRow)) as cursor:
        await cursor.execute(
            "UPDATE backfills SET window_last = %s, page = %s, page_size = %s "
            f"WHERE backfill_id = %s RETURNING {_COLUMNS}",
            (last, page, page_size, backfill_id),
        )
        return await cursor.fetchone()


async def page_done(connection: Connection, row: BackfillRow, *, runs: int, attempts: int) -> BackfillRow | None:
    """Count a page's runs and go on to the page before it; behind the first one the window is passed."""
    await connection.execute(
        "UPDATE backfills SET page = greatest(page - 1, 1), runs = runs + %s, attempts = attempts + %s "
        "WHERE backfill_id = %s",
        (runs, attempts, row.backfill_id),
    )
    if row.page == 1 and row.window_last is not None:
        return await _passed(connection, row.backfill_id, row.window_last)
    return await _stretch(connection, row.backfill_id)


async def count(connection: Connection, backfill_id: int, *, failures: int, logs_missing: int) -> None:
    """Count what an attempt was found to be. Call it in the transaction that stores the attempt's failures."""
    await connection.execute(
        "UPDATE backfills SET failures = failures + %s, logs_missing = logs_missing + %s WHERE backfill_id = %s",
        (failures, logs_missing, backfill_id),
    )


async def known_attempts(connection: Connection, run_ids: Sequence[int]) -> tuple[KnownAttempt, ...]:
    """The attempts of those runs that are stored to their end."""
    async with connection.cursor(row_factory=class_row(KnownAttempt)) as cursor:
        await cursor.execute(
            "SELECT r.run_id, r.run_attempt, r.conclusion, a.run_id IS NOT NULL AS analysed "
            "FROM workflow_runs r LEFT JOIN analyses a ON a.run_id = r.run_id AND a.run_attempt = r.run_attempt "
            "WHERE r.run_id = ANY(%s) AND r.status = 'completed'",
            (list(run_ids),),
        )
        return tuple(await cursor.fetchall())


async def _passed(connection: Connection, backfill_id: int, last: datetime) -> BackfillRow | None:
    """Everything up to `last` is done."""
    async with connection.cursor(row_factory=class_row(BackfillRow)) as cursor:
        await cursor.execute(
            "UPDATE backfills SET window_last = NULL, page = NULL, page_size = NULL, reached = %(next)s, "
            "finished_at = CASE WHEN %(next)s::timestamptz > until THEN now() END "
            f"WHERE backfill_id = %(id)s RETURNING {_COLUMNS}",
            {"next": last + _SECOND, "id": backfill_id},
        )
        return await cursor.fetchone()


async def _stretch(connection: Connection, backfill_id: int) -> BackfillRow | None:
    async with connection.cursor(row_factory=class_row(BackfillRow)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM backfills WHERE backfill_id = %s", (backfill_id,))
        return await cursor.fetchone()
