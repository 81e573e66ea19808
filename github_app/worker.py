"""The worker process: runs jobs, takes up again those whose worker died, and keeps the tables from growing for ever.

Every worker shows a heartbeat in the database. A job whose worker has shown none for a while goes back into the queue:
Procrastinate leaves that to its user, and without it a `kill -9` would lose the job.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.worker import Worker

from github_app.queue import Count, Scrub, TaskSpec, build_app

_LOG = logging.getLogger(__name__)
_KEEP_HOURS = 7 * 24
"""Hours for which ended jobs are kept to be looked at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `stalled` must be several heartbeats, or a slow moment gives one job to two workers.

    `poll` is how late a retry may begin: new jobs are announced, retries are not. `pause` follows a lost database.
    """

    heartbeat: float = 3.0
    stalled: float = 12.0
    poll: float = 1.0
    grace: float = 20.0
    pause: float = 2.0


@dataclass(frozen=True, slots=True)
class Periodic:
    """What each worker does now and then, beside its jobs. Several workers may do it at once, so it must bear that."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]


async def run_worker(
    url: str,
    tasks: Sequence[TaskSpec],
    stop: asyncio.Event,
    *,
    periodic: Sequence[Periodic] = (),
    concurrency: int = 4,
    pace: Pace | None = None,
    scrub: Scrub | None = None,
    count: Count = lambda *_: None,
) -> None:
    """Run jobs until `stop` is set; jobs under way then have `grace` seconds, and go back to the queue after that.

    A database that goes away is waited for. `scrub` takes the secrets out of what is logged of an error;
    `count` is told of each end of a task.
    """
    pace = pace or Pace()
    while not stop.is_set():
        try:
            app = build_app(url, tasks, scrub, count)
            ours = _upkeep(app, {task.name: task.attempts for task in tasks}, pace)
            await _run_once(app, stop, (*ours, *periodic), concurrency, pace)
        except (ConnectorException, psycopg.Error) as error:
            _LOG.warning("the worker lost its database (%s) and begins again", type(error).__name__)
        if not stop.is_set():
            await _wait(stop, pace.pause)


async def retake_stalled(app: App, attempts: Mapping[str, int], stalled: float) -> int:
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
    await manager.prune_stalled_workers(stalled)
    return given


def _upkeep(app: App, attempts: Mapping[str, int], pace: Pace) -> tuple[Periodic, ...]:
    async def retake() -> None:
        await retake_stalled(app, attempts, pace.stalled)

    async def purge() -> None:
        await app.job_manager.delete_old_jobs(
            _KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )

    return (
        Periodic("stalled jobs", timedelta(seconds=pace.heartbeat), retake),
        Periodic("ended jobs", timedelta(hours=1), purge),
    )


async def _run_once(app: App, stop: asyncio.Event, periodic: Sequence[Periodic], concurrency: int, pace: Pace) -> None:
    """Work until `stop` is set or the worker ends by itself, as it does when a connection breaks.

    The worker is asked to stop, not cancelled: a cancellation that meets a database call as it ends is lost, and the
    worker would go on for ever. For the same reason what is periodic looks for itself whether it is over.
    """
    over = asyncio.Event()
    async with app.open_async():
        worker = _worker(app, concurrency, pace)
        working = asyncio.create_task(worker.run(), name="worker")  # type: ignore[no-untyped-call] # its hints are half there
        # Its first step forgets a stop that came before it.
        await asyncio.sleep(0)
        beside = [asyncio.create_task(_repeat(each, over), name=each.name) for each in periodic]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.set()
            worker.stop()  # type: ignore[no-untyped-call]
            for task in (*beside, stopping):
                task.cancel()
            ended, *_ = await asyncio.gather(working, *beside, stopping, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended


def _worker(app: App, concurrency: int, pace: Pace) -> Worker:
    return Worker(
        app=app,
        concurrency=concurrency,
        install_signal_handlers=False,
        fetch_job_polling_interval=pace.poll,
        update_heartbeat_interval=pace.heartbeat,
        stalled_worker_timeout=pace.stalled,
        shutdown_graceful_timeout=pace.grace,
    )


async def _repeat(periodic: Periodic, over: asyncio.Event) -> None:
    """Do it at once and then every so often, spread by a tenth so that workers do not keep step."""
    while not over.is_set():
        try:
            await periodic.run()
        except Exception as error:  # noqa: BLE001 - what fails now may work next time, and must not end the worker
            _LOG.warning("%s could not be looked after (%s); tried again later", periodic.name, type(error).__name__)
        spread = 0.95 + random.random() / 10  # noqa: S311 - no secret
        await _wait(over, periodic.every.total_seconds() * spread)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
