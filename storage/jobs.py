"""How jobs ended: what a verdict on one job is given by, from the runs that are stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import DictRow, class_row, dict_row

from storage.database import Connection
from storage.text import storable

_MEMBERS = 200
"""Jobs of one attempt that are kept: a matrix has at most 256, and their names differ in a version or a shard."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of one attempt. `conclusion` is GitHub's word."""

    run_id: int
    run_attempt: int
    job_id: int
    name: str
    conclusion: str | None
    html_url: str


@dataclass(frozen=True, slots=True)
class PastJobRow:
    """A job that ran to its end, with what is known of its failure.

    `symptoms` is None where it failed and was not read; `introduced` None where nobody asked. `passed_later` and
    `failed_later` speak of later attempts of the same run.
    """

    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    html_url: str
    passed: bool
    symptoms: frozenset[str] | None
    inherited: frozenset[str]
    introduced: frozenset[str] | None
    passed_later: bool
    failed_later: bool


# A skipped or cancelled job has not run: it is no witness of anything.
_PAST = """
SELECT r.run_id, r.run_attempt, r.head_sha, r.head_branch, j.html_url, j.conclusion = 'success' AS passed,
       CASE WHEN j.conclusion = 'success' THEN ARRAY[]::text[]
            WHEN a.diagnosed_at IS NOT NULL THEN ARRAY(
                SELECT s.symptom FROM workflow_failures f JOIN failure_symptoms s USING (failure_id)
                WHERE f.run_id = r.run_id AND f.run_attempt = r.run_attempt
                  AND f.jobs @> jsonb_build_array(jsonb_build_object('name', j.name)))
       END AS symptoms,
       ARRAY(SELECT s.symptom FROM workflow_failures f JOIN failure_symptoms s USING (failure_id)
             WHERE f.run_id = r.run_id AND f.run_attempt = r.run_attempt AND s.inherited
               AND f.jobs @> jsonb_build_array(jsonb_build_object('name', j.name))) AS inherited,
       a.introduced,
       EXISTS (SELECT FROM workflow_jobs l WHERE l.run_id = r.run_id AND l.name = j.name
               AND l.run_attempt > r.run_attempt AND l.conclusion = 'success') AS passed_later,
       EXISTS (SELECT FROM workflow_jobs l WHERE l.run_id = r.run_id AND l.name = j.name
               AND l.run_attempt > r.run_attempt AND l.conclusion = 'failure') AS failed_later
FROM workflow_runs r
JOIN workflow_jobs j ON j.run_id = r.run_id AND j.run_attempt = r.run_attempt
LEFT JOIN analyses a ON a.run_id = r.run_id AND a.run_attempt = r.run_attempt
WHERE r.status = 'completed' AND j.conclusion IN ('success', 'failure', 'timed_out')
"""
_ORDER = "ORDER BY r.run_id DESC, r.run_attempt DESC, j.job_id LIMIT %(limit)s"


async def save_jobs(connection: Connection, rows: Sequence[JobRow]) -> None:
    """Keep how the jobs of an attempt ended; a second time writes the same."""
    kept = rows[:_MEMBERS]
    await connection.execute(
        """
        INSERT INTO workflow_jobs AS stored (run_id, run_attempt, job_id, name, conclusion, html_url)
        SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::text[])
        ON CONFLICT (run_id, run_attempt, job_id) DO UPDATE SET
            name = excluded.name, conclusion = coalesce(excluded.conclusion, stored.conclusion)
        """,
        (
            [row.run_id for row in kept],
            [row.run_attempt for row in kept],
            [row.job_id for row in kept],
            [storable(row.name) for row in kept],
            [row.conclusion for row in kept],
            [row.html_url for row in kept],
        ),
    )


async def jobs_of(connection: Connection, run_id: int, run_attempt: int) -> tuple[JobRow, ...]:
    """The kept jobs of one attempt, by their ids."""
    async with connection.cursor(row_factory=class_row(JobRow)) as cursor:
        await cursor.execute(
            "SELECT run_id, run_attempt, job_id, name, conclusion, html_url FROM workflow_jobs "
            "WHERE run_id = %s AND run_attempt = %s ORDER BY job_id",
            (run_id, run_attempt),
        )
        return tuple(await cursor.fetchall())


async def on_branch(
    connection: Connection,
    repository_id: int,
    workflow_id: int,
    branch: str,
    name: str,
    before_run_id: int,
    limit: int,
) -> tuple[PastJobRow, ...]:
    """A job's runs on a branch of the repository itself before a run, newest first.

    Those of pull requests are left out: a fork's branch may carry the same name.
    """
    return await _past(
        connection,
        _PAST
        + """
          AND r.repository_id = %(repository_id)s AND r.workflow_id = %(workflow_id)s AND r.head_branch = %(branch)s
          AND r.run_id < %(before)s AND j.name = %(name)s
          AND r.event <> ALL(ARRAY['pull_request', 'pull_request_target'])
        """
        + _ORDER,
        repository_id=repository_id,
        workflow_id=workflow_id,
        branch=branch,
        name=name,
        before=before_run_id,
        limit=limit,
    )


async def of_head(
    connection: Connection, repository_id: int, workflow_id: int, head_sha: str, name: str, event: str, limit: int = 20
) -> tuple[PastJobRow, ...]:
    """A job's runs on a head commit that one event started, every attempt, newest first."""
    return await _past(
        connection,
        _PAST
        + """
          AND r.repository_id = %(repository_id)s AND r.head_sha = %(head_sha)s AND r.workflow_id = %(workflow_id)s
          AND j.name = %(name)s AND r.event = %(event)s
        """
        + _ORDER,
        repository_id=repository_id,
        workflow_id=workflow_id,
        head_sha=head_sha,
        name=name,
        event=event,
        limit=limit,
    )


async def elsewhere(
    connection: Connection,
    repository_id: int,
    workflow_id: int,
    name: str,
    before_run_id: int,
    branches: Sequence[str],
    limit: int,
) -> tuple[PastJobRow, ...]:
    """A job's latest runs on all branches but `branches`, before a run, newest first."""
    return await _past(
        connection,
        _PAST
        + """
          AND r.repository_id = %(repository_id)s AND r.workflow_id = %(workflow_id)s AND r.run_id < %(before)s
          AND j.name = %(name)s AND r.head_branch <> ALL(%(branches)s::text[])
        """
        + _ORDER,
        repository_id=repository_id,
        workflow_id=workflow_id,
        name=name,
        before=before_run_id,
        branches=list(branches),
        limit=limit,
    )


async def _past(connection: Connection, query: str, **values: int | str | list[str]) -> tuple[PastJobRow, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        return tuple([_row(found) async for found in cursor])


def _row(found: DictRow) -> PastJobRow:
    sets = {name: None if found[name] is None else frozenset(found[name]) for name in ("symptoms", "introduced")}
    return PastJobRow(**{**found, **sets, "inherited": frozenset(found["inherited"])})
