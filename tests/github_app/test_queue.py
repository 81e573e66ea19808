import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.jobs import Job as StoredJob

from github_app.errors import Permanent, RetryLater
from github_app.queue import FIRST_RETRY, LAST_RETRY, Job, Retry, TaskSpec, defer
from github_app.worker import Pace, run_worker
from storage.database import Database

QUICK = Pace(heartbeat=0.1, stalled=1.0, poll=0.05, grace=5.0)


def stored(attempts: int) -> StoredJob:
    return StoredJob(id=1, queue="default", lock=None, queueing_lock=None, task_name="t", attempts=attempts)


async def statuses(database: Database) -> list[tuple[str, int]]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT status::text, attempts FROM procrastinate_jobs ORDER BY id")
        return [(str(status), int(attempts)) for status, attempts in await cursor.fetchall()]


async def test_a_job_is_there_only_if_its_transaction_commits(database: Database) -> None:
    async def defer_and_fail() -> None:
        async with database.transaction() as connection:
            await defer(connection, [Job("t", {"n": 1})])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await defer_and_fail()
    assert await statuses(database) == []
    async with database.transaction() as connection:
        await defer(connection, [Job("t", {"n": 1}), Job("t", {"n": 2}, lock="a", delay=timedelta(hours=1))])
        await defer(connection, [])
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT args, lock, scheduled_at > now() + interval '59 minutes' FROM procrastinate_jobs ORDER BY id"
        )
        assert await cursor.fetchall() == [({"n": 1}, None, None), ({"n": 2}, "a", True)]


async def run_until_idle(database_url: str, database: Database, task: TaskSpec, jobs: list[Job]) -> None:
    async with database.transaction() as connection:
        await defer(connection, jobs)
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(database_url, [task], stop, pace=QUICK))
    async with asyncio.timeout(20):
        # The queue's state is in the database, which sets no event of ours.
        while {status for status, _ in await statuses(database)} & {"todo", "doing"}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    stop.set()
    await worker


async def test_a_job_that_fails_for_good_is_not_tried_again(database_url: str, database: Database) -> None:
    calls = 0

    async def refuse() -> None:
        nonlocal calls
        calls += 1
        raise Permanent("the installation is gone")

    await run_until_idle(database_url, database, TaskSpec("refuse", refuse), [Job("refuse", {})])
    assert calls == 1
    assert await statuses(database) == [("failed", 1)]


async def test_jobs_of_one_lock_run_one_at_a_time_in_order(database_url: str, database: Database) -> None:
    seen: list[tuple[str, int]] = []

    async def note(n: int) -> None:
        seen.append(("begin", n))
        await asyncio.sleep(0.01)
        seen.append(("end", n))

    jobs = [Job("note", {"n": n}, lock="pull request 1") for n in range(4)]
    await run_until_idle(database_url, database, TaskSpec("note", note), jobs)
    assert seen == [(what, n) for n in range(4) for what in ("begin", "end")]


async def test_a_killed_workers_job_is_finished_by_the_next(database_url: str, database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE marks (name text, way text)")
        await defer(connection, [Job("mark", {"name": "one"})])
    program = [sys.executable, "-m", "tests.github_app.queue_program", database_url]
    first = await asyncio.create_subprocess_exec(*program, "hang", stdout=subprocess.PIPE)
    assert first.stdout is not None
    async with asyncio.timeout(20):
        assert await first.stdout.readline() == b"in the middle\n"
    first.kill()
    # Read to its end, so that the pipe is closed with the process.
    await first.communicate()
    assert await statuses(database) == [("doing", 0)]
    second = await asyncio.create_subprocess_exec(*program, "finish")
    async with asyncio.timeout(20):
        assert await second.wait() == 0
    assert await statuses(database) == [("succeeded", 2)]
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT way FROM marks ORDER BY way")
        assert await cursor.fetchall() == [("finish",), ("hang",)]


@given(attempts=st.integers(min_value=0, max_value=100), spread=st.floats(min_value=0, max_value=1))
def test_waits_grow_to_a_cap_and_end(attempts: int, spread: float) -> None:
    before = datetime.now(UTC)
    decision = Retry(50, lambda: spread).get_retry_decision(exception=OSError(), job=stored(attempts))
    assert (decision is None) == (attempts >= 49)
    if decision is not None:
        assert decision.retry_at is not None
        wait = decision.retry_at - before
        assert FIRST_RETRY / 2 <= wait <= LAST_RETRY + timedelta(seconds=5)


def test_the_wait_that_the_other_side_asked_for_is_kept() -> None:
    before = datetime.now(UTC)
    decision = Retry(8).get_retry_decision(exception=RetryLater("rate limit", timedelta(hours=1)), job=stored(0))
    assert decision is not None
    assert decision.retry_at is not None
    assert decision.retry_at - before >= timedelta(hours=1)
