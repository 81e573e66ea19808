"""Fixes as people look for them: pages newest first within the repositories that one may read.

As with failures, each repository gives keys from an index, and only what is shown is read. What a fix is of (category)
stands with its links to failures; what is thought of these (verdict) changes and is looked up a key at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.ids import FixId

_FILTERS: Mapping[str, str] = {
    "state": "x.state = %(state)s",
    "branch": "x.head_branch = %(branch)s",
    "since": "x.created_at >= %(since)s",
    "until": "x.created_at < %(until)s",
}
_OF_CATEGORY: Mapping[str, str] = {
    "since": "l.proposed_at >= %(since)s",
    "until": "l.proposed_at < %(until)s",
}


@dataclass(frozen=True, slots=True)
class FixFilter:
    """Which fixes; None does not ask. `since` is within, `until` is not."""

    state: str | None = None
    category: str | None = None
    branch: str | None = None
    verdict: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_indexed(self) -> bool:
        """Whether an index answers it alone; else keys are looked at one by one."""
        return self.verdict is None and (self.category is None or (self.state is None and self.branch is None))


@dataclass(frozen=True, slots=True)
class FixKey:
    """A fix's place in the order of lists: by time, then by id."""

    created_at: datetime
    fix_id: FixId


async def fix_keys(
    connection: Connection,
    repository_ids: Sequence[int],
    wanted: FixFilter,
    limit: int,
    before: FixKey | None = None,
) -> tuple[FixKey, ...]:
    """The newest `limit` fixes of those repositories before a place in the order, newest first.

    Where the filter is not indexed, its rest is asked of the keys with `matching`.
    """
    table, at, conditions = _source(wanted)
    after = "" if before is None else f"AND ({at}, fix_id) < (%(created_at)s, %(fix_id)s)"
    async with connection.cursor(row_factory=class_row(FixKey)) as cursor:
        await cursor.execute(
            f"""
            SELECT k.created_at, k.fix_id FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
            CROSS JOIN LATERAL (
                SELECT DISTINCT {at} AS created_at, fix_id FROM {table}
                WHERE repository_id = wanted.repository_id {conditions} {after}
                ORDER BY {at} DESC, fix_id DESC LIMIT %(limit)s
            ) k
            ORDER BY k.created_at DESC, k.fix_id DESC LIMIT %(limit)s
            """.encode(),
            {
                **_values(wanted),
                "ids": list(repository_ids),
                "limit": limit,
                "created_at": None if before is None else before.created_at,
                "fix_id": None if before is None else before.fix_id,
            },
        )
        return tuple(await cursor.fetchall())


async def matching(connection: Connection, fix_ids: Sequence[int], wanted: FixFilter) -> frozenset[int]:
    """Those of the fixes that the filter is for, all of it looked at."""
    verdict = (
        ""
        if wanted.verdict is None
        else "AND EXISTS (SELECT FROM fix_failures l JOIN workflow_failures f USING (failure_id) "
        "WHERE l.fix_id = x.fix_id AND f.verdict = %(verdict)s)"
    )
    cursor = await connection.execute(
        "SELECT x.fix_id FROM suggested_fixes x WHERE x.fix_id = ANY(%(ids)s) "
        f"{_where(_FILTERS, wanted)} {verdict}".encode(),
        {**_values(wanted), "ids": list(fix_ids)},
    )
    return frozenset(int(row[0]) for row in await cursor.fetchall())


async def count(connection: Connection, repository_ids: Sequence[int], wanted: FixFilter, most: int) -> int:
    """How many fixes of those repositories an indexed filter is for, counted up to `most`.

    Raises ValueError for a filter that is not indexed: its rows would be looked at one by one.
    """
    if not wanted.is_indexed:
        raise ValueError("only what an index answers alone is counted")
    table, at, conditions = _source(wanted)
    cursor = await connection.execute(
        f"""
        SELECT count(*) FROM (
            SELECT FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
            CROSS JOIN LATERAL (
                SELECT DISTINCT {at}, fix_id FROM {table} WHERE repository_id = wanted.repository_id {conditions}
                LIMIT %(most)s
            ) k
            LIMIT %(most)s
        ) counted
        """.encode(),
        {**_values(wanted), "ids": list(repository_ids), "most": most},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


def _source(wanted: FixFilter) -> tuple[str, str, str]:
    """The table that keys come from, its column of time, and what of the filter it answers."""
    if wanted.category is None:
        return "suggested_fixes x", "created_at", _where(_FILTERS, wanted)
    return "fix_failures l", "proposed_at", " AND l.category = %(category)s" + _where(_OF_CATEGORY, wanted)


def _where(filters: Mapping[str, str], wanted: FixFilter) -> str:
    return "".join(f" AND {sql}" for name, sql in filters.items() if getattr(wanted, name) is not None)


def _values(wanted: FixFilter) -> dict[str, str | datetime | None]:
    return {name: getattr(wanted, name) for name in ("state", "category", "branch", "verdict", "since", "until")}


async def waiting_by_repository(connection: Connection, repository_ids: Sequence[int]) -> Mapping[int, int]:
    """How many fixes wait for a decision in each of those repositories where any do."""
    cursor = await connection.execute(
        "SELECT repository_id, count(*) FROM suggested_fixes "
        "WHERE repository_id = ANY(%s) AND state = 'proposed' GROUP BY repository_id",
        (list(repository_ids),),
    )
    return {int(row[0]): int(row[1]) for row in await cursor.fetchall()}
