"""How often one may ask: by the library `limits`, in a moving window, counted in the memory of this process.

So each process counts for itself: behind three processes a person has up to three times as much. What is guarded is
this process and GitHub's rate limit, not a quota that is sold.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import Scope

from web.problems import Problem

_MOST_KEYS = 20_000
"""Of persons and addresses; an address costs its owner nothing, and memory is not his."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Allowances:
    """How many requests a minute, each with its reason."""

    reads: int = 600
    """Of a person or a token: ten a second, more than a page with a dozen figures; each may cost GitHub a question."""
    writes: int = 60
    """Of a person or a token: nobody decides faster than once a second, and each asks GitHub for the right anew."""
    strangers: int = 300
    """Of an address without a session: an office behind one address opens pages and signs in."""
    failures: int = 30
    """Failed tokens of an address: a program with an expired token retries; a guesser has 2**256 to go through."""


class Limits:
    """Counts, and refuses what is beyond. `clock` gives seconds that only grow."""

    def __init__(self, allowances: Allowances | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        given = allowances or Allowances()
        self._clock = clock
        self._limiter = MovingWindowRateLimiter(_Windows(clock))
        self._items = {
            "reads": RateLimitItemPerMinute(given.reads),
            "writes": RateLimitItemPerMinute(given.writes),
            "strangers": RateLimitItemPerMinute(given.strangers),
            "failures": RateLimitItemPerMinute(given.failures),
        }

    def acts(self, actor: str, *, writes: bool) -> Mapping[str, str]:
        """Count a request of somebody who is known; gives the headers that say what is left. Raises Problem 429."""
        return self._count("writes" if writes else "reads", actor)

    def asks(self, scope: Scope) -> Mapping[str, str]:
        """Count a request of an address, for what needs no sign-in. Raises Problem 429."""
        return self._count("strangers", address(scope))

    def fails(self, scope: Scope) -> None:
        """Count a token that is none. Raises Problem 429.

        Counted after it failed: who shares the address of a guesser, behind a proxy, is not kept out by him.
        """
        self._count("failures", address(scope))

    def _count(self, name: str, who: str) -> Mapping[str, str]:
        item = self._items[name]
        granted = self._limiter.hit(item, name, who)
        stats = self._limiter.get_window_stats(item, name, who)
        wait = max(1, round(stats.reset_time - self._clock()))
        headers = _headers(name, item, max(0, stats.remaining), wait)
        if granted:
            return headers
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"More than {item.amount} {_WORDS[name]} within a minute; try again in {wait} s.",
            {"Retry-After": str(wait), **headers},
        )


_WORDS = {
    "reads": "requests that read",
    "writes": "requests that act",
    "strangers": "requests of your address",
    "failures": "tokens of your address that are none",
}


def address(scope: Scope) -> str:
    """Whom the server takes the peer for: uvicorn believes `X-Forwarded-For` of FORWARDED_ALLOW_IPS alone."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _headers(name: str, item: RateLimitItem, left: int, seconds: int) -> Mapping[str, str]:
    """As https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ has them."""
    return {"RateLimit-Policy": f'"{name}";q={item.amount};w={_MINUTE}', "RateLimit": f'"{name}";r={left};t={seconds}'}


class _Windows(Storage, MovingWindowSupport):
    """The moments of each key's requests. The library's own keeps every key for ever, and starts a thread to tidy."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` where that stays within the limit."""
        moments = self._within(key, expiry)
        if len(moments) + amount > limit:
            return False
        moments.extend([self._clock()] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The moment of the oldest request that still counts, and how many do."""
        del limit
        moments = self._within(key, expiry)
        return (moments[0] if moments else self._clock(), len(moments))

    def _within(self, key: str, expiry: int) -> deque[float]:
        moments = self._moments.setdefault(key, deque())
        self._moments.move_to_end(key)
        if len(self._moments) > _MOST_KEYS:
            self._moments.popitem(last=False)
        while moments and moments[0] <= self._clock() - expiry:
            moments.popleft()
        return moments

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Of other strategies."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Of other strategies."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Of other strategies."""
        raise NotImplementedError

    def check(self) -> bool:
        """Memory is there."""
        return True

    def reset(self) -> int | None:
        """Forget all."""
        self._moments.clear()
        return None

    def clear(self, key: str) -> None:
        """Forget one."""
        self._moments.pop(key, None)
