"""How much is written at GitHub for one failure until a person acts: three writes at most, none on a second pass."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.gemini import Gemini
from github_app.client import REPORT
from github_app.model import RunId
from github_app.publish import CHECK_NAME
from github_app.queue import defer
from handlers import jobs
from handlers.services import repository_of
from handlers.tasks.publishing import publish
from handlers.upkeep import LONGEST_PLAN, show_without_answer
from sandbox.faults import Fault
from tests.agents.fake_gemini import FakeGemini, Reply, serving
from tests.handlers.house import RED, House, house, workflow
from tests.handlers.test_planning import RED as BEYOND_RECIPES
from tests.handlers.test_planning import fix

MADE, COMPLETED, COMMENTED = "POST check-runs", "PATCH check-runs", "POST comments"


@dataclass
class Way:
    """A way that a failure can go, and what is written on it."""

    written: list[str]
    content: bytes = RED
    model: Reply | None = None
    patience: timedelta = timedelta(seconds=60)
    fork: bool = False
    said: str = ""


AT_ONCE = timedelta(0)
WAYS = {
    "a recipe's fix": Way([MADE, COMMENTED], said="/approve F1"),
    "a recipe's fix after a long reading": Way([MADE, COMPLETED, COMMENTED], patience=AT_ONCE, said="/approve F1"),
    "no fix and no model": Way([MADE, COMMENTED], BEYOND_RECIPES, said="no model is configured"),
    "a model that finds a fix": Way([MADE, COMPLETED, COMMENTED], BEYOND_RECIPES, fix(), said="/approve F1"),
    "a model that finds one after a long reading": Way(
        [MADE, COMPLETED, COMMENTED], BEYOND_RECIPES, fix(), patience=AT_ONCE, said="/approve F1"
    ),
    "a model that finds none": Way(
        [MADE, COMPLETED, COMMENTED], BEYOND_RECIPES, fix(fix=False, edits=[]), said="the model knows no fix"
    ),
    "a fork": Way([MADE, COMMENTED], fork=True, said="Fix F1"),
}


@asynccontextmanager
async def home(database_url: str, folder: Path, way: Way) -> AsyncIterator[House]:
    async with serving(FakeGemini([way.model] if way.model else [])) as base_url:
        engine = Gemini("k", base_url=base_url, retry_pause=0.001) if way.model else None
        async with house(database_url, folder, engine, patience=way.patience) as opened:
            await opened.settle()
            yield opened


async def from_a_fork(home: House, content: bytes) -> int:
    fork = await home.sandbox.fork(home.repository, "stranger")
    ci = {".github/workflows/ci.yml": workflow("pull_request")}
    await home.sandbox.push(home.repository, "main", ci, "CI", "octo")
    await home.sandbox.push(fork, "swap", {"area.py": content, **ci}, "Swap imports", "stranger")
    number = await home.sandbox.open_pull_request(home.repository, "stranger", "stranger:swap", "main", "Swap")
    await home.settle()
    return number


def written(home: House, before: int = 0) -> list[str]:
    """What reached GitHub since, tokens and deliveries aside: the method, and what it was done to."""
    told = []
    for method, path in home.sandbox.writes()[before:]:
        if not path.endswith("/access_tokens"):
            told.append(f"{method} {next(part for part in reversed(path.split('/')) if not part.isdigit())}")
    return told


async def pass_again(home: House) -> None:
    """Every job of the failure once more, as after a crash or a second delivery, and the delivery itself."""
    async with home.database.transaction() as connection:
        cursor = await connection.execute("SELECT run_id, run_attempt, repository_id FROM analyses")
        ((run_id, run_attempt, repository_id),) = await cursor.fetchall()
        cursor = await connection.execute("SELECT plan_run_id FROM plan_runs")
        plans = [str(row[0]) for row in await cursor.fetchall()]
        again = [jobs.diagnose(repository_id, run_id, run_attempt) for _ in range(2)]
        await defer(connection, [*again, *(jobs.propose(repository_id, run_id, run_attempt, one) for one in plans)])
        repository = await repository_of(connection, repository_id)
    await home.settle()
    async with home.services.github.installation(repository, REPORT) as installation:
        await publish(home.services, installation, repository, RunId(run_id), run_attempt)
    for delivery in home.sandbox.deliveries("workflow_run"):
        await home.sandbox.redeliver(delivery.id)
    await home.settle()


@pytest.mark.parametrize("name", WAYS)
async def test_a_failure_costs_three_writes_at_most_and_a_second_pass_none(
    database_url: str, tmp_path: Path, name: str
) -> None:
    way = WAYS[name]
    async with home(database_url, tmp_path, way) as opened:
        begun = len(opened.sandbox.writes())
        number = await (from_a_fork(opened, way.content) if way.fork else opened.red_pull_request(content=way.content))
        assert written(opened, begun) == way.written
        assert len(way.written) <= 3
        (comment,) = opened.our_comments(number)
        assert way.said in comment
        done = len(opened.sandbox.writes())
        await pass_again(opened)
        assert written(opened, done) == []


async def test_while_a_model_is_asked_the_check_run_holds_the_diagnosis_and_no_button(
    database_url: str, tmp_path: Path
) -> None:
    way = Way([], BEYOND_RECIPES, fix())
    async with home(database_url, tmp_path, way) as opened:
        number = await opened.red_pull_request(content=BEYOND_RECIPES)
        told = [json.loads(json.dumps(one.payload))["check_run"] for one in opened.sandbox.deliveries("check_run")]
        shown = next(one for one in told if one["name"] == CHECK_NAME)
        assert (shown["status"], shown["conclusion"]) == ("in_progress", None)
        assert "F821 Undefined name `radios`" in shown["output"]["title"]
        assert "the model is being asked for a fix" in shown["output"]["summary"]
        (check,) = opened.sandbox.check_runs(opened.repository, opened.app)
        assert [action.identifier for action in check.actions] == ["approve_fix", "reject_fix", "analyze_again"]
        assert len(opened.our_comments(number)) == 1


async def test_what_was_offered_on_a_pull_request_goes_when_it_is_closed_by_one_write_each(
    database_url: str, tmp_path: Path
) -> None:
    async with home(database_url, tmp_path, Way([])) as opened:
        number = await opened.red_pull_request()
        before = len(opened.sandbox.writes())
        await opened.sandbox.close_pull_request(opened.repository, number, "mona")
        await opened.settle()
        assert written(opened, before) == [COMPLETED, "PATCH comments"]
        assert await opened.value("SELECT state FROM suggested_fixes") == "expired"
        (comment,) = opened.our_comments(number)
        assert "F1 expired: the pull request was closed." in comment
        assert "/approve" not in comment
        (check,) = opened.sandbox.check_runs(opened.repository, opened.app)
        assert [action.identifier for action in check.actions] == ["analyze_again"]
        before = len(opened.sandbox.writes())
        await opened.sandbox.redeliver(opened.sandbox.deliveries("pull_request")[-1].id)
        await opened.settle()
        await opened.sandbox.reopen_pull_request(opened.repository, number, "mona")
        await opened.settle()
        assert written(opened, before) == []


async def test_where_the_asking_job_died_what_broke_is_shown_without_a_fix(database_url: str, tmp_path: Path) -> None:
    async with home(database_url, tmp_path, Way([], BEYOND_RECIPES, fix())) as opened:
        opened.sandbox.faults.add(Fault("GET", "/git/trees/", status=404, message="Not Found", times=99))
        number = await opened.red_pull_request(content=BEYOND_RECIPES)
        (check,) = opened.sandbox.check_runs(opened.repository, opened.app)
        assert (check.status, opened.our_comments(number)) == ("in_progress", [])
        opened.sandbox.faults.clear()
        assert await show_without_answer(opened.services) == 0
        assert await show_without_answer(opened.services, datetime.now(UTC) + LONGEST_PLAN) == 1
        assert (check.status, check.conclusion) == ("completed", "neutral")
        assert "the model gave no answer" in opened.our_comments(number)[0]


async def test_a_models_answer_that_comes_after_the_pull_request_was_closed_is_not_offered(
    database_url: str, tmp_path: Path
) -> None:
    held = Reply(fix().body, hold=asyncio.Event())
    assert held.hold is not None
    async with home(database_url, tmp_path, Way([], BEYOND_RECIPES, held)) as opened:
        number = await opened.red_pull_request(content=BEYOND_RECIPES, settled=False)
        async with asyncio.timeout(30):
            while await opened.value("SELECT count(*) FROM plan_runs WHERE state = 'IN_PROGRESS'") == 0:  # noqa: ASYNC110  # a row of the worker's
                await asyncio.sleep(0.02)
        await opened.sandbox.close_pull_request(opened.repository, number, "mona")
        await opened.sandbox.idle()
        held.hold.set()
        await opened.settle()
        assert await opened.value("SELECT state FROM suggested_fixes") == "expired"
        assert all("/approve" not in comment for comment in opened.our_comments(number))
