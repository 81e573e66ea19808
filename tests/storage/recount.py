"""The analytics as plain Python tells them from all rows: slow and obvious, for the fast ones to be held to."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from learning.kinds import kind_of
from storage.analytics import CATEGORIES, VERDICTS, Day, Effect, Funnel, Overview
from storage.database import Connection
from storage.patterns import PatternRow
from tests.storage.trends import trend_of

Row = Mapping[str, Any]
PASSED = {"success"}
FAILED = {"failure", "timed_out", "startup_failure"}
DECISIVE = ("verified", "ineffective", "rejected", "undone")


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything there is."""

    installations: Mapping[int, int]
    fingerprints: Mapping[str, Row]
    runs: Sequence[Row]
    failures: Sequence[Row]
    fixes: Mapping[int, Row]
    mended: Mapping[int, frozenset[int]]
    events: Sequence[Row]

    def run_of(self, failure: Row) -> Row:
        return next(run for run in self.runs if same_attempt(run, failure))


def same_attempt(one: Row, other: Row) -> bool:
    return (one["run_id"], one["run_attempt"]) == (other["run_id"], other["run_attempt"])


async def rows_of(connection: Connection) -> Rows:
    async def all_of(table: str, order: LiteralString) -> list[Row]:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(SQL("SELECT * FROM {} ORDER BY {}").format(Identifier(table), SQL(order)))
            return [*await cursor.fetchall()]

    mended: dict[int, frozenset[int]] = {}
    for link in await all_of("fix_failures", "fix_id"):
        mended[link["fix_id"]] = mended.get(link["fix_id"], frozenset()) | {link["failure_id"]}
    return Rows(
        {row["repository_id"]: row["installation_id"] for row in await all_of("repositories", "repository_id")},
        {row["fingerprint"]: row for row in await all_of("fingerprints", "fingerprint")},
        await all_of("workflow_runs", "run_id, run_attempt"),
        await all_of("workflow_failures", "failure_id"),
        {row["fix_id"]: row for row in await all_of("suggested_fixes", "fix_id")},
        mended,
        await all_of("fix_events", "fix_event_id"),
    )


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def overview(rows: Rows, ids: Sequence[int], since: date, until: date) -> Overview:
    def within(day: date) -> bool:
        return since <= day <= until

    runs = [run for run in _here(rows.runs, ids) if run["status"] == "completed" and within(_run_day(run))]
    failures = [failure for failure in _here(rows.failures, ids) if within(day_of(failure["ran_at"]))]
    categories = Counter(_category(failure) for failure in failures)
    verdicts = Counter(failure["verdict"] for failure in failures)
    return Overview(
        runs=len(runs),
        runs_passed=sum(run["conclusion"] in PASSED for run in runs),
        runs_failed=sum(run["conclusion"] in FAILED for run in runs),
        failures=len(failures),
        by_category={category: categories[category] for category in CATEGORIES},
        by_verdict={verdict: verdicts[verdict] for verdict in VERDICTS},
        fixes=_funnel(rows, ids, within),
    )


def daily(rows: Rows, ids: Sequence[int], since: date, until: date) -> tuple[Day, ...]:
    found = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        total = overview(rows, ids, day, day)
        found.append(Day(day, total.runs, total.runs_passed, total.runs_failed, total.failures, total.fixes))
    return tuple(found)


def effectiveness(rows: Rows, ids: Sequence[int], since: date, until: date) -> tuple[Effect, ...]:
    cells: dict[tuple[str, str], list[int]] = {}
    for fix_id, fix in rows.fixes.items():
        events = [event for event in rows.events if event["fix_id"] == fix_id]
        if fix["repository_id"] in ids and since <= day_of(events[0]["at"]) <= until:
            cells.setdefault((kind_of(fix["source"]), _category_of_fix(rows, fix_id)), []).append(fix_id)
    effects = [
        Effect(kind, category, len(fixes), _approved(rows, fixes), *(_ended(rows, fixes, state) for state in DECISIVE))
        for (kind, category), fixes in cells.items()
    ]
    return tuple(sorted(effects, key=lambda effect: (-effect.proposed, effect.kind, effect.category)))


def waits(rows: Rows, ids: Sequence[int], since: date, until: date) -> list[int]:
    """Whole seconds of each failed attempt that began in the span and had an end to it."""
    found = [
        _wait(rows, run)
        for run in _here(rows.runs, ids)
        if run["run_started_at"] and since <= day_of(run["run_started_at"]) <= until
    ]
    return sorted(wait for wait in found if wait is not None)


