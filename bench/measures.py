"""What `bench.lists` measures: add each query that grows here, as it is asked for by the API."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from storage import analytics, failure_lists, failures, fix_lists, fixes, patterns, review_lists, stats, waits
from storage.database import Connection
from storage.failure_lists import SCANNED, FailureFilter
from storage.fix_lists import FixFilter
from storage.ids import FixId
from storage.patterns import Trend

Act = Callable[[Connection], Awaitable[object]]
Ids = Sequence[int]


@dataclass(frozen=True, slots=True)
class Paged:
    """A page: `page` gives at most so many rows after the row that it is given, or from the start for None."""

    name: str
    page: Callable[[Connection, Ids, int, Any], Awaitable[Sequence[object]]]  # the rows are of the query's own type
    limit: int = 30
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class Single:
    """Anything else: `act` looks up what it needs first (an id to ask for), and gives what is timed."""

    name: str
    act: Callable[[Connection, Ids], Awaitable[Act]]
    kind: str = "list"


Measure = Paged | Single
_PAGE = 1_000
_ANY_FIX, _ANY_FAILURE = FixFilter(), FailureFilter()
_QUARTER = timedelta(days=89)
_YEAR = timedelta(days=364)


def _span(days: timedelta) -> tuple[date, date]:
    today = datetime.now(UTC).date()
    return today - days, today


def analytic(name: str, query: Callable[..., Awaitable[object]], days: timedelta, kind: str = "analytic") -> Single:
    """A query of those repositories and a span of days up to today."""

    async def act(_: Connection, ids: Ids) -> Act:
        return lambda connection: query(connection, ids, *_span(days))

    return Single(f"{name}, {days.days + 1} days", act, kind)


def _fixes(wanted: FixFilter = _ANY_FIX) -> Callable[[Connection, Ids, int, Any], Awaitable[Sequence[object]]]:
    async def page(connection: Connection, ids: Ids, limit: int, after: Any) -> Sequence[object]:
        if limit > _PAGE:
            # Only to find the places in the middle and at the end.
            return await fix_lists.fix_keys(connection, ids, wanted, limit)
        asked = limit if wanted.is_indexed else SCANNED
        keys = await fix_lists.fix_keys(connection, ids, wanted, asked, after)
        if not wanted.is_indexed:
            await fix_lists.matching(connection, [key.fix_id for key in keys], wanted)
        await review_lists.listed_fixes(connection, [key.fix_id for key in keys[:limit]])
        return keys

    return page


def _failures(
    wanted: FailureFilter = _ANY_FAILURE, *, by_status: bool = False
) -> Callable[[Connection, Ids, int, Any], Awaitable[Sequence[object]]]:
    async def page(connection: Connection, ids: Ids, limit: int, after: Any) -> Sequence[object]:
        if limit > _PAGE:
            return await failure_lists.failure_keys(connection, ids, wanted, limit)
        asked = SCANNED if by_status else limit
        keys = await failure_lists.failure_keys(connection, ids, wanted, asked, after)
        if by_status:
            await failure_lists.resolved_among(connection, [key.failure_id for key in keys])
        await failure_lists.listed(connection, [key.failure_id for key in keys[:limit]])
        return keys

    return page


async def _count_failures(connection: Connection, ids: Ids) -> Act:
    return lambda connection: failure_lists.count(connection, ids, FailureFilter(category="test"), 10_000)


async def _count_fixes(connection: Connection, ids: Ids) -> Act:
    return lambda connection: fix_lists.count(connection, ids, FixFilter(state="verified"), 10_000)


async def _failure(connection: Connection, ids: Ids) -> Act:
    (newest,) = await failure_lists.failure_keys(connection, ids, FailureFilter(), 1)
    return lambda connection: failures.failure(connection, newest.failure_id)


async def _fingerprint(connection: Connection, ids: Ids) -> Act:
    (top,) = await patterns.patterns_page(connection, ids, 1)
    wanted = FailureFilter(fingerprint=top.fingerprint)
    return lambda connection: failure_lists.failure_keys(connection, ids, wanted, 31)


async def _waiting(connection: Connection, ids: Ids, since: datetime) -> None:
    """What waits for people and for workers, as the overview has it."""
    await fix_lists.count(connection, ids, FixFilter(state="proposed"), 10_000)
    await review_lists.count_questions(connection, ids, 10_000)
    await stats.jobs(connection, ids)
    await stats.deliveries(connection, since)
    await fix_lists.waiting_by_repository(connection, ids[:100])


def _stats(
    query: Callable[[Connection, Ids, datetime], Awaitable[object]],
) -> Callable[[Connection, Ids], Awaitable[Act]]:
    async def act(_: Connection, ids: Ids) -> Act:
        since = datetime.now(UTC) - timedelta(days=90)
        return lambda connection: query(connection, ids, since)

    return act


async def _questions(connection: Connection, ids: Ids, limit: int, after: Any) -> Sequence[object]:
    key = None if after is None else (after.asked_at.isoformat(), after.clarification_id)
    return await review_lists.questions_page(connection, ids, limit, after=key)


def _patterns(**only: Any) -> Callable[[Connection, Ids, int, Any], Awaitable[Sequence[object]]]:
    async def page(connection: Connection, ids: Ids, limit: int, after: Any) -> Sequence[object]:
        return await patterns.patterns_page(connection, ids, limit, None if after is None else after.key, **only)

    return page


async def _pattern(connection: Connection, ids: Ids) -> Act:
    (top,) = await patterns.patterns_page(connection, ids, 1)
    return lambda connection: patterns.pattern(connection, ids, top.fingerprint)


async def _fix(connection: Connection, ids: Ids) -> Act:
    (newest,) = await fix_lists.fix_keys(connection, ids, FixFilter(), 1)
    return lambda connection: fixes.fix(connection, ids[0], FixId(newest.fix_id))


async def _dashboard(connection: Connection, ids: Ids, since: date, until: date) -> None:
    """What an overview shows at once."""
    await analytics.overview(connection, ids, since, until)
    await analytics.daily(connection, ids, since, until)
    await waits.time_to_green(connection, ids, since, until)
    await patterns.patterns_page(connection, ids, 10)


MEASURES: list[Measure] = [
    Paged("fixes", _fixes()),
    Paged("fixes, verified", _fixes(FixFilter(state="verified"))),
    Paged("fixes, lint", _fixes(FixFilter(category="lint"))),
    Paged("fixes, lint and yours", _fixes(FixFilter(category="lint", verdict="yours"))),
    Paged("fixes, until half a year ago", _fixes(FixFilter(until=datetime.now(UTC) - timedelta(days=180)))),
    Single("fixes counted", _count_fixes),
    Paged("failures", _failures()),
    Paged("failures, lint", _failures(FailureFilter(category="lint"))),
    Paged("failures, flaky", _failures(FailureFilter(verdict="flaky"))),
    Paged("failures, lint and flaky", _failures(FailureFilter(category="lint", verdict="flaky"))),
    Paged("failures, main", _failures(FailureFilter(branch="main"))),
    Paged("failures, until half a year ago", _failures(FailureFilter(until=datetime.now(UTC) - timedelta(days=180)))),
    Paged("failures, by status", _failures(by_status=True)),
    Single("failures of a fingerprint", _fingerprint),
    Single("failures counted", _count_failures),
    Single("failure", _failure),
    Single("stats of analyses", _stats(stats.analyses), "analytic"),
    Single("stats of plans", _stats(stats.plans), "analytic"),
    Single("what waits", _stats(_waiting), "analytic"),
    Single("fix", _fix),
    Paged("questions", _questions),
    Paged("patterns", _patterns()),
    Paged("patterns, rising", _patterns(trend=Trend.RISING)),
    Paged("patterns, resolved", _patterns(trend=Trend.RESOLVED)),
    Paged("patterns, lint", _patterns(category="lint")),
    Paged("patterns, this week", _patterns(since=datetime.now(UTC) - timedelta(days=7))),
    Single("pattern", _pattern),
    *[
        analytic(name, query, days)
        for name, query in (
            ("overview", analytics.overview),
            ("daily", analytics.daily),
            ("effectiveness", analytics.effectiveness),
            ("time to green", waits.time_to_green),
            ("repositories", analytics.repository_summary),
        )
        for days in (_QUARTER, _YEAR)
    ],
    analytic("dashboard", _dashboard, _QUARTER, "dashboard"),
    analytic("dashboard", _dashboard, _YEAR, "dashboard"),
]
