"""Learning what a green job says, from the default branch's runs: now and then, a few jobs a run, never in a hurry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analysis.novelty import NOTHING, Normal, learn, together, unpacked
from github_app.client import Installation
from github_app.errors import LogMissing
from github_app.model import Job
from handlers.services import Services
from handlers.tasks.log_stream import fed
from storage import normal_lines
from storage.database import Connection
from storage.runs import RunRow

_EVERY = timedelta(hours=12)
"""Between two lessons of one job: its log changes with its workflow, which is not changed by the hour."""
_JOBS = 10
"""Jobs learned from one run: each is a log to fetch."""
_MOST_BYTES = 64 * 1024**2
"""Of one green log: what comes later is read of none."""


async def learn_from(services: Services, installation: Installation, run: RunRow, found: Sequence[Job]) -> None:
    """Learn from the jobs of a green run that are due. Twice learns nothing twice."""
    passed = [job for job in found if job.conclusion == "success"]
    async with services.database.connection() as connection:
        names = [job.name for job in passed]
        last = await normal_lines.last_learned(connection, run.repository_id, run.workflow_id, names)
    now = datetime.now(UTC)
    due = [job for job in passed if job.name not in last or now - last[job.name] >= _EVERY]
    for job in due[:_JOBS]:
        try:
            async with installation.job_log(job.job_id) as chunks:
                normal = await fed(chunks, _MOST_BYTES, learn)
        except LogMissing:
            continue
        async with services.database.transaction() as connection:
            await normal_lines.save(
                connection, run.repository_id, run.workflow_id, job.name, run.run_id, normal.packed()
            )


async def normal_of(connection: Connection, repository_id: int, workflow_id: int, job: str) -> Normal:
    """What is normal for a job; nothing where nothing was learned."""
    rows = await normal_lines.learned(connection, repository_id, workflow_id, job)
    return together(unpacked(row.lines) for row in rows) if rows else NOTHING
