"""A repository's past, read on an operator's word: all of it, once, without a word on GitHub."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio

from github_app.allowance import Allowance
from github_app.client import HISTORY
from github_app.errors import Forbidden
from handlers.tasks import backfill as module
from handlers.tasks.backfill import AlreadyRunning
from handlers.tasks.diagnose import diagnose
from handlers.tasks.testify import testify as hear
from sandbox.faults import Fault, secondary_limit
from sandbox.rest import actions
from sandbox.state import Run
from storage import analyses
from storage.database import open_database
from storage.runs import RunRow, save_run
from tests.handlers.past import ATTEMPTS, RED_ATTEMPTS, RUNS, Past, Recorded, recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONCE = "SELECT (SELECT count(*) FROM workflow_failures) = (SELECT sum(occurrences) FROM fingerprints)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Recorded]:
    async with recorded(tmp_path_factory.mktemp("past")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def old(on: Recorded, database_url: str) -> AsyncIterator[Past]:
    async with open_database(database_url) as database:
        opened = Past(on, database, database_url)
        await opened.begin()
        yield opened


async def test_all_attempts_are_stored_and_those_that_failed_are_read_without_a_word(old: Past) -> None:
    runs = await old.give(2 * RUNS)
    done = await old.read()
    assert (done.runs, done.total, done.attempts) == (2 * RUNS, 2 * RUNS, 2 * ATTEMPTS)
    assert (done.failures, done.logs_missing) == (2 * RED_ATTEMPTS, 0)
    ended = await old.rows("SELECT conclusion, count(*) FROM workflow_runs GROUP BY 1 ORDER BY 1")
    assert ended == [("failure", 2 * RED_ATTEMPTS), ("success", 2 * (ATTEMPTS - RED_ATTEMPTS))]
    found = await old.rows("SELECT DISTINCT category, tool, head_branch, verdict FROM workflow_failures ORDER BY 3")
    assert found == [("lint", "ruff", "main", "yours"), ("lint", "ruff", "swap", "yours")]
    assert await old.value("SELECT count(*) FROM suggested_fixes") == 0
    assert old.posted() == []
    assert await old.value("SELECT count(*) FROM live_events") == 0
    assert {run.id for run in runs} == {run for (run,) in await old.rows("SELECT run_id FROM workflow_runs")}


async def test_a_failure_stands_at_the_time_when_it_happened(old: Past) -> None:
    runs = await old.give(RUNS)
    await old.read()
    found = await old.rows("SELECT DISTINCT run_id, ran_at::date, day FROM workflow_failures ORDER BY 1")
    assert found == [(run.id, *[run.attempt.started_at.date()] * 2) for run in runs[1:]]


async def test_its_token_may_read_alone(old: Past) -> None:
    assert set(HISTORY.values()) == {"read"}
    async with old.services().github.installation(old.known, HISTORY) as installation:
        with pytest.raises(Forbidden):
            await installation.create_comment(1, "A word.")


async def test_what_was_read_is_not_read_again(old: Past) -> None:
    await old.give(2 * RUNS)
    await old.read()
    before = await old.rows("SELECT failure_id FROM workflow_failures ORDER BY 1")
    # Neither a job nor a log is asked for: each would fail.
    old.sandbox.faults.add(Fault("GET", "/actions/(runs/[0-9]+/|jobs/)", status=500, times=100))
    await old.rows("DELETE FROM backfills RETURNING 1")
    done = await old.read()
    assert (done.runs, done.failures) == (2 * RUNS, 0)
    assert await old.rows("SELECT failure_id FROM workflow_failures ORDER BY 1") == before
    assert await old.value(ONCE)


async def test_since_further_back_takes_the_rest(old: Past) -> None:
    await old.give(2 * RUNS)
    lately = await old.read(days=30)
    assert 0 < lately.runs < 2 * RUNS
    assert (await old.read(days=90)).runs == 2 * RUNS - lately.runs
    assert (await old.read(days=90)).runs == 0
    assert await old.value("SELECT count(DISTINCT run_id) FROM workflow_runs") == 2 * RUNS


async def test_more_runs_than_a_list_shows_are_read_window_by_window(
    old: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_FOUND", 6)
    monkeypatch.setattr(module, "MOST_LISTED", 6)
    monkeypatch.setattr(module, "PAGE", 2)
    await old.give(5 * RUNS)
    assert (await old.read()).runs == 5 * RUNS
    assert await old.value("SELECT count(DISTINCT run_id) FROM workflow_runs") == 5 * RUNS
    assert await old.value("SELECT window_last IS NULL AND finished_at IS NOT NULL AND reached > until FROM backfills")


async def test_logs_that_github_keeps_no_longer_are_counted_and_their_jobs_kept(old: Past) -> None:
    runs = await old.give(RUNS)
    await old.sandbox.expire_logs(old.on.repository, runs[1].id)
    await old.sandbox.withhold_logs(old.on.repository, runs[2].id)
    try:
        done = await old.read()
    finally:
        for run, model in zip(runs, old.on.runs, strict=True):
            for attempt, other in zip(run.attempts, model.attempts, strict=True):
                for job, whole in zip(attempt.jobs, other.jobs, strict=True):
                    job.log, job.log_expired = whole.log, False
    assert (done.failures, done.logs_missing) == (0, RED_ATTEMPTS)
    assert await old.value("SELECT count(*) FROM workflow_failures") == 0
    jobs = await old.rows("SELECT conclusion, count(*) FROM workflow_jobs GROUP BY 1 ORDER BY 1")
    assert ("failure", RED_ATTEMPTS) in jobs


async def test_a_third_of_the_hour_is_left_to_the_app(old: Past) -> None:
    await old.give(4 * RUNS)
    old.sandbox.world.limits.limit = 60
    least = 60
    look = old.sandbox.world.limits.count

    def counted(caller: object) -> object:
        nonlocal least
        quota = look(caller)  # type: ignore[arg-type]  # passed through
        least = min(least, quota.remaining)
        return quota

    old.sandbox.world.limits.count = counted  # type: ignore[method-assign,assignment]  # watched, not changed
    assert (await old.read()).runs == 4 * RUNS
    # Those that were on their way when the reserve was met are few.
    assert 20 - 4 <= least <= 20
    said = [amount for amount, why in old.waits if "of 60 requests of this hour are left, and kept for the App" in why]
    assert said
    assert all(timedelta(0) < amount <= timedelta(hours=1) for amount in said)
    assert await old.value(ONCE)


async def test_a_secondary_limit_is_waited_for_as_long_as_github_says(old: Past) -> None:
    await old.give(RUNS)
    old.sandbox.faults.add(secondary_limit("GET", "/logs$", retry_after=700))
    assert (await old.read()).failures == RED_ATTEMPTS
    assert [why for amount, why in old.waits if amount > timedelta(seconds=690) and "secondary rate limit" in why]


async def test_a_github_that_fails_for_a_moment_is_asked_again(old: Past) -> None:
    await old.give(RUNS)
    old.sandbox.faults.add(Fault("GET", "/actions/runs$", status=502, times=4))
    assert (await old.read()).runs == RUNS
    assert old.waits


async def test_a_run_that_is_run_again_meanwhile_keeps_its_earlier_attempts(old: Past) -> None:
    runs = await old.give(RUNS)
    await old.sandbox.rerun(old.on.repository, runs[2].id, "mona")
    reading = asyncio.create_task(old.read())
    await old.sandbox.idle()
    done = await reading
    assert done.runs == RUNS
    found = await old.rows("SELECT run_id, run_attempt FROM workflow_failures")
    assert (runs[2].id, 1) in found
    assert await old.value(ONCE)


async def test_two_at_once_are_one(old: Past) -> None:
    await old.give(RUNS)
    async with old.database.try_advisory(f"backfill:{old.on.repository.id}") as held:
        assert held
        with pytest.raises(AlreadyRunning, match="octo/geo"):
            await old.read()
    assert (await old.read()).runs == RUNS


async def test_what_the_worker_is_reading_is_left_to_it(old: Past) -> None:
    runs = await old.give(RUNS)
    red = runs[2]
    row = RunRow(red.id, 1, old.on.repository.id, 1, "CI", "push", "completed", "failure", red.head_sha, "swap",
                 "octo/geo", "", None)  # fmt: skip
    async with old.database.transaction() as connection:
        await save_run(connection, row)
        await analyses.begin(connection, red.id, 1, old.on.repository.id, red.head_sha)
    assert (await old.read()).failures == RED_ATTEMPTS - 1
    assert (red.id,) not in await old.rows("SELECT run_id FROM workflow_failures")


async def test_the_worker_at_the_same_time_shows_its_runs_and_nothing_is_there_twice(old: Past) -> None:
    runs = await old.give(2 * RUNS)
    services, red = old.services(), [run for run in runs if run.attempt.conclusion == "failure"]

    async def work(run: Run) -> None:
        # As the queue does: what passes is tried again.
        allowance = Allowance(old.wait, old.time)
        await allowance.patiently(lambda: diagnose(services, old.on.repository.id, run.id, len(run.attempts)))

    reading = asyncio.create_task(old.read())
    await asyncio.gather(*map(work, red))
    assert (await reading).runs == 2 * RUNS
    assert await old.value("SELECT count(*) FROM workflow_failures") == 2 * RED_ATTEMPTS
    assert await old.value(ONCE)
    shown = await old.rows("SELECT run_id, state FROM analyses WHERE NOT quiet ORDER BY 1")
    assert shown == [(run.id, "published") for run in red]


async def test_what_was_read_is_shown_by_no_later_event_but_its_own(old: Past) -> None:
    runs = await old.give(RUNS)
    await old.read()
    services, repository_id = old.services(), old.on.repository.id
    for run in runs:
        await Allowance(old.wait, old.time).patiently(partial(hear, services, repository_id, run.id, 1))
    assert old.posted() == []
    allowance = Allowance(old.wait, old.time)
    await allowance.patiently(lambda: diagnose(services, repository_id, runs[2].id, 1))
    assert [path.rpartition("/")[2] for method, path in old.posted() if method == "POST"] == ["check-runs"]
    assert await old.rows("SELECT run_id FROM analyses WHERE NOT quiet") == [(runs[2].id,)]
    assert await old.value(ONCE)
