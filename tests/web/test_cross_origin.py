"""What pages of another origin may ask, and what they may not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.web.desk import Desk, desk

FRONT = "https://app.acme.dev"


@pytest.fixture
async def fronted(database: Database, tmp_path: Path, app_key: str) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path, app_key, frontend_url=FRONT) as made:
        yield made


def _asks(origin: str, method: str = "POST", headers: str = "authorization, idempotency-key") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


async def test_without_a_frontend_no_other_origin_may_read_anything(opened: Desk) -> None:
    token = await opened.token("mona")
    answer = await opened.call("GET", "/fixes", token, headers={"Origin": FRONT})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = await opened.call("OPTIONS", "/fixes", headers=_asks(FRONT))
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]


async def test_the_frontend_reads_the_api_and_nobody_else_does(fronted: Desk) -> None:
    token = await fronted.token("mona")
    for origin in (FRONT, "https://evil.test", "https://app.acme.dev.evil.test", "http://app.acme.dev", "null"):
        answer = await fronted.call("GET", "/fixes", token, headers={"Origin": origin})
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == (FRONT if origin == FRONT else None), origin
        assert "Origin" in answer.headers["vary"]
    answer = await fronted.call("GET", "/fixes", "cifx_wrong", headers={"Origin": FRONT})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, FRONT)
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_a_preflight_allows_the_methods_and_headers_in_use_alone(fronted: Desk) -> None:
    answer = await fronted.call("OPTIONS", "/fixes/1/approve", headers=_asks(FRONT))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRONT
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    for wrong in (_asks("https://evil.test"), _asks(FRONT, "DELETE"), _asks(FRONT, headers="x-secret")):
        assert (await fronted.call("OPTIONS", "/fixes", headers=wrong)).status_code == 400


async def test_our_pages_with_the_word_of_the_session_stay_unreadable(fronted: Desk) -> None:
    async with fronted.browser("mona") as browser:
        page = await browser.get("/", headers={"Origin": FRONT})
        assert 'name="csrf"' in page.text
        assert "access-control-allow-origin" not in page.headers


async def test_a_session_acts_from_the_frontend_only_with_its_word(fronted: Desk) -> None:
    fix_id = await fronted.fix()
    async with fronted.browser("mona") as browser:
        sent = await browser.post(f"/fixes/{fix_id}/approve", json={}, headers={"Origin": FRONT})
        assert sent.status_code == 403
    assert await fronted.value("SELECT state FROM suggested_fixes") == "proposed"
