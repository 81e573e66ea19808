import asyncio
import json
from dataclasses import replace
from datetime import UTC

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.failures import failures_of, save_failures
from storage.runs import save_run
from storage.text import exact_json, storable, storable_json
from tests.storage.rows import FAILURE, RUN, seed


async def occurrences(database: Database) -> dict[str, int]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT fingerprint, occurrences FROM fingerprints")
        return {str(name): int(count) for name, count in await cursor.fetchall()}


async def test_a_failure_comes_back_as_it_was_given(database: Database) -> None:
    diagnosis = {"headline": "F401 \u2028 `os`", "lines": 3}
    async with database.transaction() as connection:
        await seed(connection)
        saved = await save_failures(connection, [replace(FAILURE, diagnosis_json=json.dumps(diagnosis))])
        assert await failures_of(connection, 100, 1) == saved
    (row,) = saved
    assert json.loads(row.diagnosis_json) == diagnosis
    assert (row.jobs, row.message, row.verdict, row.confidence) == (FAILURE.jobs, FAILURE.message, "yours", 0.9)
    assert row.day == row.created_at.astimezone(UTC).date()


async def test_a_second_run_of_the_task_changes_and_counts_nothing(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        first = await save_failures(connection, [FAILURE])
    async with database.transaction() as connection:
        assert await save_failures(connection, [replace(FAILURE, headline="another")]) == first
    assert await occurrences(database) == {FAILURE.fingerprint: 1}


async def test_each_attempt_counts_its_fingerprint(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        await save_run(connection, replace(RUN, run_attempt=2))
        await save_failures(connection, [FAILURE, replace(FAILURE, run_attempt=2)])
    assert await occurrences(database) == {FAILURE.fingerprint: 2}


async def test_many_who_store_the_same_failures_at_once_count_each_once(database: Database) -> None:
    rows = [replace(FAILURE, fingerprint=f"ruff:{number}") for number in range(5)]
    async with database.transaction() as connection:
        await seed(connection)

    async def store(turn: int) -> None:
        async with database.transaction() as connection:
            await save_failures(connection, rows if turn % 2 else rows[::-1])

    await asyncio.gather(*map(store, range(8)))
    assert await occurrences(database) == {row.fingerprint: 1 for row in rows}


async def test_a_verdict_that_is_none_is_refused(database: Database) -> None:
    async with database.transaction() as connection:
        await seed(connection)
        with pytest.raises(psycopg.errors.CheckViolation):
            async with connection.transaction():
                await save_failures(connection, [replace(FAILURE, verdict="certainly")])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=[])) | st.sampled_from(["\\u0000", "\\\\u0000", "\0", "\ud800"]))
async def test_whatever_a_log_holds_can_be_stored(database: Database, text: str) -> None:
    row = replace(FAILURE, headline=text, message=text, diagnosis_json=json.dumps({"text": text, text: [text]}))
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await seed(connection)
        (saved,) = await save_failures(connection, [row])
    assert saved.headline == storable(text)
    assert json.loads(saved.diagnosis_json)["text"] == storable(text)


@given(text=st.text())
def test_a_text_without_nul_is_kept_exactly(text: str) -> None:
    document = json.dumps([text])
    if "\0" in text:
        with pytest.raises(ValueError, match="edits"):
            exact_json("edits", document)
    else:
        assert json.loads(exact_json("edits", document)) == [text]
        assert json.loads(storable_json(document)) == [text]
