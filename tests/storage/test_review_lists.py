from dataclasses import replace
from datetime import UTC, datetime

from storage import plan_runs, review_lists
from storage.database import Connection, Database
from storage.fixes import propose
from storage.installations import InstallationRow, save_installation
from storage.plan_runs import NewPlanRun
from storage.repositories import remove_repositories, save_repository
from storage.runs import save_run
from tests.storage.rows import REPOSITORY, RUN, another_fix, seed

PLAN_RUN = "prun-00000000-0000-0000-0000-00000000000{}"
QUESTION = "clar-00000000-0000-0000-0000-00000000000{}"


async def two_repositories(connection: Connection) -> list[int]:
    """Fixes 1, 3 and 5 in repository 11, 2 and 4 in 12; gives their ids in that order."""
    await seed(connection)
    await save_repository(connection, replace(REPOSITORY, repository_id=12, name="geo"))
    await save_run(connection, replace(RUN, run_id=101, repository_id=12))
    ids = []
    for number in range(5):
        new = another_fix(number)
        if number % 2:
            new = replace(new, repository_id=12, run_id=101)
        ids.append((await propose(connection, new)).fix_id)
    return [int(one) for one in ids]


async def test_a_repository_without_the_app_is_listed_no_more(database: Database) -> None:
    async with database.connection() as connection:
        ids = await two_repositories(connection)
        assert [row.repository_id for row in await review_lists.with_fixes(connection, 0, 9)] == [11, 12]
        assert [row.repository_id for row in await review_lists.with_fixes(connection, 0, 1)] == [11]
        assert [row.repository_id for row in await review_lists.with_fixes(connection, 11, 9)] == [12]
        assert await review_lists.with_fixes(connection, 0, 9, "rejected") == ()
        assert len(await review_lists.with_fixes(connection, 0, 9, "proposed")) == 2
        await remove_repositories(connection, 7, [12])
        assert await review_lists.repository_named(connection, "OCTO", "geo") is None
        assert [row.repository_id for row in await review_lists.with_fixes(connection, 0, 9)] == [11]
        assert await review_lists.repository_of_fix(connection, ids[1]) is None
        assert await review_lists.repository_of_fix(connection, 999) is None
        assert await review_lists.repository_named(connection, "OCTO", "shop") is not None
        await save_installation(connection, InstallationRow(7, "octo", "User", {}, datetime.now(UTC), None))
        assert await review_lists.with_fixes(connection, 0, 9) == ()
        assert await review_lists.repository_of_fix(connection, ids[0]) is None


async def test_questions_that_wait_come_oldest_first_in_pages(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        for number in range(3):
            run = PLAN_RUN.format(number)
            await plan_runs.begin(connection, NewPlanRun(run, run.replace("prun", "plan"), 11, 100, 1, "{}"))
            await plan_runs.save_step(connection, run, 0, "ask", "{}", "waiting")
            await plan_runs.ask(connection, QUESTION.format(number), run, 0, f"Why {number}?")
            await plan_runs.move(connection, run, "NEED_CLARIFICATION")
        await plan_runs.answer(connection, QUESTION.format(1), "So.", "mona")
        assert [row.repository_id for row in await review_lists.with_questions(connection, 0, 9)] == [11]
        found = await review_lists.questions_page(connection, [11], 9)
        assert [row.question for row in found] == ["Why 0?", "Why 2?"]
        after = (found[0].asked_at.isoformat(), found[0].clarification_id)
        assert [row.question for row in await review_lists.questions_page(connection, [11], 9, after=after)] == [
            "Why 2?"
        ]
        assert await review_lists.questions_page(connection, [12], 9) == ()
        where = await review_lists.repository_of_question(connection, QUESTION.format(0))
        assert where is not None
        assert where.repository_id == 11
