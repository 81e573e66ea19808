"""Decisions by the API and on the pages, over real HTTP, as in a comment: exactly what was shown is committed."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.handlers.house import GREEN, RED, House, house


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.red_pull_request()
        yield opened


async def call(home: House, method: str, path: str, token: str | None, **options: object) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=home.api, trust_env=False, headers=headers) as client:
        return await client.request(method, path, **options)  # type: ignore[arg-type]  # passed through to httpx


async def test_a_token_approves_and_ci_verifies(home: House) -> None:
    token = await home.api_token("mona")
    answer = await call(home, "POST", "/fixes/F1/approve", token, json={"comment": "looks right"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "approved"
    await home.settle()
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == GREEN
    assert (await call(home, "GET", "/fixes/1/status", token)).json()["state"] == "verified"
    assert await home.value("SELECT reviewer_login || channel || comment FROM human_approvals") == "monaapilooks right"
    (comment,) = home.our_comments(1)
    assert "Fixed and verified" in comment


async def test_a_person_who_signed_in_rejects_on_the_page(home: House) -> None:
    async with home.browser("mona") as browser:
        assert "F1" in (await browser.get("/")).text
        page = (await browser.get("/f/F1")).text
        form = {"csrf": csrf_of(page), "decision": "reject", "comment": "we keep os"}
        sent = await browser.post("/f/F1/decide", data=form)
        assert (sent.status_code, sent.headers["location"]) == (303, "/f/F1")
        assert "F1 is rejected" in (await browser.get("/f/F1")).text
    await home.settle()
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == RED
    assert await home.value("SELECT channel FROM human_approvals") == "dashboard"
    assert "rejected by mona: we keep os" in home.our_comments(1)[0]


def csrf_of(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]
