"""Counts, rates and patterns over the repositories that a person may read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from github_app.model import Repository
from storage import analytics, fix_lists, patterns, review_lists, stats, waits
from storage.database import Connection
from storage.fix_lists import FixFilter
from storage.patterns import PatternKey, PatternRow
from web import figures
from web.analytics_models import (
    Dashboard,
    Effectiveness,
    FailureCounts,
    HealthInShort,
    PatternPage,
    PatternsQuery,
    RepositoriesQuery,
    RepositoryAnalytics,
    RepositoryPage,
    RepositoryView,
    Waiting,
    WindowQuery,
)
from web.cursors import page_of, read_cursor, write_cursor
from web.list_models import MOST_COUNTED
from web.people import Person
from web.seen import look, repositories_seen, repository_seen
from web.site import Site

_TOP = 10
"""Patterns of an overview."""
_A_DAY = timedelta(days=1)


class _PatternCursor(msgspec.Struct, frozen=True):
    occurrences: int
    fingerprint: str
    installation_id: int


class _RepositoryCursor(msgspec.Struct, frozen=True):
    after: int


async def dashboard(site: Site, person: Person, query: WindowQuery) -> Dashboard:
    """What an overview shows."""
    since, until = figures.window(query.days)
    ids = await _ids(site, person, query.repository)
    async with site.services.database.connection() as connection:
        total = await analytics.overview(connection, ids, since, until)
        return Dashboard(
            since=since,
            until=until,
            repositories=len(ids),
            totals=figures.totals(total),
            funnel=figures.funnel(total.fixes),
            days=figures.trend(await analytics.daily(connection, ids, since, until)),
            time_to_green=figures.time_to_green(await waits.time_to_green(connection, ids, since, until)),
            top_patterns=[figures.pattern(row) for row in await _top(connection, ids, query.days)],
            waiting=await _waiting(connection, ids),
            health=await _health(connection, ids),
        )


async def repository_analytics(site: Site, person: Person, name: str, days: int) -> RepositoryAnalytics:
    """One repository. Raises Problem 404."""
    since, until = figures.window(days)
    repository = await repository_seen(site, person, name)
    ids = [int(repository.repository_id)]
    async with site.services.database.connection() as connection:
        total = await analytics.overview(connection, ids, since, until)
        return RepositoryAnalytics(
            repository=repository.full_name,
            since=since,
            until=until,
            totals=figures.totals(total),
            funnel=figures.funnel(total.fixes),
            days=figures.trend(await analytics.daily(connection, ids, since, until)),
            time_to_green=figures.time_to_green(await waits.time_to_green(connection, ids, since, until)),
            top_patterns=[figures.pattern(row) for row in await _top(connection, ids, days)],
            effects=[figures.effect(row) for row in await analytics.effectiveness(connection, ids, since, until)],
            waiting=await _waiting(connection, ids),
        )


async def failure_counts(site: Site, person: Person, query: WindowQuery) -> FailureCounts:
    """How many failures of a window, by category, verdict and day."""
    since, until = figures.window(query.days)
    ids = await _ids(site, person, query.repository)
    async with site.services.database.connection() as connection:
        total = await analytics.overview(connection, ids, since, until)
        by_day = await analytics.daily(connection, ids, since, until)
    return FailureCounts(
        since=since,
        until=until,
        failures=total.failures,
        by_category=figures.counts(total.by_category),
        by_verdict=figures.counts(total.by_verdict),
        by_day=figures.trend(by_day),
    )


async def effectiveness(site: Site, person: Person, query: WindowQuery) -> Effectiveness:
    """What became of the fixes that were proposed in a window."""
    since, until = figures.window(query.days)
    ids = await _ids(site, person, query.repository)
    async with site.services.database.connection() as connection:
        found = await analytics.effectiveness(connection, ids, since, until)
    return Effectiveness(since, until, [figures.effect(row) for row in found])


async def pattern_page(site: Site, person: Person, query: PatternsQuery) -> PatternPage:
    """A page of patterns, the most frequent first."""
    cursor = read_cursor(site, "patterns", query.cursor, _PatternCursor)
    after = None if cursor is None else PatternKey(cursor.occurrences, cursor.fingerprint, cursor.installation_id)
    since = None if query.days is None else datetime.now(UTC) - query.days * _A_DAY
    ids = await _ids(site, person, query.repository)
    async with site.services.database.connection() as connection:
        rows = await patterns.patterns_page(
            connection, ids, query.limit + 1, after, category=query.category, trend=query.trend, since=since
        )
    shown, last = page_of(rows, query.limit)
    return PatternPage([figures.pattern(row) for row in shown], _after(site, last))


async def repository_page(site: Site, person: Person, query: RepositoriesQuery) -> RepositoryPage:
    """A page of the repositories that the person may read."""
    since, until = figures.window(query.days)
    cursor = read_cursor(site, "repositories", query.cursor, _RepositoryCursor)
    looked = await look(site, person, review_lists.reached, 0 if cursor is None else cursor.after, query.limit)
    ids = [one.repository_id for one in looked.found]
    async with site.services.database.connection() as connection:
        summaries = await analytics.repository_summary(connection, ids, since, until)
        waiting = await fix_lists.waiting_by_repository(connection, ids)
    by_id = {row.repository_id: row for row in summaries}
    more = None if looked.goes_on is None else write_cursor(site, "repositories", _RepositoryCursor(looked.goes_on))
    shown = [
        RepositoryView(
            id=one.repository_id,
            name=one.full_name,
            default_branch=one.default_branch,
            runs=by_id[one.repository_id].runs,
            runs_failed=by_id[one.repository_id].runs_failed,
            failures=by_id[one.repository_id].failures,
            fixes_waiting=waiting.get(one.repository_id, 0),
            time_to_green=figures.time_to_green(by_id[one.repository_id].time_to_green),
            top_fingerprints=list(by_id[one.repository_id].top_fingerprints),
        )
        for one in looked.found
        if one.repository_id in by_id
    ]
    return RepositoryPage(since, until, shown, more)


async def _ids(site: Site, person: Person, name: str | None) -> list[int]:
    seen: Sequence[Repository] = await repositories_seen(site, person, name, review_lists.reached)
    return [int(one.repository_id) for one in seen]


async def _top(connection: Connection, ids: Sequence[int], days: int) -> tuple[PatternRow, ...]:
    return await patterns.patterns_page(connection, ids, _TOP, since=datetime.now(UTC) - days * _A_DAY)


async def _waiting(connection: Connection, ids: Sequence[int]) -> Waiting:
    return Waiting(
        fixes=await fix_lists.count(connection, ids, FixFilter(state="proposed"), MOST_COUNTED),
        questions=await review_lists.count_questions(connection, ids, MOST_COUNTED),
    )


async def _health(connection: Connection, ids: Sequence[int]) -> HealthInShort:
    waiting = await stats.jobs(connection, ids)
    delivered = await stats.deliveries(connection, datetime.now(UTC) - _A_DAY)
    return HealthInShort(
        jobs_waiting=sum(one.waiting for one in waiting),
        jobs_running=sum(one.running for one in waiting),
        deliveries_waiting=delivered.waiting,
    )


def _after(site: Site, last: PatternRow | None) -> str | None:
    if last is None:
        return None
    cursor = _PatternCursor(last.key.occurrences, last.key.fingerprint, last.key.installation_id)
    return write_cursor(site, "patterns", cursor)
