"""One scrape of `/metrics`: the process, the queue, and sums over the repositories that the asking person may read.

A figure over all installations would tell each of the others' business, so there is none: of failures, fixes and costs
the sums are of what the person may read (the first 200 repositories), and an operator's Prometheus asks with the token
of somebody who may read all. What the process and the queue do is nobody's business in particular, and shown to all.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from prometheus_client.metrics_core import Metric

from storage import analytics, queue, review_lists, stats, task_totals
from storage.analytics import Funnel, Overview
from storage.queue import QueueRow
from storage.stats import AnalysisStats, PlanStats
from storage.task_totals import TaskTotal
from web.health import ALIVE_SECONDS
from web.metrics import labelled
from web.people import Person
from web.seen import repositories_seen
from web.site import Site

_SPAN = timedelta(days=1)
"""Sums are of this day and the one before, so that reading them costs the same next year."""


async def scrape(site: Site, person: Person) -> bytes:
    """All figures, as text."""
    now = datetime.now(UTC)
    ids = [one.repository_id for one in await repositories_seen(site, person, None, review_lists.reached)]
    async with site.services.database.connection() as connection:
        waiting = await queue.state(connection, ALIVE_SECONDS)
        totals = await task_totals.every(connection)
        overview = await analytics.overview(connection, ids, (now - _SPAN).date(), now.date())
        analysed = await stats.analyses(connection, ids, now - _SPAN)
        plans = await stats.plans(connection, ids, now - _SPAN)
    found = [*_of_the_queue(waiting), *_of_tasks(totals), *_of_repositories(overview, analysed), *_of_models(plans)]
    return site.metrics.text(site.live.listeners, found)


def _of_the_queue(row: QueueRow) -> list[Metric]:
    return [
        _gauge("ci_fixer_jobs_waiting", "Jobs that are due, counted to 10,000", row.waiting),
        _gauge("ci_fixer_oldest_job_seconds", "How long the oldest of them waits", row.oldest_seconds),
        _gauge("ci_fixer_jobs_dead", "Jobs that died within a week, counted to 10,000", row.dead),
        _gauge("ci_fixer_workers", "Workers that show a heartbeat", row.workers),
    ]


def _of_tasks(rows: Sequence[TaskTotal]) -> list[Metric]:
    told = Metric("ci_fixer_task_seconds", "How long tasks took, by how they ended, in all workers", "summary")
    names = ("task", "outcome")
    labelled(told, [((one.task, one.outcome), one.jobs) for one in rows], names, "_count")
    return [labelled(told, [((one.task, one.outcome), one.seconds) for one in rows], names, "_sum")]


def _of_repositories(overview: Overview, analysed: AnalysisStats) -> list[Metric]:
    states = [((field.name,), float(getattr(overview.fixes, field.name))) for field in fields(Funnel)]
    verdicts = [((verdict,), count) for verdict, count in overview.by_verdict.items()]
    return [
        labelled(
            Metric("ci_fixer_fixes_lately", "Fixes that reached a state yesterday or today", "gauge"),
            states,
            ("state",),
        ),
        labelled(
            Metric("ci_fixer_failures_lately", "Failures of yesterday and today", "gauge"), verdicts, ("verdict",)
        ),
        _gauge("ci_fixer_analyses_lately", "Analyses that began within a day", analysed.begun),
    ]


def _of_models(rows: Sequence[PlanStats]) -> list[Metric]:
    names = ("engine", "model")
    tokens = [((one.engine, one.model, "input"), one.input_tokens) for one in rows]
    tokens += [((one.engine, one.model, "output"), one.output_tokens) for one in rows]
    return [
        labelled(Metric("ci_fixer_model_tokens_lately", "Tokens within a day", "gauge"), tokens, (*names, "direction")),
        labelled(
            Metric("ci_fixer_model_cost_dollars_lately", "What they cost by the list price", "gauge"),
            [((one.engine, one.model), one.cost_micros / 1_000_000) for one in rows],
            names,
        ),
    ]


def _gauge(name: str, about: str, value: float) -> Metric:
    return labelled(Metric(name, about, "gauge"), [((), value)], ())
