"""How jobs ended, as verdicts ask for it."""

from dataclasses import replace

from storage.analyses import begin, update
from storage.database import Connection, Database
from storage.failures import FailedJob, failures_of, judge_again, save_failures
from storage.jobs import JobRow, elsewhere, jobs_of, of_head, on_branch, save_jobs
from storage.runs import save_run
from tests.storage.rows import FAILURE, OTHER_SHA, RUN, SHA, seed

MAIN = replace(RUN, head_branch="main", event="push")


async def job(connection: Connection, run_id: int, name: str, conclusion: str | None, attempt: int = 1) -> None:
    await save_jobs(connection, [JobRow(run_id, attempt, run_id * 10, name, conclusion, f"u/{run_id}")])


async def main_runs(connection: Connection) -> None:
    await seed(connection)
    for run_id, conclusion in ((90, "success"), (91, "failure"), (92, "failure"), (93, "success")):
        await save_run(connection, replace(MAIN, run_id=run_id, conclusion=conclusion, head_sha=f"{run_id:040}"))
        await job(connection, run_id, "test", conclusion)
    await begin(connection, 92, 1, 11, f"{92:040}")
    failed = replace(
        FAILURE,
        run_id=92,
        head_branch="main",
        jobs=(FailedJob(920, "test", None, "u"),),
        symptoms=("a", "b"),
        inherited=frozenset({"a"}),
    )
    await save_failures(connection, [failed])
    await update(connection, 92, 1, state="diagnosed", introduced=[f"{92:040}"])


async def test_a_jobs_past_on_a_branch_tells_what_is_known_of_each_run(database: Database) -> None:
    async with database.transaction() as connection:
        await main_runs(connection)
        found = await on_branch(connection, 11, 5, "main", "test", 100, 10)
    assert [(row.run_id, row.passed, row.symptoms) for row in found] == [
        (93, True, frozenset()),
        (92, False, frozenset({"a", "b"})),
        (91, False, None),
        (90, True, frozenset()),
    ]
    assert (found[1].inherited, found[1].introduced) == (frozenset({"a"}), frozenset({f"{92:040}"}))
    assert found[0].introduced is None


async def test_another_job_a_skipped_one_and_a_pull_requests_are_no_past(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        for run_id, name, conclusion in ((90, "lint", "failure"), (91, "test", "skipped"), (92, "test", "cancelled")):
            await save_run(connection, replace(MAIN, run_id=run_id))
            await job(connection, run_id, name, conclusion)
        await save_run(connection, replace(MAIN, run_id=93, event="pull_request_target"))
        await job(connection, 93, "test", "success")
        assert await on_branch(connection, 11, 5, "main", "test", 100, 10) == ()


async def test_a_failure_of_another_job_of_the_run_is_not_this_jobs(database: Database) -> None:
    async with database.transaction() as connection:
        await main_runs(connection)
        await save_jobs(connection, [JobRow(92, 1, 5, "docs", "failure", "u")])
        (docs,) = await on_branch(connection, 11, 5, "main", "docs", 100, 10)
    assert docs.symptoms == frozenset()


async def test_later_attempts_are_told_with_the_first(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await job(connection, 100, "test", "failure")
        for attempt, conclusion in ((2, "failure"), (3, "success")):
            await save_run(connection, replace(RUN, run_attempt=attempt, conclusion=conclusion))
            await job(connection, 100, "test", conclusion, attempt)
        found = await of_head(connection, 11, 5, SHA, "test", "pull_request")
    assert [(row.run_attempt, row.passed, row.passed_later, row.failed_later) for row in found] == [
        (3, True, False, False),
        (2, False, True, False),
        (1, False, True, True),
    ]


async def test_elsewhere_is_every_other_branch_before_the_run(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        for run_id, branch in ((80, "one"), (81, "topic"), (82, "main"), (83, "two"), (120, "three")):
            await save_run(connection, replace(RUN, run_id=run_id, head_branch=branch, head_sha=OTHER_SHA))
            await job(connection, run_id, "test", "success")
        found = await elsewhere(connection, 11, 5, "test", 100, ["main", "topic"], 10)
        assert [row.head_branch for row in found] == ["two", "one"]
        assert len(await elsewhere(connection, 11, 5, "test", 100, ["main", "topic"], 1)) == 1


async def test_jobs_kept_twice_are_kept_once_and_keep_their_conclusion(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await job(connection, 100, "test", "failure")
        await job(connection, 100, "test\0", None)
        (kept,) = await jobs_of(connection, 100, 1)
    assert (kept.name, kept.conclusion) == ("test\ufffd", "failure")


async def test_a_verdict_can_be_given_anew(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        (failure,) = await save_failures(connection, [FAILURE])
        await judge_again(connection, failure.failure_id, "flaky", "it passed", "[]", frozenset())
        (now,) = await failures_of(connection, 100, 1)
    assert (now.verdict, now.verdict_reason) == ("flaky", "it passed")
    assert now.fingerprint == failure.fingerprint
