from dataclasses import replace
from itertools import permutations

import pytest

from storage.analyses import analyses_of_head, analysis, begin, comment_of, update
from storage.database import Database
from storage.failures import save_failures
from storage.runs import (
    RunRow,
    branch_history,
    fingerprint_elsewhere,
    head_history,
    latest_attempt,
    run,
    runs_of_head,
    save_run,
)
from tests.storage.rows import FAILURE, OTHER_SHA, REPOSITORY, RUN, SHA, seed

STARTED = replace(RUN, status="in_progress", conclusion=None)
QUEUED = replace(RUN, status="queued", conclusion=None)


@pytest.mark.parametrize("order", list(permutations([QUEUED, STARTED, RUN])))
async def test_a_completed_run_stays_completed_in_whatever_order_events_come(
    database: Database, order: tuple[RunRow, ...]
) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await connection.execute("DELETE FROM workflow_runs")
        for event in order:
            await save_run(connection, event)
        assert await run(connection, 100, 1) == RUN


async def test_a_run_that_is_not_completed_has_no_conclusion(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        stored = await save_run(connection, replace(RUN, run_id=1, status="queued", conclusion="failure"))
    assert stored.conclusion is None


async def test_the_newest_attempt_is_known(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_attempt=10))
        await save_run(connection, replace(RUN, run_attempt=9))
        assert await latest_attempt(connection, 100) == 10
        assert await latest_attempt(connection, 101) is None


async def test_the_runs_of_a_head_are_those_of_its_repository(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_attempt=2))
        await save_run(connection, replace(RUN, run_id=101, head_sha=OTHER_SHA))
        found = await runs_of_head(connection, 11, SHA)
        assert [(row.run_id, row.run_attempt) for row in found] == [(100, 2), (100, 1)]
        assert await runs_of_head(connection, 12, SHA) == ()


async def test_a_branchs_history_is_newest_first_and_says_what_was_analysed(database: Database) -> None:
    main = replace(RUN, head_branch="main", event="push")
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(main, run_id=90, conclusion="success"))
        await save_run(connection, replace(main, run_id=91))
        await save_run(connection, replace(main, run_id=92))
        await begin(connection, 92, 1, 11, SHA)
        await save_failures(connection, [replace(FAILURE, run_id=92, head_branch="main")])
        await update(connection, 92, 1, state="diagnosed")
        await save_run(connection, replace(main, run_id=93, head_repository="stranger/shop"))
        await save_run(connection, replace(main, run_id=94, workflow_id=6))
        await save_run(connection, replace(main, run_id=95, status="in_progress"))
        await save_run(connection, replace(main, run_id=200))
        found = await branch_history(connection, 11, 5, "main", 100, 10)
        assert [(row.run.run_id, row.fingerprints) for row in found] == [
            (92, frozenset({FAILURE.fingerprint})),
            (91, None),
            (90, frozenset()),
        ]
        assert len(await branch_history(connection, 11, 5, "main", 100, 2)) == 2


async def test_a_heads_history_leaves_out_the_attempt_in_question(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_attempt=2, conclusion="success"))
        found = await head_history(connection, 11, 5, SHA, (100, 1))
        assert [(row.run.run_attempt, row.fingerprints) for row in found] == [(2, frozenset())]


async def test_the_same_failure_is_found_on_other_branches_only(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=99, head_branch="else"))
        await save_failures(connection, [FAILURE, replace(FAILURE, run_id=99, head_branch="else")])
        found = await fingerprint_elsewhere(connection, 11, FAILURE.fingerprint, "topic", 5)
        assert [row.run.run_id for row in found] == [99]
        everywhere = await fingerprint_elsewhere(connection, 11, FAILURE.fingerprint, None, 5)
        assert [row.run.run_id for row in everywhere] == [99, 100]
        assert await fingerprint_elsewhere(connection, 12, FAILURE.fingerprint, "topic", 5) == ()


async def test_an_analysis_begun_twice_is_one(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first = await begin(connection, 100, 1, 11, SHA, 3)
        await update(connection, 100, 1, check_run_id=8)
        again = await begin(connection, 100, 1, 11, SHA)
        assert (first.state, first.check_run_id) == ("started", None)
        assert (again.pull_request_number, again.check_run_id) == (3, 8)
        assert await analyses_of_head(connection, 11, SHA) == (again,)


async def test_an_update_leaves_what_it_does_not_name(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await begin(connection, 100, 1, 11, SHA)
        await update(connection, 100, 1, check_run_id=8, check_digest="x", note="looking\0")
        after = await update(connection, 100, 1, state="diagnosed", annotations_sent=50)
        assert after is not None
        assert (after.check_run_id, after.check_digest, after.annotations_sent) == (8, "x", 50)
        assert after.note == "looking\ufffd"
        assert after.diagnosed_at is not None
        later = await update(connection, 100, 1, state="published")
        assert later is not None
        assert later.diagnosed_at == after.diagnosed_at
        assert await update(connection, 999, 1, state="failed") is None
        assert await analysis(connection, 100, 1) == later


async def test_the_comment_of_a_pull_request_is_the_one_used_last(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        for run_id, comment in ((100, 70), (101, 71), (102, None)):
            await save_run(connection, replace(RUN, run_id=run_id))
            await begin(connection, run_id, 1, 11, SHA, 3)
            await update(connection, run_id, 1, comment_id=comment)
        assert await comment_of(connection, REPOSITORY.repository_id, 3) == 71
        assert await comment_of(connection, REPOSITORY.repository_id, 4) is None
