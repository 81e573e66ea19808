"""How much of GitHub's hour a long, patient reading may use: never what the live App needs.

Made for a process that does nothing else: each request of an installation waits its turn, and a limit that GitHub names
is waited for by all together. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from github_app.errors import RetryLater

RESERVE = 1 / 3
"""Of the hour's requests, left to the App that works meanwhile: a busy repository's day needs less."""
MOST_TRIES = 10
"""Of one question: with the waits between them some six minutes of a GitHub that does not answer."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=2)

Result = TypeVar("Result")
Wait = Callable[[timedelta, str], Awaitable[None]]
"""Lets time pass, and says in words why."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What GitHub's last answer said of the hour: `remaining` of `limit` requests until `reset`."""

    limit: int
    remaining: int
    reset: datetime

    @property
    def reserve(self) -> int:
        """Requests that are left alone."""
        return int(self.limit * RESERVE)


class Allowance:
    """The turns of one process. `wait` is called while nothing may be asked; `now` is the time."""

    def __init__(self, wait: Wait, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.last: Limit | None = None
        self._wait = wait
        self._now = now
        self._turns = asyncio.Lock()
        self._closed_until: tuple[datetime, str] | None = None

    async def turn(self) -> None:
        """Wait until a request may go out."""
        async with self._turns:
            while (closed := self._closed()) is not None:
                until, why = closed
                await self._wait(until - self._now(), why)

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's headers; those of other limits than the usual one say nothing here."""
        found = [headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
        if headers.get("x-ratelimit-resource", "core") == "core" and all(
            one.isascii() and one.isdigit() for one in found
        ):
            limit, remaining, reset = map(int, found)
            self.last = Limit(limit, remaining, datetime.fromtimestamp(reset, UTC))

    async def patiently(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """What `ask` gives, tried again after each wait that GitHub asks for. Raises RetryLater after MOST_TRIES."""
        for tried in range(1, MOST_TRIES):
            try:
                return await ask()
            except RetryLater as later:
                wait = max(later.after, min(_FIRST_WAIT * 2 ** (tried - 1), _LONGEST_WAIT))
                self._close(self._now() + wait, str(later))
                await self.turn()
        return await ask()

    def _close(self, until: datetime, why: str) -> None:
        if self._closed_until is None or self._closed_until[0] < until:
            self._closed_until = until, why

    def _closed(self) -> tuple[datetime, str] | None:
        """Until when nothing may be asked, and why; None where it may."""
        now = self._now()
        if self._closed_until is not None and now < self._closed_until[0]:
            return self._closed_until
        if self.last is not None and self.last.remaining <= self.last.reserve and now < self.last.reset:
            left = (
                f"{self.last.remaining:,} of {self.last.limit:,} requests of this hour are left, and kept for the App"
            )
            return self.last.reset, left
        return None
