"""The distinct failures of an attempt: equal fingerprints of several jobs are one row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import DictRow, dict_row

from storage import likenesses
from storage.database import Connection
from storage.ids import FailureId, FixId
from storage.likenesses import LikenessRow
from storage.text import storable, storable_json, storable_or_none


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed with this failure, its step where known, and where a person reads its log."""

    job_id: int
    name: str
    step: str | None
    html_url: str


@dataclass(frozen=True, slots=True)
class NewFailure:
    """A failure to store. `witnesses_json` is a JSON list, `diagnosis_json` a JSON document; `confidence` is 0 to 1.

    `likeness` is what its message is compared by, None where that is made later.
    """

    repository_id: int
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    fingerprint: str
    category: str
    confidence: float
    tool: str | None
    headline: str
    message: str
    jobs: tuple[FailedJob, ...]
    verdict: str
    verdict_reason: str
    witnesses_json: str
    diagnosis_json: str
    symptoms: tuple[str, ...] = ()
    inherited: frozenset[str] = frozenset()
    likeness: LikenessRow | None = None


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A failure as it is kept; `message` is the normalised text that its fingerprint stands for."""

    failure_id: FailureId
    repository_id: int
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    fingerprint: str
    category: str
    confidence: float
    tool: str | None
    headline: str
    message: str
    jobs: tuple[FailedJob, ...]
    verdict: str
    verdict_reason: str
    witnesses_json: str
    diagnosis_json: str
    created_at: datetime
    day: date


# A failure and the count of its fingerprint are one statement; a second call inserts nothing and counts nothing.
_SAVE = """
WITH known AS (
    INSERT INTO fingerprints (fingerprint, tool, category, message)
    VALUES (%(fingerprint)s, %(tool)s, %(category)s, %(message)s) ON CONFLICT DO NOTHING
), saved AS (
    INSERT INTO workflow_failures (
        repository_id, run_id, run_attempt, head_sha, head_branch, fingerprint, category, confidence, tool, headline,
        jobs, verdict, verdict_reason, witnesses, diagnosis)
    VALUES (
        %(repository_id)s, %(run_id)s, %(run_attempt)s, %(head_sha)s, %(head_branch)s, %(fingerprint)s, %(category)s,
        %(confidence)s, %(tool)s, %(headline)s, %(jobs)s, %(verdict)s, %(verdict_reason)s, %(witnesses)s,
        %(diagnosis)s)
    ON CONFLICT (run_id, run_attempt, fingerprint) DO NOTHING
    RETURNING failure_id
), symptoms AS (
    INSERT INTO failure_symptoms (failure_id, symptom, inherited, repository_id)
    SELECT failure_id, symptom, symptom = ANY(%(inherited)s::text[]), %(repository_id)s
    FROM saved, unnest(%(symptoms)s::text[]) AS symptom
)
SELECT count(*) FROM saved
"""
_COUNT = "UPDATE fingerprints SET occurrences = occurrences + 1, last_seen = now() WHERE fingerprint = %s"


_SELECT = """
SELECT f.failure_id, f.repository_id, f.run_id, f.run_attempt, f.head_sha, f.head_branch, f.fingerprint,
       f.category, f.confidence, f.tool, f.headline, p.message, f.jobs, f.verdict, f.verdict_reason,
       f.witnesses::text AS witnesses_json, f.diagnosis::text AS diagnosis_json, f.created_at, f.day
FROM workflow_failures f JOIN fingerprints p USING (fingerprint)
"""


async def save_failures(connection: Connection, rows: Sequence[NewFailure]) -> tuple[FailureRow, ...]:
    """Store the failures of one or more attempts and count their fingerprints. Call it in a transaction.

    A failure that is already there for its attempt is left as it is, so that a second run changes nothing.
    """
    # In one order for all, so that two transactions never wait for each other's fingerprints.
    for row in sorted(rows, key=lambda row: row.fingerprint):
        cursor = await connection.execute(_SAVE, _values(row))
        counted = await cursor.fetchone()
        if counted is not None and counted[0]:
            await connection.execute(_COUNT, (row.fingerprint,))
        if row.likeness is not None:
            await likenesses.keep(connection, row.fingerprint, row.likeness)
    attempts = dict.fromkeys((row.run_id, row.run_attempt) for row in rows)
    found = [await failures_of(connection, run_id, attempt) for run_id, attempt in attempts]
    return tuple(failure for of_attempt in found for failure in of_attempt)


async def judge_again(
    connection: Connection,
    failure_id: FailureId,
    verdict: str,
    reason: str,
    witnesses_json: str,
    inherited: frozenset[str],
) -> None:
    """Write what is now thought of a failure: what was heard of since says more than what was known at first.

    `inherited` are those of its symptoms that its base shows too.
    """
    await connection.execute(
        "UPDATE failure_symptoms SET inherited = NOT inherited "
        "WHERE failure_id = %s AND inherited <> (symptom = ANY(%s))",
        (failure_id, sorted(inherited)),
    )
    await connection.execute(
        "UPDATE workflow_failures SET verdict = %s, verdict_reason = %s, witnesses = %s WHERE failure_id = %s",
        (verdict, storable(reason), storable_json(witnesses_json), failure_id),
    )


async def failures_of(connection: Connection, run_id: int, run_attempt: int) -> tuple[FailureRow, ...]:
    """The failures of one attempt, in the order they were stored."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"{_SELECT} WHERE f.run_id = %s AND f.run_attempt = %s ORDER BY f.failure_id".encode(),
            (run_id, run_attempt),
        )
        return tuple([_row(found) async for found in cursor])


async def failure(connection: Connection, failure_id: int) -> FailureRow | None:
    """The failure of that id; whoever shows it has asked where it is, and who may read there."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"{_SELECT} WHERE f.failure_id = %s".encode(), (failure_id,))
        found = await cursor.fetchone()
    return None if found is None else _row(found)


async def fixes_for(connection: Connection, failure_id: FailureId) -> tuple[FixId, ...]:
    """The fixes that were proposed for a failure, oldest first."""
    cursor = await connection.execute(
        "SELECT fix_id FROM fix_failures WHERE failure_id = %s ORDER BY fix_id", (failure_id,)
    )
    return tuple(FixId(row[0]) for row in await cursor.fetchall())


def _row(found: DictRow) -> FailureRow:
    jobs = tuple(FailedJob(job["job_id"], job["name"], job["step"], job["html_url"]) for job in found["jobs"])
    return FailureRow(**{**found, "jobs": jobs})


def _values(row: NewFailure) -> Mapping[str, str | int | float | list[str] | None]:
    jobs = [{"job_id": j.job_id, "name": j.name, "step": j.step, "html_url": j.html_url} for j in row.jobs]
    return {
        "repository_id": row.repository_id,
        "run_id": row.run_id,
        "run_attempt": row.run_attempt,
        "head_sha": row.head_sha,
        "head_branch": storable_or_none(row.head_branch),
        "fingerprint": row.fingerprint,
        "category": row.category,
        "confidence": row.confidence,
        "tool": storable_or_none(row.tool),
        "headline": storable(row.headline),
        "message": storable(row.message),
        "jobs": storable_json(json.dumps(jobs)),
        "verdict": row.verdict,
        "verdict_reason": storable(row.verdict_reason),
        "witnesses": storable_json(row.witnesses_json),
        "diagnosis": storable_json(row.diagnosis_json),
        "symptoms": sorted(set(row.symptoms)),
        "inherited": sorted(row.inherited),
    }
