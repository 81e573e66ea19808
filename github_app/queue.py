"""Jobs on Procrastinate: deferred in the caller's own transaction, retried with a cap and jitter.

No `queueing_lock` is used: it collides with itself when a job is retried. A `lock` keeps jobs of one thing in order,
and a job waiting for its retry holds it, so a retrying analysis must not share the lock of a decision.
"""

import asyncio
import json
import logging
import random
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job as StoredJob
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from github_app.errors import Permanent, RetryLater
from github_app.log_ids import about

Argument = int | str | bool | None
Scrub = Callable[[str], str]
"""Takes the secrets out of a text."""
Count = Callable[[str, str, float], None]
"""Told of each end of a task: its name, `done`, `later`, `refused` or `error`, and the seconds that it took."""

_LOG = logging.getLogger(__name__)
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(minutes=10)

_DEFER: LiteralString = """
SELECT procrastinate_defer_jobs_v1(array_agg(
    ROW('default', task, 0, lock, NULL, args::jsonb, CASE WHEN delay > 0 THEN now() + delay * interval '1 second' END)
    ::procrastinate_job_to_defer_v1 ORDER BY place))
FROM unnest(%s::text[], %s::text[], %s::text[], %s::float8[]) WITH ORDINALITY AS job (task, lock, args, delay, place)
HAVING count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A call of a task to come. Jobs of one `lock` run one at a time, in the order they were deferred."""

    task: str
    args: Mapping[str, Argument]
    lock: str | None = None
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task by name. It may run twice, and is tried `attempts` times at most before its job stands as failed."""

    name: str
    run: Callable[..., Awaitable[None]]
    attempts: int = 8


async def defer(connection: AsyncConnection[TupleRow], jobs: Sequence[Job]) -> None:
    """Put `jobs` in the queue with the connection's transaction: they are there if and only if it commits."""
    await connection.execute(
        _DEFER,
        (
            [job.task for job in jobs],
            [job.lock for job in jobs],
            [json.dumps(dict(job.args)) for job in jobs],
            [job.delay.total_seconds() for job in jobs],
        ),
    )


class TaskFailed(Exception):
    """A task's error on its way through Procrastinate, which logs it whole: an id instead of a stranger's text."""

    def __init__(self, error_id: str, cause: BaseException) -> None:
        super().__init__(f"error {error_id}")
        self.error_id = error_id
        self.cause = cause


class Retry(BaseRetryStrategy):
    """Exponential from two seconds to ten minutes, spread by half, so that many jobs do not come back as one."""

    def __init__(self, attempts: int, spread: Callable[[], float] = random.random) -> None:
        self._attempts = attempts
        self._spread = spread

    def get_retry_decision(self, *, exception: BaseException, job: StoredJob) -> RetryDecision | None:
        """When to try again, or None where that cannot help or was tried often enough."""
        if isinstance(exception, TaskFailed):
            exception = exception.cause
        if isinstance(exception, asyncio.CancelledError):
            # The worker was stopped in the middle: nothing was wrong with the job.
            return RetryDecision(retry_at=datetime.now(UTC))
        if isinstance(exception, Permanent) or job.attempts + 1 >= self._attempts:
            return None
        # The exponent is capped before the power: attempts may be many, and the wait may not overflow.
        wait = min(FIRST_RETRY * 2 ** min(job.attempts, 10), LAST_RETRY) * (0.5 + self._spread() / 2)
        if isinstance(exception, RetryLater):
            wait = max(wait, exception.after)
        return RetryDecision(retry_at=datetime.now(UTC) + wait)


def build_app(url: str, tasks: Sequence[TaskSpec], scrub: Scrub | None = None, count: Count = lambda *_: None) -> App:
    """The Procrastinate application on the database at `url`; not yet open.

    An error is logged once, under an id, with its text as `scrub` leaves it; without `scrub`, only by type and place.
    """
    # A worker that cannot reach the database finds out in five seconds and begins again.
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, timeout=5))
    for task in tasks:
        app.task(name=task.name, retry=Retry(task.attempts))(_reporting(task, scrub, count))
    return app


def _numbers(args: Mapping[str, Argument]) -> dict[str, int]:
    """The arguments that may stand in a log: ids, never a stranger's words."""
    return {name: value for name, value in args.items() if isinstance(value, int)}


def _reporting(task: TaskSpec, scrub: Scrub | None, count: Count) -> Callable[..., Awaitable[None]]:
    async def run(**args: Argument) -> None:
        with about(task=task.name, **_numbers(args)):
            await _done(task, scrub, count, args)

    return run


async def _done(task: TaskSpec, scrub: Scrub | None, count: Count, args: Mapping[str, Argument]) -> None:
    began = time.monotonic()
    try:
        await task.run(**args)
        count(task.name, "done", time.monotonic() - began)
        shown = "".join(f" {name}={value}" for name, value in _numbers(args).items())
        _LOG.info("task %s%s ended in %.2f s", task.name, shown, time.monotonic() - began)
    except Exception as error:  # noqa: BLE001 - it is raised again, without its text
        error_id = secrets.token_hex(4)
        if scrub is None:
            told = "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__
        else:
            told = scrub("".join(traceback.format_exception(error)))
        expected = isinstance(error, (Permanent, RetryLater))
        outcome = "later" if isinstance(error, RetryLater) else "refused" if expected else "error"
        count(task.name, outcome, time.monotonic() - began)
        _LOG.log(logging.INFO if expected else logging.ERROR, "error %s in task %s: %s", error_id, task.name, told)
        raise TaskFailed(error_id, error) from None
