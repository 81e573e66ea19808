"""The primary rate limit and its headers: counted for an installation, a person or an App, whatever token it uses.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.auth import AppCaller, Caller, InstallationCaller, Nobody, PersonCaller
from sandbox.clock import Clock
from sandbox.data import JsonObject
from sandbox.errors import ApiError

WINDOW_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Quota:
    """What a caller has used of its hour; ``reset`` is a time in seconds since 1970."""

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
    """Counts requests a caller in fixed hours."""

    def __init__(self, clock: Clock) -> None:
        self.limit = 5000
        self.limit_for_nobody = 60
        self._clock = clock
        self._used: dict[str, tuple[int, int]] = {}

    def look(self, caller: Caller) -> Quota:
        """The present state, without counting."""
        now = int(self._clock().timestamp())
        reset, used = self._used.get(_name(caller), (now + WINDOW_SECONDS, 0))
        if reset <= now:
            reset, used = now + WINDOW_SECONDS, 0
        return Quota(self.limit_for_nobody if isinstance(caller, Nobody) else self.limit, used, reset)

    def count(self, caller: Caller) -> Quota:
        """Count one request."""
        quota = self.look(caller)
        self._used[_name(caller)] = (quota.reset, quota.used + 1)
        return Quota(quota.limit, quota.used + 1, quota.reset)


def _name(caller: Caller) -> str:
    if isinstance(caller, InstallationCaller):
        return f"installation ID {caller.installation.id}"
    if isinstance(caller, PersonCaller):
        return f"user ID {caller.user.id}"
    return f"app ID {caller.app.id}" if isinstance(caller, AppCaller) else "127.0.0.1"


def exceeded(caller: Caller) -> ApiError:
    """403 of a used-up hour."""
    return ApiError(403, f"API rate limit exceeded for {_name(caller)}.")
