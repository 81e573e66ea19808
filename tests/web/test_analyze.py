"""Having a run analysed by the API, and watching it."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from agents.gemini import Gemini
from tests.agents.fake_gemini import FakeGemini, calls, serving
from tests.handlers.house import GREEN, House, house


@pytest.fixture
async def idle(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A failed run that GitHub has told of, and no worker."""
    async with house(database_url, tmp_path, working=False) as opened:
        await opened.red_pull_request(settled=False)
        async with opened.database.connection() as connection:
            # The worker that handled the App's installation is gone since.
            await connection.execute(
                "INSERT INTO installations (installation_id, account_login, account_type) VALUES (%s, 'octo', 'User') "
                "ON CONFLICT DO NOTHING",
                (opened.installation_id,),
            )
            await connection.execute(
                "INSERT INTO repositories (repository_id, installation_id, owner, name, default_branch) "
                "VALUES (%s, %s, 'octo', 'geo', 'main') ON CONFLICT DO NOTHING",
                (opened.repository.id, opened.installation_id),
            )
            await connection.execute("DELETE FROM procrastinate_jobs")
        yield opened


def _run(home: House, conclusion: str = "failure") -> dict[str, object]:
    run = next(one for one in home.sandbox.runs(home.repository) if one.attempts[-1].conclusion == conclusion)
    return {"owner": "octo", "repo": "geo", "run_id": run.id}


async def _post(
    home: House, path: str, token: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> httpx.Response:
    given = {"Authorization": f"Bearer {token}", **(headers or {})}
    async with httpx.AsyncClient(base_url=home.api, trust_env=False, headers=given) as client:
        return await client.post(path, json=dict(body))


async def _get(home: House, path: str, token: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=home.api, trust_env=False, headers=given) as client:
        return await client.get(path)


async def _jobs(home: House) -> object:
    return await home.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'diagnose'")


async def test_an_analysis_is_queued_and_its_answer_says_where_to_look(idle: House) -> None:
    token, body = await idle.api_token("mona"), _run(idle)
    answer = await _post(idle, "/analyze", token, {**body, "hint": " look at area "})
    assert answer.status_code == 202, answer.text
    where = f"/analyze/octo/geo/{body['run_id']}/1"
    assert answer.headers["location"] == where
    assert answer.json() == {
        "repository": "octo/geo", "run_id": body["run_id"], "run_attempt": 1,
        "status_url": where, "failures_url": "/failures?repository=octo/geo",
    }  # fmt: skip
    status = await _get(idle, where, token)
    assert (status.json()["state"], status.json()["pending"], status.json()["failures"]) == ("queued", True, [])
    assert (
        await idle.value("SELECT args->>'hint' FROM procrastinate_jobs WHERE task_name = 'diagnose'") == "look at area"
    )
    assert await idle.value("SELECT args->>'again' FROM procrastinate_jobs WHERE task_name = 'diagnose'") == "false"


async def test_asked_twice_it_is_queued_once(idle: House) -> None:
    token, body = await idle.api_token("mona"), _run(idle)
    key = {"Idempotency-Key": "once"}
    answers = [await _post(idle, "/analyze", token, body, headers) for headers in (key, key, {}, {})]
    assert {(answer.status_code, answer.content, answer.headers["location"]) for answer in answers} == {
        (202, answers[0].content, answers[0].headers["location"])
    }
    assert await _jobs(idle) == 1


async def test_only_who_may_write_at_this_moment_has_a_run_analysed(idle: House) -> None:
    body = _run(idle)
    for login, scope, status in (("stranger", "decide", 403), ("mona", "read", 403)):
        answer = await _post(idle, "/analyze", await idle.api_token(login, scope), body)
        assert answer.status_code == status, login
    token = await idle.api_token("mona")
    await idle.sandbox.set_role(idle.repository, "mona", "read")
    refused = await _post(idle, "/analyze/portia", token, body)
    assert refused.json()["detail"] == ("To have a run analysed takes write access to this repository; you have read.")
    assert await _jobs(idle) == 0


async def test_a_run_must_be_of_that_repository_and_over_and_not_green(idle: House) -> None:
    token, body = await idle.api_token("mona"), _run(idle)
    for changed, status in (
        ({"run_id": 987654}, 404), ({"repo": "none"}, 404), ({"owner": "mona"}, 404), ({"run_attempt": 7}, 404),
        ({"run_id": 0}, 422), ({"run_id": 2**63}, 422), ({"hint": "x" * 2001}, 422), ({"owner": "../x"}, 422),
        (_run(idle, "success"), 409),
    ):  # fmt: skip
        answer = await _post(idle, "/analyze", token, {**body, **changed})
        assert answer.status_code == status, (changed, answer.text)
    assert await _jobs(idle) == 0
    assert (await _get(idle, f"/analyze/octo/geo/{body['run_id']}/1", token)).status_code == 404


async def test_a_run_is_analysed_again_and_watched_to_its_end(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path) as home:
        await home.red_pull_request()
        token, body = await home.api_token("mona"), _run(home)
        answer = await _post(home, "/analyze", token, body)
        await home.settle()
        status = (await _get(home, answer.headers["location"], token)).json()
        assert (status["state"], status["pending"], status["fixes"], status["plan"]) == ("published", False, [1], None)
        assert len(status["failures"]) == 1
        again = await home.value(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'diagnose' AND args->>'again' = 'true'"
        )
        assert again == 1
        portia = (await _post(home, "/analyze/portia", token, body)).json()
        assert portia["engine"] == {"name": "recipes_only", "model": None}
        assert "cannot be installed any more" in portia["runner"]
        assert "No model is set up here" in portia["runner"]
        await home.settle()
        status = (await _get(home, answer.headers["location"], token)).json()
        assert status["plan"]["engine"] == {"name": "recipes_only", "model": None}
        assert (status["plan"]["state"], status["fixes"]) == ("COMPLETE", [1])
        told = await home.value("SELECT array_agg(DISTINCT kind ORDER BY kind) FROM live_events")
        assert told == ["analysis", "delivery", "failure", "fix", "plan", "plan_step"]


async def test_the_whole_plan_asks_the_model_though_a_recipe_has_a_fix(database_url: str, tmp_path: Path) -> None:
    edit = {"path": "area.py", "search": "import os", "replace": "import math"}
    lines = [{"path": "area.py", "line": 1, "quote": "import os"}]
    fix = {
        "fix": True, "summary": "Import what is used", "root_cause": "math is not imported.",
        "claims": [{"statement": "os is imported instead", "file_lines": lines}],
        "edits": [edit], "confidence": 90, "risk": "None known.",
    }  # fmt: skip
    fake = FakeGemini([calls(("answer", fix))])
    async with (
        serving(fake) as base_url,
        house(database_url, tmp_path, Gemini("k", base_url=base_url, retry_pause=0.001)) as home,
    ):
        await home.red_pull_request()
        assert not fake.received
        token, body = await home.api_token("mona"), _run(home)
        answer = await _post(home, "/analyze/portia", token, body)
        assert answer.json()["engine"] == {"name": "gemini", "model": "gemini-2.5-pro"}
        await home.settle()
        assert len(fake.received) == 1
        status = (await _get(home, answer.headers["location"], token)).json()
        assert (status["plan"]["state"], status["plan"]["engine"]["name"]) == ("COMPLETE", "gemini")
        assert await home.sandbox.read_file(home.repository, "main", "area.py") == GREEN
