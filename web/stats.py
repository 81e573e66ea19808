"""How the App does for the repositories that a person may read."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from storage import analytics, review_lists, stats
from storage.analytics import Effect
from storage.stats import Durations, PlanStats
from web.people import Person
from web.seen import repositories_seen
from web.site import Site
from web.stats_models import (
    AgentStats,
    AgentStatsQuery,
    AnalysesView,
    DeliveryView,
    DurationStats,
    EngineOutcomes,
    EngineStats,
    JobsView,
    Stats,
    StatsQuery,
)

_ENGINE = "engine:"


async def stats_seen(site: Site, person: Person, query: StatsQuery) -> Stats:
    """Deliveries, jobs and analyses of a window."""
    since = datetime.now(UTC) - timedelta(days=query.days)
    seen = await repositories_seen(site, person, query.repository, review_lists.reached)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        delivered = await stats.deliveries(connection, since)
        waiting = await stats.jobs(connection, ids)
        analysed = await stats.analyses(connection, ids, since)
    return Stats(
        since=since,
        deliveries=DeliveryView(
            delivered.received, delivered.waiting, delivered.oldest_waiting_at, _durations(delivered.handling)
        ),
        jobs=[JobsView(one.task, one.waiting, one.later, one.running) for one in waiting],
        analyses=AnalysesView(analysed.begun, _durations(analysed.diagnosing)),
    )


async def agent_stats(site: Site, person: Person, query: AgentStatsQuery) -> AgentStats:
    """The agent's plans of a window, and what became of its fixes."""
    now = datetime.now(UTC)
    since = now - timedelta(days=query.days)
    seen = await repositories_seen(site, person, query.repository, review_lists.reached)
    ids = [one.repository_id for one in seen]
    async with site.services.database.connection() as connection:
        plans = await stats.plans(connection, ids, since)
        effects = await analytics.effectiveness(connection, ids, since.date(), now.date())
    return AgentStats(
        since=since,
        engines=[_engine(one) for one in plans],
        outcomes=_by_engine([one for one in effects if one.kind.startswith(_ENGINE)]),
        cost_micros=sum(one.cost_micros for one in plans),
    )


def _engine(row: PlanStats) -> EngineStats:
    return EngineStats(
        engine=row.engine,
        model=row.model,
        runs=row.runs,
        complete=row.complete,
        failed=row.failed,
        waiting=row.waiting,
        running=row.running,
        requests=row.requests,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_micros=row.cost_micros,
        questions_asked=row.asked,
        questions_answered=row.answered,
        durations=DurationStats(row.complete, row.p50_seconds, row.p95_seconds),
    )


def _by_engine(effects: list[Effect]) -> list[EngineOutcomes]:
    sums: dict[str, Counter[str]] = {}
    for one in effects:
        counted = {name: getattr(one, name) for name in EngineOutcomes.__struct_fields__ if name != "engine"}
        sums.setdefault(one.kind.removeprefix(_ENGINE), Counter()).update(counted)
    return [EngineOutcomes(engine, **counts) for engine, counts in sums.items()]


def _durations(found: Durations) -> DurationStats:
    return DurationStats(found.n, found.p50_seconds, found.p95_seconds)
