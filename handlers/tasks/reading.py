"""From failed jobs to diagnoses: their logs read as they come; what cannot be read is said, never invented."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import msgspec

from analysis.analyze import analyze
from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint
from analysis.own_secrets import OwnSecrets
from analysis.redact import scrub
from analysis.rules import Rule
from github_app.client import Installation
from github_app.errors import LogMissing, RetryLater
from github_app.model import Job, JobId, Run
from handlers.services import Services
from handlers.tasks.configuration import secrets_of
from handlers.tasks.learning import normal_of
from handlers.tasks.log_stream import read_log
from handlers.tasks.witnesses import remember_jobs
from handlers.workflow_run import FAILING, STOPPED

MOST_JOBS = 40
"""Failed jobs read of one run: a matrix of more fails in the same few ways, and each log costs a request."""
_MOST_STOPPED = 5
"""Stopped jobs asked about: a cancelled matrix has many, and one request each."""
_OUT_OF_TIME = "exceeded the maximum execution time"
_GITHUBS_WORD = 0.99
"""Confidence of a category that GitHub itself named."""
MOST_LOG_BYTES = 2 * 1024**3
"""Of one log: some minutes of a worker's time. It is read as it comes, so neither memory nor disk holds it."""


WITHHELD = "its log is not read until `redact` in the repository's file is without a fault"


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A failed job with what its log said; `log_missing` where there was none to read, `cut` where it was longer."""

    job: Job
    diagnosis: Diagnosis
    log_missing: bool
    cut: bool = False


async def read_failed_jobs(
    services: Services, installation: Installation, run: Run, begun: datetime, own: Sequence[Rule] = ()
) -> tuple[ReadJob, ...]:
    """Diagnose every failed job of the attempt; a run without jobs is one failure of its workflow file.

    `begun` is when it was first tried, `own` are the rules that the repository brings for its tools.
    """
    jobs = await installation.jobs(run.run_id, run.run_attempt)
    async with services.database.connection() as connection:
        await remember_jobs(connection, jobs)
    failed = [job for job in jobs if job.conclusion in FAILING][:MOST_JOBS]
    stopped = await out_of_time(installation, jobs)
    if not failed and not stopped:
        return (_no_job(run),)
    reading = _Reading(services, installation, run, begun, own)
    read = [await reading.job(job) for job in failed]
    late = [_late(await reading.job(job), remark, secrets_of(services)) for job, remark in stopped]
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


def _late(read: ReadJob, remark: str, own: OwnSecrets) -> ReadJob:
    """What the log shows is where it hung; that it hung is GitHub's word, and the cause."""
    said = scrub(remark, own).text
    diagnosis = replace(read.diagnosis, category=Category.TIMEOUT, confidence=_GITHUBS_WORD, headline=said[:300])
    return replace(read, diagnosis=diagnosis)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the logs of one attempt are read with."""

    services: Services
    installation: Installation
    run: Run
    begun: datetime
    own: Sequence[Rule]

    async def job(self, job: Job) -> ReadJob:
        if not self.services.config.redact_known:
            return ReadJob(job, _without_log(job, WITHHELD, "withheld"), log_missing=True)
        reader = await self._reader(job)
        try:
            async with self.installation.job_log(job.job_id) as chunks:
                read = await read_log(chunks, MOST_LOG_BYTES, reader)
        except LogMissing as missing:
            if missing.reason == "never" and datetime.now(UTC) - self.begun < self.services.log_grace:
                wait = self.services.log_grace / 4
                raise RetryLater(f"the log of job {job.job_id} may still come", wait) from missing
            why = "GitHub keeps it no longer" if missing.reason == "expired" else "it was never written"
            return ReadJob(job, _without_log(job, f"there is no log: {why}", missing.reason), log_missing=True)
        if read.diagnosis is None:
            return ReadJob(job, _without_log(job, f"its log is {read.state}", read.state), log_missing=True)
        return ReadJob(job, read.diagnosis, log_missing=False, cut=read.state == "cut")

    async def _reader(self, job: Job) -> Callable[[Iterator[bytes]], Diagnosis]:
        async with self.services.database.connection() as connection:
            normal = await normal_of(connection, self.run.repository_id, self.run.workflow_id, job.name)
        return partial(analyze, normal=normal, own=self.own, secrets=secrets_of(self.services))


def _without_log(job: Job, why: str, kind: str) -> Diagnosis:
    failed = next((step.name for step in job.steps if step.conclusion in FAILING), None)
    where = f"step {failed}" if failed else f"job {job.name}"
    return _spoken(Category.UNKNOWN, f"{where} failed, and {why}", f"{kind}-log:{job.name}:{failed}")


def _no_job(run: Run) -> ReadJob:
    said, sure = "No job was started: GitHub could not read the workflow file", _GITHUBS_WORD
    if run.conclusion != "startup_failure":
        said, sure = f"The run ended as {run.conclusion}, and no job of it failed", 0.0
    diagnosis = _spoken(Category.CONFIG, said, f"no-job:{run.workflow_name}:{run.conclusion}", sure)
    job = Job(
        JobId(0), run.run_id, run.run_attempt, run.workflow_name or "workflow", "completed", None, run.html_url, ()
    )
    return ReadJob(job, diagnosis, log_missing=True)


def _spoken(category: Category, headline: str, fingerprint: str, confidence: float = 0.0) -> Diagnosis:
    """What can be said without a log: never more than GitHub itself reported."""
    return Diagnosis(
        lines=0,
        bytes=0,
        category=category,
        confidence=confidence,
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
