"""The primary rate limit and its headers.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.data import JsonObject
from sandbox.errors import ApiError

WINDOW_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Quota:
    """What a credential has used of its hour; ``reset`` is a time in seconds since 1970."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """What is left, never below nothing."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """The headers every answer carries."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(min(self.used, self.limit)),
            "x-ratelimit-reset": str(self.reset),
            "x-ratelimit-resource": "core",
        }

    def body(self) -> JsonObject:
        """GitHub's ``rate-limit-overview``; asking for it costs nothing."""
        core: JsonObject = {
            "limit": self.limit, "remaining": self.remaining, "used": min(self.used, self.limit), "reset": self.reset,
        }  # fmt: skip
        search: JsonObject = {"limit": 30, "remaining": 30, "used": 0, "reset": self.reset}
        return {"resources": {"core": core, "search": search}, "rate": core}


class RateLimiter:
    """Counts requests a credential in fixed hours."""

    def __init__(self, clock: Clock) -> None:
        self.limit = 5000
        self._clock = clock
        self._used: dict[str, tuple[int, int]] = {}

    def look(self, key: str) -> Quota:
        """The present state, without counting."""
        now = int(self._clock().timestamp())
        reset, used = self._used.get(key, (now + WINDOW_SECONDS, 0))
        if reset <= now:
            reset, used = now + WINDOW_SECONDS, 0
        return Quota(self.limit, used, reset)

    def count(self, key: str) -> Quota:
        """Count one request."""
        quota = self.look(key)
        self._used[key] = (quota.reset, quota.used + 1)
        return Quota(self.limit, quota.used + 1, quota.reset)


def exceeded() -> ApiError:
    """403 of a used-up hour."""
    return ApiError(403, "API rate limit exceeded for this credential.")
