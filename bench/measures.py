"""What `bench.lists` measures: add each query that grows here, as it is asked for by the API."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from storage import analytics, fixes, patterns, review_lists
from storage.database import Connection
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


def _fixes(state: str | None = None) -> Callable[[Connection, Ids, int, Any], Awaitable[Sequence[object]]]:
    async def page(connection: Connection, ids: Ids, limit: int, after: Any) -> Sequence[object]:
        before = None if after is None else after.fix_id
        return await review_lists.fixes_page(connection, ids, limit, state=state, before=before)

    return page


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
    (newest,) = await review_lists.fixes_page(connection, ids, 1)
    return lambda connection: fixes.fix(connection, ids[0], FixId(newest.fix_id))


async def _dashboard(connection: Connection, ids: Ids, since: date, until: date) -> None:
    """What an overview shows at once."""
    await analytics.overview(connection, ids, since, until)
    await analytics.daily(connection, ids, since, until)
    await analytics.time_to_green(connection, ids, since, until)
    await patterns.patterns_page(connection, ids, 10)


MEASURES: list[Measure] = [
    Paged("fixes", _fixes()),
    Paged("fixes, verified", _fixes("verified")),
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
            ("time to green", analytics.time_to_green),
            ("repositories", analytics.repository_summary),
        )
        for days in (_QUARTER, _YEAR)
    ],
    analytic("dashboard", _dashboard, _QUARTER, "dashboard"),
    analytic("dashboard", _dashboard, _YEAR, "dashboard"),
]
