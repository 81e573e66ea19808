"""A question of the model, answered by the API while no worker runs: the plan goes on when the next one starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from agents.gemini import Gemini
from github_app.worker import Pace, run_worker
from handlers.registry import tasks
from tests.agents.fake_gemini import FakeGemini, calls, serving
from tests.handlers.house import House, house
from tests.handlers.test_planning import RED, fix


@asynccontextmanager
async def worker(opened: House, database_url: str, gemini: str) -> AsyncIterator[None]:
    """A worker that remembers nothing of any other: all it knows stands in the database."""
    services = replace(opened.services, engine=Gemini("k", base_url=gemini, retry_pause=0.001))
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(database_url, tasks(services), stop, pace=Pace(poll=0.05, grace=5.0)))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_a_plan_goes_on_from_an_answer_of_the_api_with_another_worker(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([calls(("ask_maintainer", {"question": "Is numpy allowed here?"}))])
    async with serving(fake) as gemini, house(database_url, tmp_path, working=False) as opened:
        await opened.red_pull_request(content=RED, settled=False)
        async with worker(opened, database_url, gemini):
            await opened.settle()
        assert await opened.value("SELECT state FROM plan_runs") == "NEED_CLARIFICATION"
        fake.replies.append(fix())
        headers = {"Authorization": f"Bearer {await opened.api_token('mona')}"}
        async with httpx.AsyncClient(base_url=opened.api, trust_env=False, headers=headers) as client:
            (asked,) = (await client.get("/clarifications")).json()["clarifications"]
            said = {"clarification_id": asked["clarification_id"], "answer": "No, math will do."}
            assert (await client.post("/clarifications/respond", json=said)).status_code == 200
            async with worker(opened, database_url, gemini):
                await opened.settle()
            (found,) = (await client.get("/fixes")).json()["fixes"]
        assert found["summary"] == "Correct the name of the radius"
        assert await opened.value("SELECT state FROM plan_runs") == "COMPLETE"
    assert "No, math will do." in fake.received[1].body
