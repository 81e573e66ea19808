import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest

from github_app.errors import RetryLater
from github_app.queue import Job, Retry, TaskFailed, TaskSpec, build_app, defer
from github_app.worker import Pace, Periodic, retake_stalled, run_worker
from storage.database import Database
from tests.github_app.test_queue import statuses, stored

QUICK = Pace(heartbeat=0.1, stalled=1.0, poll=0.05, grace=5.0, pause=0.05)


@asynccontextmanager
async def working(
    url: str, *tasks: TaskSpec, pace: Pace = QUICK, periodic: tuple[Periodic, ...] = ()
) -> AsyncIterator[asyncio.Event]:
    """A worker that runs while the block does, and is then stopped and waited for."""
    stop = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(url, tasks, stop, pace=pace, periodic=periodic, scrub=lambda text: text.replace("hunter2", "***"))
    )
    try:
        async with asyncio.timeout(20):
            yield stop
    finally:
        stop.set()
        await worker


async def put(database: Database, *jobs: Job) -> None:
    async with database.transaction() as connection:
        await defer(connection, jobs)


async def ended(database: Database) -> list[tuple[str, int]]:
    while True:
        found = await statuses(database)
        if not {status for status, _ in found} & {"todo", "doing"}:
            return found
        await asyncio.sleep(0.01)


async def test_a_job_under_way_is_finished_before_the_worker_stops(database_url: str, database: Database) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await may_end.wait()

    await put(database, Job("slow", {}))
    async with working(database_url, TaskSpec("slow", slow)) as stop:
        await begun.wait()
        stop.set()
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert await statuses(database) == [("succeeded", 1)]


async def test_a_job_that_outlives_the_grace_goes_back_to_the_queue(database_url: str, database: Database) -> None:
    begun = asyncio.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    await put(database, Job("endless", {}))
    async with working(database_url, TaskSpec("endless", endless, attempts=1), pace=Pace(grace=0.05)):
        await begun.wait()
    assert await statuses(database) == [("todo", 1)]


async def test_what_fails_passingly_is_tried_again_with_its_arguments(database_url: str, database: Database) -> None:
    calls: list[int] = []

    async def hesitant(number: int) -> None:
        calls.append(number)
        if len(calls) == 1:
            raise RetryLater("the log is not written yet")

    await put(database, Job("hesitant", {"number": 7}))
    async with working(database_url, TaskSpec("hesitant", hesitant)):
        assert await ended(database) == [("succeeded", 2)]
    assert calls == [7, 7]


async def test_an_error_is_logged_under_an_id_without_its_secrets(
    database_url: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def leak() -> None:
        raise ValueError("the password is hunter2")

    caplog.set_level(logging.INFO)
    await put(database, Job("leak", {}))
    async with working(database_url, TaskSpec("leak", leak, attempts=1)):
        assert await ended(database) == [("failed", 1)]
    assert "hunter2" not in caplog.text
    (record,) = [record for record in caplog.records if record.name == "github_app.queue"]
    assert "the password is ***" in record.getMessage()
    assert f"error {record.args[0]}" in caplog.text.split(record.getMessage())[1]  # type: ignore[index] # a tuple here


async def test_without_a_scrubber_no_text_of_an_error_is_logged(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def leak(password: str) -> None:
        raise ValueError(f"the password is {password}")

    app = build_app(database_url, [TaskSpec("leak", leak)])
    with pytest.raises(TaskFailed) as caught:
        await app.tasks["leak"].func(password="hunter2")
    assert "hunter2" not in caplog.text + str(caught.value)
    assert "ValueError" in caplog.text


async def test_a_lost_database_is_waited_for(database_url: str, database: Database) -> None:
    async def noted() -> None:
        return

    async with working(database_url, TaskSpec("noted", noted)):
        await put(database, Job("noted", {}))
        assert await ended(database) == [("succeeded", 1)]
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await put(database, Job("noted", {}))
        assert await ended(database) == [("succeeded", 1), ("succeeded", 1)]


async def test_what_is_periodic_goes_on_after_it_failed(database_url: str) -> None:
    turns = 0
    third = asyncio.Event()

    async def tidy() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise OSError("not now")
        if turns == 3:
            third.set()

    tidying = Periodic("tidying", timedelta(milliseconds=5), tidy)
    async with working(database_url, periodic=(tidying,)):
        await third.wait()


async def test_a_job_that_kills_its_worker_each_time_ends_as_failed(database_url: str, database: Database) -> None:
    await put(database, Job("deadly", {}), Job("deadly", {}), Job("unknown", {}))
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = CASE WHEN id % 2 = 0 THEN 2 ELSE 1 END"
        )
        cursor = await connection.execute(
            "SELECT id % 2 = 0 OR task_name = 'unknown' FROM procrastinate_jobs ORDER BY id"
        )
        final = [bool(row[0]) for row in await cursor.fetchall()]
    async with build_app(database_url, []).open_async() as app:
        assert await retake_stalled(app, {"deadly": 3}, 1.0) == 1
    assert [status for status, _ in await statuses(database)] == ["failed" if gone else "todo" for gone in final]


async def test_the_jobs_of_a_worker_that_lives_are_left_to_it(database_url: str, database: Database) -> None:
    await put(database, Job("slow", {}))
    async with build_app(database_url, []).open_async() as app:
        worker_id = await app.job_manager.register_worker()
        async with database.connection() as connection:
            await connection.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", (worker_id,))
        assert await retake_stalled(app, {"slow": 8}, 60.0) == 0
    assert await statuses(database) == [("doing", 0)]


def test_a_job_cut_off_by_a_stop_is_free_at_once_however_often_it_ran() -> None:
    decision = Retry(1).get_retry_decision(exception=asyncio.CancelledError(), job=stored(9))
    assert decision is not None


def test_the_error_behind_an_id_decides_on_the_retry() -> None:
    late = TaskFailed("1a2b", RetryLater("rate limit", timedelta(hours=1)))
    decision = Retry(8).get_retry_decision(exception=late, job=stored(0))
    soon = Retry(8).get_retry_decision(exception=TaskFailed("1a2b", OSError()), job=stored(0))
    assert decision is not None
    assert soon is not None
    assert decision.retry_at is not None
    assert soon.retry_at is not None
    assert decision.retry_at - soon.retry_at > timedelta(minutes=50)
