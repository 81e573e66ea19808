"""Turns: what is left of GitHub's hour, and what a limit does to everybody who waits."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from github_app.allowance import MOST_TRIES, Allowance
from github_app.errors import Permanent, RetryLater

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Hours:
    """A time that passes only where somebody waits."""

    now: datetime = START
    waits: list[tuple[float, str]] = field(default_factory=list)

    def allowance(self) -> Allowance:
        return Allowance(self.wait, lambda: self.now)

    async def wait(self, amount: timedelta, why: str) -> None:
        self.waits.append((amount.total_seconds(), why))
        self.now += amount


def headers(remaining: int, resource: str = "core") -> dict[str, str]:
    reset = int((START + timedelta(minutes=20)).timestamp())
    return {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
        "x-ratelimit-resource": resource,
    }


@pytest.mark.parametrize(("remaining", "waited"), [(5000, 0), (1667, 0), (1666, 1200), (0, 1200)])
async def test_the_last_third_of_the_hour_is_left_alone(remaining: int, waited: int) -> None:
    hours = Hours()
    allowance = hours.allowance()
    allowance.heard(headers(remaining))
    await allowance.turn()
    assert sum(seconds for seconds, _ in hours.waits) == waited
    # The next hour is another one, though no answer has said so yet.
    await allowance.turn()
    assert len(hours.waits) == bool(waited)


@pytest.mark.parametrize("heard", [{}, headers(0, "search"), {**headers(0), "x-ratelimit-reset": "soon"}])
async def test_what_says_nothing_of_the_usual_limit_changes_nothing(heard: dict[str, str]) -> None:
    hours = Hours()
    allowance = hours.allowance()
    allowance.heard(heard)
    await allowance.turn()
    assert (allowance.last, hours.waits) == (None, [])


async def test_a_wait_is_said_once_however_many_wait() -> None:
    hours = Hours()
    allowance = hours.allowance()
    allowance.heard(headers(10))
    await asyncio.gather(*(allowance.turn() for _ in range(5)))
    ((seconds, why),) = hours.waits
    assert (seconds, why) == (1200, "10 of 5,000 requests of this hour are left, and kept for the App")


async def test_what_is_refused_for_a_time_is_asked_again_then() -> None:
    hours = Hours()
    answers: Iterator[RetryLater | str] = iter(
        [RetryLater("a secondary limit", timedelta(seconds=90)), RetryLater("502"), "done"]
    )

    async def ask() -> str:
        answer = next(answers)
        if isinstance(answer, RetryLater):
            raise answer
        return answer

    assert await hours.allowance().patiently(ask) == "done"
    assert hours.waits == [(90, "a secondary limit"), (2, "502")]


async def test_patience_has_an_end_and_does_not_bear_what_lasts() -> None:
    hours, asked = Hours(), 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise RetryLater("502")

    with pytest.raises(RetryLater, match="502"):
        await hours.allowance().patiently(ask)
    assert asked == MOST_TRIES
    assert max(seconds for seconds, _ in hours.waits) == 120

    async def refused() -> None:
        raise Permanent("no such repository")

    with pytest.raises(Permanent):
        await hours.allowance().patiently(refused)
