"""How often one may ask, with a clock that the test turns."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database import Database
from tests.web.desk import Desk, desk
from web.limits import Allowances, Limits
from web.problems import Problem


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def narrow(database: Database, tmp_path: Path, app_key: str, clock: Clock) -> AsyncIterator[Desk]:
    limits = Limits(Allowances(reads=3, writes=2, strangers=8, failures=2), clock)
    async with desk(database, tmp_path, app_key, limits=limits) as made:
        yield made


async def test_whoever_reads_too_often_is_told_when_to_come_back(narrow: Desk, clock: Clock) -> None:
    token = await narrow.token("mona")
    left = [(await narrow.call("GET", "/fixes", token)).headers["ratelimit"] for _ in range(3)]
    assert left == [f'"reads";r={one};t=60' for one in (2, 1, 0)]
    clock.now += 20
    refused = await narrow.call("GET", "/fixes", token)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers["retry-after"], refused.headers["ratelimit-policy"]) == ("40", '"reads";q=3;w=60')
    assert refused.json()["detail"] == "More than 3 requests that read within a minute; try again in 40 s."
    clock.now += 40
    assert (await narrow.call("GET", "/fixes", token)).status_code == 200


async def test_each_token_has_its_own_and_writes_are_counted_apart(narrow: Desk) -> None:
    fix_id = await narrow.fix()
    mona, other = await narrow.token("mona"), await narrow.token("mona")
    for _ in range(3):
        await narrow.call("GET", "/fixes", mona)
    assert (await narrow.call("GET", "/fixes", mona)).status_code == 429
    assert (await narrow.call("GET", "/fixes", other)).status_code == 200
    for status in (200, 200, 429):
        assert (await narrow.call("POST", f"/fixes/{fix_id}/approve", mona)).status_code == status


async def test_a_guesser_of_tokens_is_slowed_and_keeps_nobody_out(narrow: Desk) -> None:
    asked = [(await narrow.call("GET", "/fixes", "cifx_guess")).status_code for _ in range(4)]
    assert asked == [401, 401, 429, 429]
    assert (await narrow.call("GET", "/fixes", await narrow.token("mona"))).status_code == 200


async def test_what_needs_no_sign_in_is_counted_by_address(narrow: Desk) -> None:
    paths = ("/openapi.json", "/docs", "/style.css", "/", "/login", "/f/F1", "/fixes", "/openapi.json")
    for path in paths:
        assert (await narrow.call("GET", path)).status_code != 429, path
    for path in paths:
        refused = await narrow.call("GET", path)
        assert refused.status_code == 429, path
        assert refused.headers["retry-after"]


@pytest.mark.parametrize(("believed", "status"), [("127.0.0.1", 200), ("10.9.9.9", 429)])
async def test_an_address_that_a_stranger_claims_is_not_believed(
    database: Database, tmp_path: Path, app_key: str, monkeypatch: pytest.MonkeyPatch, believed: str, status: int
) -> None:
    """uvicorn takes it from the proxies in FORWARDED_ALLOW_IPS alone, and from this machine where that is not set."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", believed)
    async with desk(database, tmp_path, app_key, limits=Limits(Allowances(strangers=1))) as opened:
        for number in range(2):
            answer = await opened.call("GET", "/docs", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert answer.status_code == status


async def test_a_session_counts_for_its_person_on_pages_too(narrow: Desk) -> None:
    async with narrow.browser("mona") as browser:
        statuses = [(await browser.get("/docs")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert (await browser.get("/fixes")).status_code == 429


def test_what_is_counted_is_forgotten_and_bounded() -> None:
    clock = Clock()
    limits = Limits(Allowances(strangers=1), clock)
    for number in range(30_000):
        limits.asks({"client": (f"10.0.{number // 256}.{number % 256}", 1)})
    # The longest silent went first.
    limits.asks({"client": ("10.0.0.0", 1)})
    with pytest.raises(Problem, match="within a minute"):
        limits.asks({"client": ("10.0.117.47", 1)})
