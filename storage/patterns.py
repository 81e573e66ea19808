"""Failures of one fingerprint over the repositories that somebody may read: how often, since when, what mends them.

Kept a repository (migration 0015) and added up when they are asked for, so that nobody is told of a repository that he
may not read. Installations are never mixed: the same fingerprint in two of them is two patterns. Rows are as old as the
last fold, and say so in `computed_at`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from psycopg.rows import DictRow, dict_row

from storage.database import Connection
from storage.waits import median_of


class Trend(StrEnum):
    """Where a pattern is going, by days of UTC: the first of these that fits.

    new: first seen within the last seven days, today among them. Said first: what is new has nothing to rise from.
    resolved: not seen for fourteen days, though the workflow that showed it has passed since; a workflow that never ran
    again has resolved nothing. Two weeks: what fails on some days of the week, or in a workflow that runs weekly, has
    had its chance.
    rising: more sightings in the last seven days than chance explains, were all of these five weeks alike. Then
    `recent` would be binomial with one fifth of `recent + before`; it is rising where it is more than two standard
    deviations (0.4 of the root) above that. So two in a week after four weeks of none are, and twelve after forty not.
    recurring: all else.
    """

    NEW = "new"
    RISING = "rising"
    RECURRING = "recurring"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class PatternKey:
    """Where a page ended: the next one begins after it."""

    occurrences: int
    fingerprint: str
    installation_id: int


@dataclass(frozen=True, slots=True)
class PatternRow:
    """One fingerprint over some repositories of one installation.

    `recent` are the sightings of the last seven days, `before` of the 28 days before these. `green_since`: whether
    in each repository the workflow that showed it last has passed since. `greens` sightings had an end: the workflow
    passed on the same branch, after `green_mean_seconds` on average; the median is within a tenth, and None on pages.
    Of the fixes, each counts as its newest decisive event says; `best_fix_id` is the newest that CI found green.
    `computed_at` is the age of the oldest row that was added up.
    """

    installation_id: int
    fingerprint: str
    tool: str | None
    category: str
    message: str
    repositories: int
    occurrences: int
    first_seen: datetime
    last_seen: datetime
    recent: int
    before: int
    green_since: bool
    trend: Trend
    greens: int
    green_mean_seconds: float | None
    green_median_seconds: float | None
    fixes_proposed: int
    fixes_approved: int
    fixes_verified: int
    fixes_ineffective: int
    fixes_rejected: int
    fixes_undone: int
    best_fix_id: int | None
    computed_at: datetime

    @property
    def key(self) -> PatternKey:
        """Where a page that ends with this pattern goes on."""
        return PatternKey(self.occurrences, self.fingerprint, self.installation_id)


# In whole numbers: recent - total / 5 > 2 * sqrt(total * 1/5 * 4/5). tests/storage/trends.py says it a second time.
_TREND = """
CASE WHEN (min(p.first_seen) AT TIME ZONE 'UTC')::date > %(today)s::date - 7 THEN 'new'
     WHEN (max(p.last_seen) AT TIME ZONE 'UTC')::date <= %(today)s::date - 14 AND bool_and(p.green_since)
     THEN 'resolved'
     WHEN 4 * sum(p.recent) > sum(p.before)
          AND power(4 * sum(p.recent) - sum(p.before), 2) > 16 * sum(p.recent + p.before) THEN 'rising'
     ELSE 'recurring' END
"""
_AFTER = (
    "(sum(p.occurrences) < %(occurrences)s OR (sum(p.occurrences) = %(occurrences)s "
    "AND (p.fingerprint, r.installation_id) > (%(fingerprint)s, %(installation_id)s)))"
)
_SUMS = f"""
SELECT r.installation_id, p.fingerprint, f.tool, f.category, f.message, count(*) AS repositories,
       sum(p.occurrences)::bigint AS occurrences, min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen,
       sum(p.recent)::bigint AS recent, sum(p.before)::bigint AS before, bool_and(p.green_since) AS green_since,
       {_TREND} AS trend,
       sum(p.greens)::bigint AS greens, sum(p.green_seconds)::bigint AS green_seconds,
       sum(p.fixes_proposed)::bigint AS fixes_proposed, sum(p.fixes_approved)::bigint AS fixes_approved,
       sum(p.fixes_verified)::bigint AS fixes_verified, sum(p.fixes_ineffective)::bigint AS fixes_ineffective,
       sum(p.fixes_rejected)::bigint AS fixes_rejected, sum(p.fixes_undone)::bigint AS fixes_undone,
       max(p.best_fix_id) AS best_fix_id, min(p.computed_at) AS computed_at
