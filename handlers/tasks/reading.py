"""From failed jobs to diagnoses: their logs read as they come; what cannot be read is said, never invented."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint
from analysis.redact import scrub
from github_app.client import Installation
from github_app.errors import LogMissing, RetryLater
from github_app.model import Job, JobId, Run
from handlers.services import Services
from handlers.tasks.log_stream import read_log
from handlers.tasks.witnesses import remember_jobs
from handlers.workflow_run import FAILING, STOPPED
from storage.analyses import AnalysisRow

MOST_JOBS = 40
"""Failed jobs read of one run: a matrix of more fails in the same few ways, and each log costs a request."""
_MOST_STOPPED = 5
"""Stopped jobs asked about: a cancelled matrix has many, and one request each."""
_OUT_OF_TIME = "exceeded the maximum execution time"
_GITHUBS_WORD = 0.99
"""Confidence of a category that GitHub itself named."""
MOST_LOG_BYTES = 2 * 1024**3
"""Of one log: some minutes of a worker's time. It is read as it comes, so neither memory nor disk holds it."""


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
    jobs = await installation.jobs(run.run_id, run.run_attempt)
    async with services.database.connection() as connection:
        await remember_jobs(connection, jobs)
    failed = [job for job in jobs if job.conclusion in FAILING][:MOST_JOBS]
    stopped = await out_of_time(installation, jobs)
    if not failed and not stopped:
        return (_no_job(run),)
    read = [await _read(services, installation, job, begun) for job in failed]
    late = [_late(await _read(services, installation, job, begun), remark) for job, remark in stopped]
    return (*read, *late)


async def out_of_time(installation: Installation, jobs: Sequence[Job]) -> list[tuple[Job, str]]:
    """The jobs that were stopped for their time, each with GitHub's words on it.

    GitHub calls them cancelled, like those that a person stopped: https://github.com/paiml/aprender/issues/3293
    """
    found: list[tuple[Job, str]] = []
    for job in [job for job in jobs if job.conclusion == STOPPED and job.steps][:_MOST_STOPPED]:
        remarks = await installation.remarks(job.job_id)
        found += [(job, remark) for remark in remarks if _OUT_OF_TIME in remark][:1]
    return found


def _late(read: ReadJob, remark: str) -> ReadJob:
    """What the log shows is where it hung; that it hung is GitHub's word, and the cause."""
    said = scrub(remark).text
    diagnosis = replace(read.diagnosis, category=Category.TIMEOUT, confidence=_GITHUBS_WORD, headline=said[:300])
    return replace(read, diagnosis=diagnosis)


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


def diagnosis_of(text: str) -> Diagnosis:
    """A stored diagnosis."""
    return msgspec.json.decode(text, type=Diagnosis)
