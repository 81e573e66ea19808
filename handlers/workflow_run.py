"""`workflow_run`: a failed run is diagnosed, and every ended run may be the verdict on a fix."""

from github_app.payload import WorkflowRunEvent, read
from github_app.queue import Job
from handlers import jobs
from handlers.known import remember_repository, remember_run
from storage.database import Connection

FAILING = frozenset({"failure", "timed_out", "startup_failure"})
"""The conclusions that are somebody's to mend."""
STOPPED = "cancelled"
"""A person's wish, or a newer push's, but also what GitHub calls a job that ran out of time: see `reading`."""


async def on_workflow_run(connection: Connection, body: bytes) -> list[Job]:
    """Remember the run; when it has ended, say what there is to do."""
    event = read(body, WorkflowRunEvent)
    repository_id = await remember_repository(connection, event)
    run = event.workflow_run.run()
    if run.repository_id != repository_id:
        return []
    await remember_run(connection, run)
    if event.action != "completed":
        return []
    asked = [jobs.verify(repository_id, run.head_sha)]
    if run.conclusion in FAILING or run.conclusion == STOPPED:
        asked.append(jobs.diagnose(repository_id, run.run_id, run.run_attempt))
    else:
        asked.append(jobs.testify(repository_id, run.run_id, run.run_attempt))
    return asked
