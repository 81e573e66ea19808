"""The sandbox's time: injectable, so that an hour passes in a test without an hour passing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, with a time zone."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as GitHub writes it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_stamp(moment: datetime | None) -> str | None:
    """A moment that may be missing."""
    return None if moment is None else stamp(moment)


def parse_stamp(text: str) -> datetime | None:
    """A moment as ISO 8601; None when it is none. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
