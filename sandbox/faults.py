"""Injected faults: what a network and a busy GitHub do to a client."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests of this method and path (a regular expression, searched in the path) go wrong.

    ``delay`` (seconds) is waited first. Then ``status`` answers in place of the API (with ``body`` as message and
    ``headers``, such as Retry-After); or ``reset`` drops the connection before an answer; or ``truncate`` sends the
    headers and half of the body, then drops it. With ``after`` the API did its work before the fault, the delay
    included: the write happened, and the client is not told, or not yet.
    """

    method: str
    path: str
    status: int | None = None
    delay: float = 0.0
    reset: bool = False
    truncate: bool = False
    times: int = 1
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether it strikes this request."""
        return self.times > 0 and self.method in {"*", method} and re.search(self.path, path) is not None


def secondary_limit(method: str, path: str, *, retry_after: int | None = 60, times: int = 1) -> Fault:
    """GitHub's secondary rate limit, with or without ``Retry-After``."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(method, path, status=403, message=message, headers=headers, times=times)


class Faults:
    """The faults still to strike."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Disarm all."""
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first armed fault for a request; it has one strike less afterwards."""
        for fault in self._faults:
            if fault.matches(method, path):
                fault.times -= 1
                return fault
        return None
