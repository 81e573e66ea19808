"""A worker killed by kill -9 at each step of a plan's run: the next one goes on there, and pays for no answer twice.

The database holds a write up by a lock of the test's, the worker is killed while it waits, and the write is undone:
what was saved before it is all that the next worker finds.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from agents.gemini import Gemini
from tests.agents.fake_gemini import FakeGemini, Received, Reply, calls, serving
from tests.handlers.house import House, house
from tests.handlers.test_crash import worker
from tests.handlers.test_planning import RED, fix

_LOCK = 4242


def answering(asked: Received) -> Reply:
    """First a look at the log, then the fix: by what was asked, whoever asks and however often."""
    read = '"functionResponse"' in asked.body or '"function_response"' in asked.body
    return fix() if read else calls(("fetch_workflow_logs", {"words": "F821", "last": 9999}))


@asynccontextmanager
async def home(database_url: str, folder: Path, fake: FakeGemini) -> AsyncIterator[House]:
    async with (
        serving(fake) as base_url,
        house(database_url, folder, Gemini("k", base_url=base_url), working=False) as opened,
    ):
        settings = {
            "api_url": opened.api_url,
            "app_id": str(opened.app.app_id),
            "private_key": opened.app.private_key_pem,
            "database_url": database_url,
            "gemini": base_url,
        }
        (folder / "settings.json").write_text(json.dumps(settings))
        yield opened


async def killed_at(database_url: str, folder: Path, table: str, condition: str) -> None:
    """Kill a worker that is about to make the write on `table` that `condition` names."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(
            f"""
            CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_lock({_LOCK}); RETURN NEW; END $$;
            CREATE TRIGGER held BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({condition})
            EXECUTE FUNCTION held();
            SELECT pg_advisory_lock({_LOCK})
            """.encode()
        )
        async with worker(folder) as process, asyncio.timeout(60):
            while not (waiting := await _waiting(connection)):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        for pid in waiting:
            await connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        await connection.execute(f"DROP TRIGGER held ON {table}".encode())


async def _waiting(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> list[object]:
    cursor = await connection.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", (_LOCK,)
    )
    return [row[0] for row in await cursor.fetchall()]


def step(ordinal: int, state: str) -> tuple[str, str, int]:
    return "plan_steps", f"NEW.ordinal = {ordinal} AND NEW.state = '{state}'", 2


def talk(requests: int, messages: int, paid: int) -> tuple[str, str, int]:
    return "plan_runs", f"NEW.requests = {requests} AND jsonb_array_length(NEW.messages) = {messages}", paid


# What is about to be saved when the worker is killed, and how many requests the model's service is sent in all.
PLACES = {
    "before the run begins": ("plan_runs", "NEW.state = 'IN_PROGRESS'", 2),
    "the run was read": step(0, "done"),
    "the diagnosis was told": step(1, "done"),
    "similar fixes were looked up": step(2, "done"),
    "before the first request": talk(1, 0, 2),
    "the first answer came and was not stored": talk(1, 2, 3),
    "the first answer was stored and its tool ran": talk(2, 2, 2),
    "the second answer came and was not stored": talk(2, 4, 3),
    "the answer was checked": step(3, "done"),
    "the fix was stored": step(4, "done"),
    "the approval was asked for": step(5, "done"),
    "before the run ends": ("plan_runs", "NEW.state = 'COMPLETE'", 2),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_plan_cut_short_is_ended_once(database_url: str, tmp_path: Path, place: str) -> None:
    table, condition, paid = PLACES[place]
    fake = FakeGemini(answering=answering)
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED, settled=False)
        await killed_at(database_url, tmp_path, table, condition)
        async with worker(tmp_path):
            await opened.settle()
        assert len(fake.received) == paid
        assert await opened.value("SELECT array_agg(state) FROM plan_runs") == ["COMPLETE"]
        assert await opened.value("SELECT array_agg(state ORDER BY ordinal) FROM plan_steps") == ["done"] * 6
        assert await opened.value("SELECT array_agg(summary) FROM suggested_fixes") == [
            "Correct the name of the radius"
        ]
        (comment,) = opened.our_comments(number)
        assert "`/approve F1`" in comment


async def test_a_worker_killed_while_the_service_thinks_asks_once_more(database_url: str, tmp_path: Path) -> None:
    held = Reply(fix().body, hold=asyncio.Event())
    fake = FakeGemini([held])
    async with home(database_url, tmp_path, fake) as opened:
        await opened.red_pull_request(content=RED, settled=False)
        async with worker(tmp_path) as process, asyncio.timeout(60):
            while not fake.received:
                assert process.returncode is None
                await asyncio.sleep(0.02)
        assert held.hold is not None
        held.hold.set()
        fake.answering = answering
        async with worker(tmp_path):
            await opened.settle()
        assert await opened.value("SELECT requests FROM plan_runs") == 3
        assert await opened.value("SELECT count(*) FROM suggested_fixes") == 1


async def test_an_answer_of_a_person_reaches_a_plan_in_another_process(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([calls(("ask_maintainer", {"question": "Is numpy allowed here?"}))])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED, settled=False)
        async with worker(tmp_path):
            await opened.settle()
        fake.replies.append(fix())
        await opened.sandbox.comment(opened.repository, number, "mona", "/answer No.")
        await killed_at(database_url, tmp_path, "plan_steps", "NEW.ordinal = 3 AND NEW.state = 'done'")
        async with worker(tmp_path):
            await opened.settle()
        assert len(fake.received) == 2
        assert await opened.value("SELECT state FROM plan_runs") == "COMPLETE"
        assert await opened.value("SELECT answer FROM clarifications") == "No."
