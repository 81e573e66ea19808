"""Plan runs: what is written twice is there once, and what has ended does not begin again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from storage import plan_runs
from storage.database import Connection, Database
from storage.plan_runs import NewPlanRun, Spent
from storage.repositories import RepositoryRow, save_repository
from storage.runs import save_run
from tests.storage.rows import RUN, seed

RUN_ID = f"prun-{uuid4()}"
NEW = NewPlanRun(RUN_ID, f"plan-{uuid4()}", 11, 100, 1, '{"steps": []}', "look at the lock\0 file", True)
BEFORE = datetime.now(UTC) - timedelta(hours=1)


async def begun(connection: Connection, new: NewPlanRun = NEW) -> None:
    await seed(connection)
    await plan_runs.begin(connection, new)


async def test_a_run_begins_once(database: Database) -> None:
    async with database.transaction() as connection:
        await begun(connection)
        await plan_runs.begin(connection, replace(NEW, hint="another"))
        row = await plan_runs.plan_run(connection, RUN_ID)
    assert row is not None
    assert (row.state, row.hint, row.asked_again) == ("NOT_STARTED", "look at the lock\ufffd file", True)
    assert (row.plan_json, row.messages_json, row.answer_json) == ('{"steps": []}', "[]", None)


async def test_a_run_keeps_what_it_is_told_and_ends_once(database: Database) -> None:
    async with database.transaction() as connection:
        await begun(connection)
        assert await plan_runs.move(connection, RUN_ID, "IN_PROGRESS", engine="gemini", model="m", request_key="k")
        assert await plan_runs.move(connection, RUN_ID, "NEED_CLARIFICATION")
        assert await plan_runs.complete(connection, RUN_ID, '{"outcome": "fix"}')
        assert not await plan_runs.complete(connection, RUN_ID, '{"outcome": "no_fix"}')
        assert not await plan_runs.move(connection, RUN_ID, "IN_PROGRESS")
        row = await plan_runs.plan_run(connection, RUN_ID)
    assert row is not None
    assert (row.state, row.answer_json) == ("COMPLETE", '{"outcome": "fix"}')
    assert (row.engine, row.model, row.request_key) == ("gemini", "m", "k")


async def test_the_database_knows_six_states_and_no_end_without_an_answer(database: Database) -> None:
    async with database.connection() as connection:
        await begun(connection)
        for state in ("running", "COMPLETE"):
            with pytest.raises(psycopg.errors.CheckViolation):
                await plan_runs.move(connection, RUN_ID, state)


async def test_ids_of_other_forms_are_refused(database: Database) -> None:
    async with database.connection() as connection:
        await seed(connection)
        with pytest.raises(psycopg.errors.CheckViolation):
            await plan_runs.begin(connection, replace(NEW, plan_run_id=NEW.plan_id))


async def test_a_step_is_written_as_it_goes_and_stays_once_it_is_done(database: Database) -> None:
    async with database.transaction() as connection:
        await begun(connection)
        for state, output in (
            ("running", None),
            ("waiting", "q"),
            ("done", "first"),
            ("done", "second"),
            ("running", None),
        ):
            await plan_runs.save_step(connection, RUN_ID, 0, "generate_fix", '{"a": 1}', state, output)
        await plan_runs.save_step(connection, RUN_ID, 1, "store_analysis", "{}", "running")
        steps = await plan_runs.steps_of(connection, RUN_ID)
    assert [(one.ordinal, one.tool, one.state, one.output) for one in steps] == [
        (0, "generate_fix", "done", "first"),
        (1, "store_analysis", "running", None),
    ]


async def test_what_was_paid_for_only_grows(database: Database) -> None:
    async with database.transaction() as connection:
        await begun(connection)
        await plan_runs.remember(connection, RUN_ID, '[{"kind": "response"}]', 2, 100, 20, 7)
        await plan_runs.remember(connection, RUN_ID, "[]", 1, 200, 10, 3)
        row = await plan_runs.plan_run(connection, RUN_ID)
    assert row is not None
    assert (row.requests, row.input_tokens, row.output_tokens, row.cost_micros) == (2, 200, 20, 7)


async def test_a_question_is_answered_by_the_first(database: Database) -> None:
    question = f"clar-{uuid4()}"
    async with database.transaction() as connection:
        await begun(connection)
        await plan_runs.save_step(connection, RUN_ID, 3, "generate_fix", "{}", "waiting")
        await plan_runs.ask(connection, question, RUN_ID, 3, "Which Python?")
        await plan_runs.ask(connection, question, RUN_ID, 3, "Which Python?")
        assert await plan_runs.answer(connection, question, "3.12", "mona")
        assert not await plan_runs.answer(connection, question, "3.9", "octo")
        assert not await plan_runs.answer(connection, f"clar-{uuid4()}", "3.9", "octo")
        (row,) = await plan_runs.clarifications_of(connection, RUN_ID)
    assert (row.question, row.answer, row.answered_by, row.ordinal) == ("Which Python?", "3.12", "mona", 3)


async def test_the_newest_run_of_an_attempt_is_found(database: Database) -> None:
    newer = f"prun-{uuid4()}"
    async with database.connection() as connection:
        await begun(connection)
        await plan_runs.begin(connection, replace(NEW, plan_run_id=newer))
        found = await plan_runs.newest_of_attempt(connection, 100, 1)
        none = await plan_runs.newest_of_attempt(connection, 100, 2)
    assert found is not None
    assert (found.plan_run_id, none) == (newer, None)


async def test_an_answer_is_found_by_what_was_asked_in_its_repository_only(database: Database) -> None:
    async with database.connection() as connection:
        await begun(connection)
        await plan_runs.move(connection, RUN_ID, "IN_PROGRESS", request_key="k")
        assert await plan_runs.answered_before(connection, 11, "k") is None
        await plan_runs.complete(connection, RUN_ID, "{}")
        found = await plan_runs.answered_before(connection, 11, "k")
        assert found is not None
        assert found.plan_run_id == RUN_ID
        assert await plan_runs.answered_before(connection, 12, "k") is None
        assert await plan_runs.answered_before(connection, 11, "other") is None


async def test_what_was_spent_is_summed_for_a_repository_and_for_all(database: Database) -> None:
    other = replace(NEW, plan_run_id=f"prun-{uuid4()}", repository_id=12, run_id=200)
    async with database.connection() as connection:
        await begun(connection)
        await save_repository(connection, RepositoryRow(12, 7, "octo", "other", "main"))
        await save_run(connection, replace(RUN, repository_id=12, run_id=200))
        await plan_runs.begin(connection, other)
        await plan_runs.begin(connection, replace(NEW, plan_run_id=f"prun-{uuid4()}"))
        await plan_runs.remember(connection, RUN_ID, "[]", 2, 100, 20, 7)
        await plan_runs.remember(connection, other.plan_run_id, "[]", 1, 10, 2, 1)
        assert await plan_runs.spent(connection, BEFORE, 11) == Spent(1, 2, 120, 7)
        assert await plan_runs.spent(connection, BEFORE) == Spent(2, 3, 132, 8)
        assert await plan_runs.spent(connection, datetime.now(UTC) + timedelta(hours=1)) == Spent(0, 0, 0, 0)
