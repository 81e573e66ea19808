"""How long failed attempts waited until green, over the repositories that somebody may read; as old as the last fold.

Days are in UTC and both ends of a span belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg.rows import DictRow, dict_row

from storage.database import Connection


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
    found = await waits_of(connection, "", repository_ids, since, until)
    return waited([(row["bucket"], row["n"], row["seconds"]) for row in found])


def waited(buckets: Sequence[tuple[int, int, int]]) -> TimeToGreen:
    """Mean and median of such rows: the fourth of a power of two, how many waited so long, and their seconds."""
    n = sum(count for _, count, _ in buckets)
    if n == 0:
        return TimeToGreen(0, None, None)
    return TimeToGreen(n, sum(seconds for _, _, seconds in buckets) / n, median_of(buckets))


def median_of(buckets: Sequence[tuple[int, int, int]]) -> float | None:
    """The middle of the bucket that holds the median, so within a tenth of it; None for no buckets."""
    half = sum(count for _, count, _ in buckets) / 2
    passed = 0
    for bucket, count, _ in sorted(buckets):
        passed += count
        if passed >= half:
            return float(2 ** ((bucket + 0.5) / 4))
    return None


async def waits_of(
    connection: Connection, key: str, repository_ids: Sequence[int], since: date, until: date
) -> list[DictRow]:
    """How many waited so long: whole months are counted already, and the days before and after them are few."""
    first, after = whole_months(since, until)
    days = (
        f"SELECT {key} bucket, count(*) AS n, sum(seconds) AS seconds FROM analytics_greens "
        f"WHERE repository_id = ANY(%(ids)s) AND day >= {{}} AND day < {{}} GROUP BY {key} bucket"
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"SELECT {key} bucket::integer, sum(n)::bigint AS n, sum(seconds)::bigint AS seconds FROM ("
            f"SELECT {key} bucket, sum(n) AS n, sum(seconds::float8) AS seconds FROM analytics_green_months "
            "WHERE repository_id = ANY(%(ids)s) AND month >= %(first)s AND month < %(after)s "
            f"GROUP BY {key} bucket "
            f"UNION ALL {days.format('%(since)s', '%(first)s')} UNION ALL {days.format('%(after)s', '%(end)s')}"
            f") AS waits GROUP BY {key} bucket".encode(),
            {
                "ids": list(repository_ids),
                "since": since,
                "first": first,
                "after": after,
                "end": until + timedelta(days=1),
            },
        )
        return await cursor.fetchall()


def whole_months(since: date, until: date) -> tuple[date, date]:
    """The first day of the first month that lies in the span, and the day after the last; `since` twice for none."""
    first = since if since.day == 1 else _next_month(since)
    after = (until + timedelta(days=1)).replace(day=1)
    return (first, after) if first < after else (since, since)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
