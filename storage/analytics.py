"""How many runs, failures and fixes: sums over the repositories that somebody may read.

Counts are exact at every moment: what is folded into days, and what still waits to be (migration 0015). Days are in UTC
and both ends of a span belong to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

from psycopg.rows import DictRow, class_row, dict_row

from storage.database import Connection
from storage.waits import Bucket, TimeToGreen, waited, waits_of, whole_months

CATEGORIES = (
    "test", "compile", "type_check", "lint", "format", "dependency", "docker", "config", "permission", "timeout",
    "resource", "network", "infrastructure", "deploy", "unknown",
)  # fmt: skip
"""As analysis.diagnosis.Category; a test holds the two together."""
VERDICTS = ("yours", "base", "flaky", "infrastructure", "unknown")


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many fixes reached each state in a span, each once a state; not what became of those proposed in it."""

    proposed: int
    approved: int
    offered: int
    applied: int
    verified: int
    ineffective: int
    rejected: int
    superseded: int
    expired: int
    failed: int
    undone: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The totals of a span. `runs` are completed attempts; those that were cancelled, skipped or the like neither
    passed nor failed, so that a failure rate is `runs_failed` of `runs_passed + runs_failed`.
    """

    runs: int
    runs_passed: int
    runs_failed: int
    failures: int
    by_category: Mapping[str, int]
    by_verdict: Mapping[str, int]
    fixes: Funnel


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a trend; see `Overview`."""

    day: date
    runs: int
    runs_passed: int
    runs_failed: int
    failures: int
    fixes: Funnel


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of the fixes of one kind and category that were proposed in a span.

    `kind` is the source without the model: `recipe:NAME` or `engine:NAME`. The last four are the newest decisive event
    of each fix, so that they and the fixes that still wait, or that were superseded or expired, add up to `proposed`.
    """

    kind: str
    category: str
    proposed: int
    approved: int
    verified: int
    ineffective: int
    rejected: int
    undone: int


@dataclass(frozen=True, slots=True)
class RepositorySummary:
    """The totals of one repository in a span, and the fingerprints that were seen there most, over all time."""

    repository_id: int
    owner: str
    name: str
    runs: int
    runs_passed: int
    runs_failed: int
    failures: int
    time_to_green: TimeToGreen
    top_fingerprints: tuple[str, ...]


_STATES = tuple(field.name for field in fields(Funnel))
_RUNS = ("runs_passed", "runs_failed", "runs_other")
_BY_CATEGORY = tuple(f"category_{category}" for category in CATEGORIES)
_BY_VERDICT = tuple(f"verdict_{verdict}" for verdict in VERDICTS)
_BY_STATE = tuple(f"fixes_{state}" for state in _STATES)


async def overview(connection: Connection, repository_ids: Sequence[int], since: date, until: date) -> Overview:
    """The totals of those repositories from the day `since` to the day `until`."""
    measures = (*_RUNS, "failures", *_BY_CATEGORY, *_BY_VERDICT, *_BY_STATE)
    found = await _counts(connection, measures, "", repository_ids, since, until)
    row = found[0] if found else dict.fromkeys(measures, 0)
    return Overview(
        runs=sum(row[measure] for measure in _RUNS),
        runs_passed=row["runs_passed"],
        runs_failed=row["runs_failed"],
        failures=row["failures"],
        by_category={category: row[f"category_{category}"] for category in CATEGORIES},
        by_verdict={verdict: row[f"verdict_{verdict}"] for verdict in VERDICTS},
        fixes=_funnel(row),
    )


async def daily(connection: Connection, repository_ids: Sequence[int], since: date, until: date) -> tuple[Day, ...]:
    """One row a day from `since` to `until`, those without anything too."""
    measures = (*_RUNS, "failures", *_BY_STATE)
    found = await _counts(connection, measures, "day", repository_ids, since, until)
    by_day = {row["day"]: row for row in found}
    none = dict.fromkeys(measures, 0)
    return tuple(_day(day, by_day.get(day, none)) for day in _days(since, until))


async def effectiveness(
    connection: Connection, repository_ids: Sequence[int], since: date, until: date
) -> tuple[Effect, ...]:
    """Each kind of fix and category with what became of the fixes proposed in the span, the most frequent first."""
    async with connection.cursor(row_factory=class_row(Effect)) as cursor:
        await cursor.execute(
            """
            SELECT split_part(cell, E'\n', 1) AS kind, split_part(cell, E'\n', 2) AS category,
                   sum(n)::bigint AS proposed,
                   coalesce(sum(n) FILTER (WHERE split_part(cell, E'\n', 3) = '1'), 0)::bigint AS approved,
                   coalesce(sum(n) FILTER (WHERE split_part(cell, E'\n', 4) = 'verified'), 0)::bigint AS verified,
                   coalesce(sum(n) FILTER (WHERE split_part(cell, E'\n', 4) = 'ineffective'), 0)::bigint AS ineffective,
                   coalesce(sum(n) FILTER (WHERE split_part(cell, E'\n', 4) = 'rejected'), 0)::bigint AS rejected,
                   coalesce(sum(n) FILTER (WHERE split_part(cell, E'\n', 4) = 'undone'), 0)::bigint AS undone
            FROM (SELECT cell, count(*) AS n FROM analytics_fixes
                  WHERE repository_id = ANY(%s) AND day BETWEEN %s AND %s GROUP BY cell) AS cells
            GROUP BY 1, 2 ORDER BY proposed DESC, kind, category
            """,
            (list(repository_ids), since, until),
        )
        return tuple(await cursor.fetchall())


async def repository_summary(
    connection: Connection, repository_ids: Sequence[int], since: date, until: date, most_fingerprints: int = 5
) -> tuple[RepositorySummary, ...]:
    """Each of those repositories, by owner and name."""
    measures = (*_RUNS, "failures")
    counts = {
        row["repository_id"]: row
        for row in await _counts(connection, measures, "repository_id", repository_ids, since, until)
    }
    waits = await waits_of(connection, repository_ids, since, until, by_repository=True)
    none = dict.fromkeys(measures, 0)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "SELECT r.repository_id, r.owner, r.name, ARRAY("
            "SELECT p.fingerprint FROM analytics_patterns p WHERE p.repository_id = r.repository_id "
            "ORDER BY p.occurrences DESC, p.fingerprint LIMIT %s) AS top "
            "FROM repositories r WHERE r.repository_id = ANY(%s) ORDER BY lower(r.owner), lower(r.name)",
            (most_fingerprints, list(repository_ids)),
        )
        found = await cursor.fetchall()
    return tuple(
        _summary(row, counts.get(row["repository_id"], none), waits.get(row["repository_id"], [])) for row in found
    )


async def fold(connection: Connection, today: date | None = None) -> bool:
    """Take what waits into the days, and compute anew the patterns that it changed; False where another does it now.

    Call it now and then. Twice is once; without it counts stay right and become slow, and patterns stay as they were.
    """
    cursor = await connection.execute("SELECT analytics_fold(%s)", (today or datetime.now(UTC).date(),))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _counts(
    connection: Connection, measures: Sequence[str], by: str, repository_ids: Sequence[int], since: date, until: date
) -> list[DictRow]:
    """Sums of those columns in the span, by `day`, by `repository_id` or over all."""
    sums = ", ".join(f"sum({measure})::bigint AS {measure}" for measure in measures)
    waiting = ", ".join(f"CASE measure WHEN '{measure}' THEN n ELSE 0 END" for measure in measures)
    key = f"{by}, " if by else ""
    grouped = f"GROUP BY {by}" if by else "HAVING count(*) > 0"
    columns = f"SELECT {key}{', '.join(measures)}"
    here = "WHERE repository_id = ANY(%(ids)s)"
    # Months cannot be told apart by day; then no month is whole.
    first, after = (since, since) if by == "day" else whole_months(since, until)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"SELECT {key}{sums} FROM ("
            f"{columns} FROM analytics_months {here} AND day >= %(first)s AND day < %(after)s "
            f"UNION ALL {columns} FROM analytics_days {here} AND day >= %(since)s AND day < %(first)s "
            f"UNION ALL {columns} FROM analytics_days {here} AND day >= %(after)s AND day <= %(until)s "
            f"UNION ALL SELECT {key}{waiting} FROM analytics_deltas {here} AND day BETWEEN %(since)s AND %(until)s"
            f") AS counted {grouped}".encode(),
            {"ids": list(repository_ids), "since": since, "first": first, "after": after, "until": until},
        )
        return await cursor.fetchall()


def _summary(row: DictRow, counts: DictRow, waits: Sequence[Bucket]) -> RepositorySummary:
    return RepositorySummary(
        repository_id=row["repository_id"],
        owner=row["owner"],
        name=row["name"],
        runs=sum(counts[measure] for measure in _RUNS),
        runs_passed=counts["runs_passed"],
        runs_failed=counts["runs_failed"],
        failures=counts["failures"],
        time_to_green=waited(waits),
        top_fingerprints=tuple(row["top"]),
    )


def _day(day: date, row: DictRow) -> Day:
    return Day(
        day=day,
        runs=sum(row[measure] for measure in _RUNS),
        runs_passed=row["runs_passed"],
        runs_failed=row["runs_failed"],
        failures=row["failures"],
        fixes=_funnel(row),
    )


def _funnel(row: DictRow) -> Funnel:
    return Funnel(**{state: row[f"fixes_{state}"] for state in _STATES})


def _days(since: date, until: date) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(since.toordinal(), until.toordinal() + 1))
