"""How long failed attempts waited until green, over the repositories that somebody may read; as old as the last fold.

Days are in UTC and both ends of a span belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from storage.database import Connection

Bucket = tuple[int, int, int]
"""The fourth of a power of two, how many waited so long, and their seconds together."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeToGreen:
    """How long failed attempts waited for their workflow to pass on the same branch, from start to start.

    `n` attempts had an end to it; None where there are none. The mean is exact, the median within a tenth.
    """

    n: int
    mean_seconds: float | None
    median_seconds: float | None


async def time_to_green(connection: Connection, repository_ids: Sequence[int], since: date, until: date) -> TimeToGreen:
    """Of the attempts of those repositories that began in the span and failed."""
    found = await waits_of(connection, repository_ids, since, until, by_repository=False)
    return waited(found.get(0, []))


def waited(buckets: Sequence[Bucket]) -> TimeToGreen:
    """Mean and median of those in such buckets."""
    n = sum(count for _, count, _ in buckets)
    if n == 0:
        return TimeToGreen(0, None, None)
    return TimeToGreen(n, sum(seconds for _, _, seconds in buckets) / n, median_of(buckets))


def median_of(buckets: Sequence[Bucket]) -> float | None:
    """The middle of the bucket that holds the median, so within a tenth of it; None for no buckets."""
    half = sum(count for _, count, _ in buckets) / 2
    passed = 0
    for bucket, count, _ in sorted(buckets):
        passed += count
        if passed >= half:
            return float(2 ** ((bucket + 0.5) / 4))
    return None


async def waits_of(
    connection: Connection, repository_ids: Sequence[int], since: date, until: date, *, by_repository: bool
) -> dict[int, list[Bucket]]:
    """How many waited how long, of each repository or of all of them together, under 0.

    Whole months are counted already, and the days before and after them are few.
    """
    key = "repository_id" if by_repository else "0"
    first, after = whole_months(since, until)
    days = (
        f"SELECT {key} AS key, bucket, count(*) AS n, sum(seconds) AS seconds FROM analytics_greens "
        "WHERE repository_id = ANY(%(ids)s) AND day >= {} AND day < {} GROUP BY 1, 2"
    )
    values = {"ids": list(repository_ids), "since": since, "first": first, "after": after, "end": until + _DAY}
    cursor = await connection.execute(
        "SELECT key, bucket::integer, sum(n)::bigint, sum(seconds)::bigint FROM ("
        f"SELECT {key} AS key, bucket, sum(n) AS n, sum(seconds::float8) AS seconds FROM analytics_green_months "
        "WHERE repository_id = ANY(%(ids)s) AND month >= %(first)s AND month < %(after)s GROUP BY 1, 2 "
        f"UNION ALL {days.format('%(since)s', '%(first)s')} UNION ALL {days.format('%(after)s', '%(end)s')}"
        ") AS waits GROUP BY 1, 2".encode(),
        values,
    )
    found: dict[int, list[Bucket]] = {}
    for repository_id, bucket, n, seconds in await cursor.fetchall():
        found.setdefault(repository_id, []).append((bucket, n, seconds))
    return found


def whole_months(since: date, until: date) -> tuple[date, date]:
    """The first day of the first month that lies in the span, and the day after the last; `since` twice for none."""
    first = since if since.day == 1 else _next_month(since)
    after = (until + _DAY).replace(day=1)
    return (first, after) if first < after else (since, since)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
