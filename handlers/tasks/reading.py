"""From failed jobs to failures: logs read as they come, equal failures folded, each judged and stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint
from analysis.verdict import History, Judgement, PastRun, judge
from github_app.client import Installation
from github_app.errors import LogMissing, RetryLater
from github_app.model import Job, JobId, Run
from handlers.services import Services
from handlers.tasks.log_stream import read_log
from handlers.workflow_run import FAILING
from storage import runs
from storage.analyses import AnalysisRow
from storage.database import Connection
from storage.failures import FailedJob, NewFailure
from storage.runs import HistoryRow

MOST_JOBS = 40
"""Failed jobs read of one run: a matrix of more fails in the same few ways, and each log costs a request."""
MOST_LOG_BYTES = 2 * 1024**3
"""Of one log: some minutes of a worker's time. It is read as it comes, so neither memory nor disk holds it."""
_HISTORY = 20


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A failed job with what its log said; `log_missing` where there was none to read, `cut` where it was longer."""

    job: Job
    diagnosis: Diagnosis
    log_missing: bool
    cut: bool = False


async def read_failed_jobs(
    services: Services, installation: Installation, run: Run, begun: AnalysisRow
) -> tuple[ReadJob, ...]:
    """Diagnose every failed job of the attempt; a run without jobs is one failure of its workflow file."""
    jobs = [job for job in await installation.jobs(run.run_id, run.run_attempt) if job.conclusion in FAILING]
    if not jobs:
        return (_no_job(run),)
    return tuple([await _read(services, installation, job, begun) for job in jobs[:MOST_JOBS]])


async def _read(services: Services, installation: Installation, job: Job, begun: AnalysisRow) -> ReadJob:
    try:
        async with installation.job_log(job.job_id) as chunks:
            read = await read_log(chunks, MOST_LOG_BYTES)
    except LogMissing as missing:
        if missing.reason == "never" and datetime.now(UTC) - begun.started_at < services.log_grace:
            raise RetryLater(f"the log of job {job.job_id} may still come", services.log_grace / 4) from missing
        why = "GitHub keeps it no longer" if missing.reason == "expired" else "it was never written"
        return ReadJob(job, _without_log(job, f"there is no log: {why}", missing.reason), log_missing=True)
    if read.diagnosis is None:
        return ReadJob(job, _without_log(job, f"its log is {read.state}", read.state), log_missing=True)
    return ReadJob(job, read.diagnosis, log_missing=False, cut=read.state == "cut")


def _without_log(job: Job, why: str, kind: str) -> Diagnosis:
    failed = next((step.name for step in job.steps if step.conclusion in FAILING), None)
    where = f"step {failed}" if failed else f"job {job.name}"
    return _spoken(Category.UNKNOWN, f"{where} failed, and {why}", f"{kind}-log:{job.name}:{failed}")


def _no_job(run: Run) -> ReadJob:
    said = "No job was started: GitHub could not read the workflow file"
    if run.conclusion != "startup_failure":
        said = f"The run ended as {run.conclusion}, and no job of it failed"
    diagnosis = _spoken(Category.CONFIG, said, f"no-job:{run.workflow_name}:{run.conclusion}")
    job = Job(
        JobId(0), run.run_id, run.run_attempt, run.workflow_name or "workflow", "completed", None, run.html_url, ()
    )
    return ReadJob(job, diagnosis, log_missing=True)


def _spoken(category: Category, headline: str, fingerprint: str) -> Diagnosis:
    """What can be said without a log: never more than GitHub itself reported."""
    return Diagnosis(
        lines=0,
        bytes=0,
        category=category,
        confidence=0.0,
        tool=None,
        step=None,
        exit_code=None,
        headline=headline,
        root_line=None,
        fingerprint=Fingerprint(fingerprint[:200]),
        message=headline,
        evidence=Evidence(0, 0, ()),
    )


async def judged(connection: Connection, run: Run, base_branch: str, read: Sequence[ReadJob]) -> list[NewFailure]:
    """One failure a fingerprint, with the jobs that show it and the verdict on it."""
    history = await _history(connection, run, base_branch)
    folded: dict[str, list[ReadJob]] = {}
    for one in read:
        folded.setdefault(one.diagnosis.fingerprint, []).append(one)
    found: list[NewFailure] = []
    for group in folded.values():
        judgement = judge(group[0].diagnosis, history, log_missing=group[0].log_missing)
        if group[0].cut:
            judgement = replace(judgement, reason=f"{judgement.reason} Only the first 2 GiB of the log were read.")
        found.append(_failure(run, group, judgement))
    return found


def _failure(run: Run, group: Sequence[ReadJob], judgement: Judgement) -> NewFailure:
    diagnosis = group[0].diagnosis
    jobs = tuple(
        FailedJob(one.job.job_id, one.job.name, _failed_step(one), one.job.html_url or run.html_url) for one in group
    )
    return NewFailure(
        repository_id=run.repository_id,
        run_id=run.run_id,
        run_attempt=run.run_attempt,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        fingerprint=diagnosis.fingerprint,
        category=diagnosis.category.value,
        confidence=diagnosis.confidence,
        tool=diagnosis.tool,
        headline=diagnosis.headline,
        message=diagnosis.message,
        jobs=jobs,
        verdict=judgement.verdict.value,
        verdict_reason=judgement.reason,
        witnesses_json=msgspec.json.encode(judgement.witnesses).decode(),
        diagnosis_json=msgspec.json.encode(diagnosis).decode(),
    )


def _failed_step(read: ReadJob) -> str | None:
    """As the API names it; the log's own heading only where the API says nothing."""
    return next((step.name for step in read.job.steps if step.conclusion in FAILING), read.diagnosis.step)


async def _history(connection: Connection, run: Run, base_branch: str) -> History:
    base: tuple[HistoryRow, ...] = ()
    if run.head_branch != base_branch:
        base = await runs.branch_history(
            connection, run.repository_id, run.workflow_id, base_branch, run.run_id, _HISTORY
        )
    same = await runs.head_history(
        connection, run.repository_id, run.workflow_id, run.head_sha, (run.run_id, run.run_attempt)
    )
    return History(tuple(_past(row) for row in base), tuple(_past(row) for row in same))


def _past(row: HistoryRow) -> PastRun:
    run = row.run
    return PastRun(
        run.run_id, run.run_attempt, run.head_sha, run.head_branch, run.conclusion, run.html_url, row.fingerprints
    )


def diagnosis_of(text: str) -> Diagnosis:
    """A stored diagnosis."""
    return msgspec.json.decode(text, type=Diagnosis)
