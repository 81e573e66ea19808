"""How the App itself does, from stored moments: deliveries, jobs that wait, durations of analyses, runs of plans.

All but the deliveries is of repositories that the caller names: a delivery is of none until it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection

SAMPLE = 10_000
"""Durations that percentiles are of, the newest: more of them change a percentile by less than a hundredth."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Percentiles of so many durations, in seconds; None where there are none."""

    n: int
    p50_seconds: float | None
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class DeliveryStats:
    """The newest deliveries of a span, `SAMPLE` at most; `waiting` of them are not handled, the oldest since then."""

    received: int
    waiting: int
    oldest_waiting_at: datetime | None
    handling: Durations


@dataclass(frozen=True, slots=True)
class WaitingJobs:
    """Jobs of one task: `waiting` may begin, `later` has its time to come, `running` has begun."""

    task: str
    waiting: int
    later: int
    running: int


@dataclass(frozen=True, slots=True)
class AnalysisStats:
    """Analyses that began in a span, and how long they took until the diagnosis."""

    begun: int
    diagnosing: Durations


@dataclass(frozen=True, slots=True)
class PlanStats:
    """Runs of plans that began in a span, by engine and model. `running` have not ended and wait for nobody.

    `cost_micros` are millionths of a US dollar, 0 where the model's price is not known; the durations are of complete
    runs from begin to end, and hold the time that people took to answer.
    """

    engine: str
    model: str
    runs: int
    complete: int
    failed: int
    waiting: int
    running: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_micros: int
    asked: int
    answered: int
    p50_seconds: float | None
    p95_seconds: float | None


async def deliveries(connection: Connection, since: datetime) -> DeliveryStats:
    """How deliveries fare since a moment."""
    cursor = await connection.execute(
        f"""
        SELECT count(*), count(*) FILTER (WHERE handled_at IS NULL),
               min(received_at) FILTER (WHERE handled_at IS NULL), count(handled_at),
               percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
                   ORDER BY extract(epoch FROM handled_at - received_at)::double precision)
        FROM (SELECT received_at, handled_at FROM deliveries WHERE received_at >= %s
              ORDER BY received_at DESC LIMIT {SAMPLE}) newest
        """.encode(),
        (since,),
    )
    row = await cursor.fetchone() or (0, 0, None, 0, None)
    return DeliveryStats(row[0], row[1], row[2], _durations(row[3], row[4]))


async def jobs(connection: Connection, repository_ids: Sequence[int]) -> tuple[WaitingJobs, ...]:
    """The jobs about those repositories that are not done, by task; those that wait at a time are few."""
    async with connection.cursor(row_factory=class_row(WaitingJobs)) as cursor:
        await cursor.execute(
            """
            SELECT task_name AS task,
                   count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)) AS waiting,
                   count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
                   count(*) FILTER (WHERE status = 'doing') AS running
            FROM procrastinate_jobs
            WHERE status IN ('todo', 'doing') AND id > 0 AND (args->>'repository_id')::bigint = ANY(%s)
            GROUP BY task_name ORDER BY task_name
            """,
            (list(repository_ids),),
        )
        return tuple(await cursor.fetchall())


async def analyses(connection: Connection, repository_ids: Sequence[int], since: datetime) -> AnalysisStats:
    """How the analyses of those repositories fare since a moment; each repository gives its newest to the sample.

    Those of backfills are left out: nobody waited for them, and they waited for GitHub's limits.
    """
    values = {
        "ids": list(repository_ids),
        "since": since,
        "each": max(1, SAMPLE // max(1, len(repository_ids))),
    }
    cursor = await connection.execute(
        "SELECT count(*) FROM analyses WHERE repository_id = ANY(%(ids)s) AND started_at >= %(since)s AND NOT quiet",
        values,
    )
    begun = await cursor.fetchone()
    cursor = await connection.execute(
        """
        SELECT count(*), percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
                   ORDER BY extract(epoch FROM a.diagnosed_at - a.started_at)::double precision)
        FROM unnest(%(ids)s::bigint[]) AS wanted (repository_id)
        CROSS JOIN LATERAL (
            SELECT a.started_at, a.diagnosed_at FROM analyses a
            WHERE a.repository_id = wanted.repository_id AND a.started_at >= %(since)s AND a.diagnosed_at IS NOT NULL
              AND NOT a.quiet
            ORDER BY a.started_at DESC LIMIT %(each)s
        ) a
        """,
        values,
    )
    row = await cursor.fetchone() or (0, None)
    return AnalysisStats(0 if begun is None else begun[0], _durations(row[0], row[1]))


async def plans(connection: Connection, repository_ids: Sequence[int], since: datetime) -> tuple[PlanStats, ...]:
    """The plans that were run for those repositories since a moment, by engine and model, the most runs first."""
    async with connection.cursor(row_factory=class_row(PlanStats)) as cursor:
        await cursor.execute(
            """
            WITH ran AS (
                SELECT engine, model, count(*) AS runs,
                       count(*) FILTER (WHERE state = 'COMPLETE') AS complete,
                       count(*) FILTER (WHERE state = 'FAILED') AS failed,
                       count(*) FILTER (WHERE state = 'NEED_CLARIFICATION') AS waiting,
                       count(*) FILTER (WHERE state IN ('NOT_STARTED', 'IN_PROGRESS', 'READY_TO_RESUME')) AS running,
                       sum(requests)::bigint AS requests, sum(input_tokens)::bigint AS input_tokens,
                       sum(output_tokens)::bigint AS output_tokens, sum(cost_micros)::bigint AS cost_micros,
                       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
                           ORDER BY extract(epoch FROM updated_at - created_at)::double precision)
                           FILTER (WHERE state = 'COMPLETE') AS seconds
                FROM plan_runs WHERE repository_id = ANY(%(ids)s) AND created_at >= %(since)s
                GROUP BY engine, model
            ), questions AS (
                -- Few plans ask: these are found by the questions, not by the plans.
                SELECT p.engine, p.model, count(*) AS asked, count(c.answer) AS answered
                FROM clarifications c JOIN plan_runs p USING (plan_run_id)
                WHERE c.asked_at >= %(since)s AND p.repository_id = ANY(%(ids)s) AND p.created_at >= %(since)s
                GROUP BY p.engine, p.model
            )
            SELECT r.engine, r.model, r.runs, r.complete, r.failed, r.waiting, r.running, r.requests, r.input_tokens,
                   r.output_tokens, r.cost_micros, coalesce(q.asked, 0) AS asked, coalesce(q.answered, 0) AS answered,
                   r.seconds[1] AS p50_seconds, r.seconds[2] AS p95_seconds
            FROM ran r LEFT JOIN questions q ON q.engine = r.engine AND q.model = r.model
            ORDER BY r.runs DESC, r.engine, r.model
            """,
            {"ids": list(repository_ids), "since": since},
        )
        return tuple(await cursor.fetchall())


def _durations(n: int, percentiles: list[float] | None) -> Durations:
    if not n or percentiles is None:
        return Durations(0, None, None)
    return Durations(n, percentiles[0], percentiles[1])
