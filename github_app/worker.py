"""The worker process: runs jobs, and takes up again those whose worker died.

Every worker shows a heartbeat in the database. A job whose worker has shown none for a while goes back into the queue:
Procrastinate leaves that to its user, and without it a `kill -9` would lose the job.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from github_app.queue import TaskSpec, build_app

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `stalled` must be several heartbeats, or a slow moment gives one job to two workers."""

    heartbeat: float = 3.0
    stalled: float = 12.0
    poll: float = 5.0
    grace: float = 20.0


async def run_worker(
    url: str, tasks: Sequence[TaskSpec], stop: asyncio.Event, *, concurrency: int = 4, pace: Pace | None = None
) -> None:
    """Run jobs until `stop` is set; jobs under way then have `grace` seconds before they are cancelled."""
    pace = pace or Pace()
    app = build_app(url, tasks)
    async with app.open_async():
        working = asyncio.create_task(_work(app, concurrency, pace))
        watching = asyncio.create_task(_retake(app, {task.name: task.attempts for task in tasks}, pace))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in (working, watching) if task.done()]
        for task in (stopping, watching, working):
            task.cancel()
        await asyncio.gather(working, watching, stopping, return_exceptions=True)
    for task in ended:
        # A worker that ended by itself has failed; its error must reach whoever started it.
        task.result()


async def retake_stalled(app: App, attempts: dict[str, int], stalled: float) -> int:
    """Give back the jobs of dead workers, and how many; one that outlived its attempts stands as failed.

    Without that cap a job that kills its worker, by memory for example, would kill one after the other for ever.
    """
    manager = app.job_manager
    given = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stalled):
        try:
            if job.attempts + 1 >= attempts.get(job.task_name, 1):
                await manager.finish_job(job, status=Status.FAILED, delete_job=False)
                _LOG.error("job %s (%s) failed: its worker died each time", job.id, job.task_name)
            else:
                await manager.retry_job(job)
                given += 1
                _LOG.warning("job %s (%s) is taken up again: its worker died", job.id, job.task_name)
        except ConnectorException:
            # Another worker was faster, or the database is away; the next round sees which.
            _LOG.debug("job %s could not be given back", job.id)
    return given


async def _work(app: App, concurrency: int, pace: Pace) -> None:
    await app.run_worker_async(
        concurrency=concurrency,
        install_signal_handlers=False,
        fetch_job_polling_interval=pace.poll,
        update_heartbeat_interval=pace.heartbeat,
        stalled_worker_timeout=pace.stalled,
        shutdown_graceful_timeout=pace.grace,
    )


async def _retake(app: App, attempts: dict[str, int], pace: Pace) -> None:
    while True:
        try:
            await retake_stalled(app, attempts, pace.stalled)
        except ConnectorException:
            _LOG.warning("the database did not answer; stalled jobs are looked for again later")
        await asyncio.sleep(pace.heartbeat)