def patterns(rows: Rows, ids: Sequence[int], today: date) -> list[PatternRow]:
    """In their order; the median is left out, and when it was computed is the beginning of time."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for failure in _here(rows.failures, ids):
        groups.setdefault((rows.installations[failure["repository_id"]], failure["fingerprint"]), []).append(failure)
    found = [_pattern(rows, *key, group, today) for key, group in groups.items()]
    return sorted(found, key=lambda row: (-row.occurrences, row.fingerprint, row.installation_id))


def _pattern(rows: Rows, installation_id: int, fingerprint: str, seen: list[Row], today: date) -> PatternRow:
    days = [day_of(failure["ran_at"]) for failure in seen]
    ages = [(today - day).days for day in days]
    recent, before = sum(age < 7 for age in ages), sum(7 <= age < 35 for age in ages)
    green = all(
        _green_since(rows, [one for one in seen if one["repository_id"] == repository])
        for repository in {failure["repository_id"] for failure in seen}
    )
    ended = [wait for failure in seen if (wait := _wait(rows, rows.run_of(failure))) is not None]
    ids = {failure["failure_id"] for failure in seen}
    fixes = [fix_id for fix_id, mended in rows.mended.items() if mended & ids]
    verified = [fix_id for fix_id in fixes if _outcome(rows, fix_id) == "verified"]
    return PatternRow(
        installation_id=installation_id,
        fingerprint=fingerprint,
        tool=rows.fingerprints[fingerprint]["tool"],
        category=rows.fingerprints[fingerprint]["category"],
        message=rows.fingerprints[fingerprint]["message"],
        repositories=len({failure["repository_id"] for failure in seen}),
        occurrences=len(seen),
        first_seen=min(failure["ran_at"] for failure in seen),
        last_seen=max(failure["ran_at"] for failure in seen),
        recent=recent,
        before=before,
        green_since=green,
        trend=trend_of(min(days), max(days), today, recent, before, green_since=green),
        greens=len(ended),
        green_mean_seconds=sum(ended) / len(ended) if ended else None,
        green_median_seconds=None,
        fixes_proposed=len(fixes),
        fixes_approved=_approved(rows, fixes),
        **{f"fixes_{state}": _ended(rows, fixes, state) for state in DECISIVE},
        best_fix_id=max(verified, default=None),
        computed_at=datetime.min.replace(tzinfo=UTC),
    )


def _here(rows: Iterable[Row], ids: Sequence[int]) -> list[Row]:
    return [row for row in rows if row["repository_id"] in ids]


def _run_day(run: Row) -> date:
    return day_of(run["run_started_at"] or run["updated_at"])


def _category(failure: Row) -> str:
    return str(failure["category"]) if failure["category"] in CATEGORIES else "unknown"


def _category_of_fix(rows: Rows, fix_id: int) -> str:
    mended = rows.mended.get(fix_id, frozenset())
    first = [failure for failure in rows.failures if failure["failure_id"] in mended]
    return str(first[0]["category"]) if first else "unknown"


def _funnel(rows: Rows, ids: Sequence[int], within: Callable[[date], bool]) -> Funnel:
    reached: dict[tuple[int, str], date] = {}
    for event in rows.events:
        if event["to_state"] is not None and rows.fixes[event["fix_id"]]["repository_id"] in ids:
            reached.setdefault((event["fix_id"], event["to_state"]), day_of(event["at"]))
    counted = Counter(state for (_, state), day in reached.items() if within(day))
    return Funnel(**{field.name: counted[field.name] for field in fields(Funnel)})


def _approved(rows: Rows, fixes: Sequence[int]) -> int:
    return len({event["fix_id"] for event in rows.events if event["to_state"] == "approved"} & set(fixes))


def _ended(rows: Rows, fixes: Sequence[int], state: str) -> int:
    return sum(_outcome(rows, fix_id) == state for fix_id in fixes)


def _outcome(rows: Rows, fix_id: int) -> str | None:
    decisive = [e["to_state"] for e in rows.events if e["fix_id"] == fix_id and e["to_state"] in DECISIVE]
    return decisive[-1] if decisive else None


def _wait(rows: Rows, run: Row) -> int | None:
    if (
        run["conclusion"] not in FAILED
        or run["run_started_at"] is None
        or run["head_branch"] is None
        or run["head_repository"] is None
    ):
        return None
    place = ("repository_id", "workflow_id", "head_branch", "head_repository")
    ends = [
        other["run_started_at"]
        for other in rows.runs
        if all(other[key] == run[key] for key in place)
        and other["conclusion"] in PASSED
        and other["run_started_at"] is not None
        and other["run_started_at"] > run["run_started_at"]
    ]
    return int((min(ends) - run["run_started_at"]).total_seconds()) if ends else None


def _green_since(rows: Rows, seen: Sequence[Row]) -> bool:
    last = max(seen, key=lambda failure: (failure["ran_at"], failure["failure_id"]))
    workflow = rows.run_of(last)["workflow_id"]
    return any(
        run["repository_id"] == last["repository_id"]
        and run["workflow_id"] == workflow
        and run["conclusion"] in PASSED
        and run["run_started_at"] is not None
        and run["run_started_at"] > last["ran_at"]
        for run in rows.runs
    )