FROM analytics_patterns p JOIN repositories r USING (repository_id) JOIN fingerprints f USING (fingerprint)
"""
# Where fingerprints are given, they find the rows: repository_id + 0 keeps the database from asking the index for each
# pair of the two, which takes longer.
_BY = "GROUP BY r.installation_id, p.fingerprint, f.tool, f.category, f.message"


async def patterns_page(
    connection: Connection,
    repository_ids: Sequence[int],
    limit: int,
    after: PatternKey | None = None,
    *,
    category: str | None = None,
    trend: Trend | None = None,
    since: datetime | None = None,
    today: date | None = None,
) -> tuple[PatternRow, ...]:
    """Patterns of those repositories, the most frequent first, after `after`.

    `since` leaves out what was not seen since then. `today` is the day (UTC) that trends are judged on.
    """
    having = [
        "true",
        *([_AFTER] if after else []),
        *(["max(p.last_seen) >= %(last)s"] if since else []),
        *([f"{_TREND} = %(trend)s"] if trend else []),
    ]
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""
            WITH ranked AS MATERIALIZED (
                SELECT r.installation_id, p.fingerprint, p.occurrences
                FROM (SELECT installation_id, array_agg(repository_id) AS ids FROM repositories
                      WHERE repository_id = ANY(%(ids)s) GROUP BY installation_id) AS r
                CROSS JOIN LATERAL (
                    SELECT p.fingerprint, sum(p.occurrences) AS occurrences FROM analytics_patterns p
                    WHERE p.repository_id = ANY(r.ids) {"AND p.category = %(category)s" if category else ""}
                    GROUP BY p.fingerprint HAVING {" AND ".join(having)}
                    ORDER BY occurrences DESC, p.fingerprint LIMIT %(limit)s
                ) AS p
                ORDER BY occurrences DESC, p.fingerprint, r.installation_id LIMIT %(limit)s
            )
            {_SUMS} JOIN ranked k ON k.fingerprint = p.fingerprint AND k.installation_id = r.installation_id
            WHERE p.repository_id + 0 = ANY(%(ids)s) {_BY} ORDER BY occurrences DESC, p.fingerprint, r.installation_id
            """.encode(),
            {
                "ids": list(repository_ids),
                "limit": limit,
                "occurrences": after.occurrences if after else None,
                "fingerprint": after.fingerprint if after else None,
                "installation_id": after.installation_id if after else None,
                "category": category,
                "trend": trend,
                "last": since,
                "today": today or datetime.now(UTC).date(),
            },
        )
        return tuple([_row(found) async for found in cursor])


async def pattern(
    connection: Connection, repository_ids: Sequence[int], fingerprint: str, today: date | None = None
) -> tuple[PatternRow, ...]:
    """The pattern of that fingerprint in those repositories, once an installation; nothing where none has seen it."""
    values = {
        "ids": list(repository_ids),
        "fingerprint": fingerprint,
        "today": today or datetime.now(UTC).date(),
    }
    where = "WHERE p.repository_id + 0 = ANY(%(ids)s) AND p.fingerprint = %(fingerprint)s"
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"SELECT r.installation_id, b.bucket::integer, sum(b.n)::bigint AS n FROM analytics_patterns p "
            f"JOIN repositories r USING (repository_id) "
            f"CROSS JOIN LATERAL unnest(p.green_buckets, p.green_counts) AS b (bucket, n) {where} "
            f"GROUP BY r.installation_id, b.bucket".encode(),
            values,
        )
        waits: dict[int, list[tuple[int, int, int]]] = {}
        for found in await cursor.fetchall():
            waits.setdefault(found["installation_id"], []).append((found["bucket"], found["n"], 0))
        await cursor.execute(f"{_SUMS} {where} {_BY} ORDER BY r.installation_id".encode(), values)
        return tuple([_row(found, median_of(waits.get(found["installation_id"], []))) async for found in cursor])


def _row(found: DictRow, median: float | None = None) -> PatternRow:
    seconds = found.pop("green_seconds")
    return PatternRow(
        **{
            **found,
            "trend": Trend(found["trend"]),
            "green_mean_seconds": seconds / found["greens"] if found["greens"] else None,
            "green_median_seconds": median,
        }
    )
