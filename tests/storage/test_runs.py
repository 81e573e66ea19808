from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from storage.analyses import (
    analyses_of_head,
    analysis,
    begin,
    begun_since,
    checked,
    comment_of,
    commented,
    configure,
    update,
)
from storage.database import Database
from storage.jobs import JobRow, save_jobs
from storage.runs import (
    RunRow,
    fails_lately,
    latest_attempt,
    newest_of_branch,
    run,
    runs_of_head,
    save_run,
    without_jobs,
)
from tests.storage.rows import OTHER_SHA, REPOSITORY, RUN, SHA, seed

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


async def test_the_newest_run_of_a_branch_may_be_under_way_and_is_never_a_pull_requests(database: Database) -> None:
    main = replace(RUN, head_branch="main", event="push")
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(main, run_id=90, conclusion="success"))
        await save_run(connection, replace(main, run_id=95, status="in_progress", conclusion=None))
        await save_run(connection, replace(main, run_id=96, event="pull_request", head_repository="stranger/shop"))
        await save_run(connection, replace(main, run_id=97, workflow_id=6))
        newest = await newest_of_branch(connection, 11, 5, "main", 100)
        assert newest is not None
        assert (newest.run_id, newest.status) == (95, "in_progress")
        assert await newest_of_branch(connection, 11, 5, "main", 90) is None


async def test_finished_runs_of_a_branch_whose_jobs_nobody_asked_for(database: Database) -> None:
    main = replace(RUN, head_branch="main", event="push")
    async with database.transaction() as connection:
        await seed(connection)
        for run_id in (90, 91, 92, 93):
            await save_run(connection, replace(main, run_id=run_id))
        await save_run(connection, replace(main, run_id=94, status="queued", conclusion=None))
        await save_jobs(connection, [JobRow(92, 1, 1, "test", "success", "u")])
        found = await without_jobs(connection, 11, 5, "main", 100, 3)
        assert [row.run_id for row in found] == [93, 91]


@pytest.mark.parametrize(("conclusion", "fails"), [("failure", True), ("success", False), ("cancelled", False)])
async def test_a_workflow_fails_lately_when_one_of_its_runs_did(
    database: Database, conclusion: str, fails: bool
) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_id=90, workflow_id=9, conclusion=conclusion))
        assert await fails_lately(connection, 11, 9, 1000) is fails
        assert not await fails_lately(connection, 11, 10, 1000)


async def test_an_analysis_begun_twice_is_one(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first = await begin(connection, 100, 1, 11, SHA, 3)
        await checked(connection, 11, SHA, 8, None)
        again = await begin(connection, 100, 1, 11, SHA)
        assert (first.state, first.check_run_id) == ("started", None)
        assert (again.pull_request_number, again.check_run_id) == (3, 8)
        assert await analyses_of_head(connection, 11, SHA) == (again,)


async def test_an_update_leaves_what_it_does_not_name(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await begin(connection, 100, 1, 11, SHA)
        await checked(connection, 11, SHA, 8, "x")
        await update(connection, 100, 1, note="looking\0")
        after = await update(connection, 100, 1, state="diagnosed")
        assert after is not None
        assert (after.check_run_id, after.check_digest) == (8, "x")
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
        for run_id, head, comment in ((100, SHA, 70), (101, OTHER_SHA, 71), (102, OTHER_SHA, None)):
            await save_run(connection, replace(RUN, run_id=run_id, head_sha=head))
            await begin(connection, run_id, 1, 11, head, 3)
            if comment is not None:
                await commented(connection, 11, 3, head, comment, "digest")
        assert await comment_of(connection, REPOSITORY.repository_id, 3) == 71
        assert await comment_of(connection, REPOSITORY.repository_id, 4) is None


async def test_what_the_comment_says_is_known_for_the_head_it_speaks_of_alone(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        for run_id, head in ((100, SHA), (101, OTHER_SHA)):
            await save_run(connection, replace(RUN, run_id=run_id, head_sha=head))
            await begin(connection, run_id, 1, 11, head, 3)
        await commented(connection, 11, 3, SHA, 70, "of the first")
        await commented(connection, 11, 3, OTHER_SHA, 70, "of the second")
        digests = [found.comment_digest for run_id in (100, 101) if (found := await analysis(connection, run_id, 1))]
        assert digests == [None, "of the second"]


async def test_what_a_repositorys_file_says_is_kept_with_the_analysis(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        begun = await begin(connection, 100, 1, REPOSITORY.repository_id, SHA)
        assert (begun.approvers, begun.approvable, begun.annotations_json) == (None, True, "[]")
        await configure(
            connection, 100, 1, approvers="Nobody\0.", approvable=False, annotations_json='[{"path": "a\\u0000"}]'
        )
        kept = await analysis(connection, 100, 1)
    assert kept is not None
    assert (kept.approvers, kept.approvable) == ("Nobody\ufffd.", False)
    assert kept.annotations_json == '[{"path": "a\ufffd"}]'


async def test_the_analyses_of_a_repository_are_counted_from_a_time_on(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        begun = await begin(connection, 100, 1, REPOSITORY.repository_id, SHA)
        assert await begun_since(connection, REPOSITORY.repository_id, begun.started_at) == 1
        assert await begun_since(connection, REPOSITORY.repository_id, begun.started_at + timedelta(seconds=1)) == 0
        assert await begun_since(connection, REPOSITORY.repository_id + 1, begun.started_at) == 0
