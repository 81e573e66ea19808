"""Issues, and what is said in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.state.accounts import App, User


@dataclass(slots=True)
class Reaction:
    """One person's emoji on a comment."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Comment:
    """A comment in an issue's or pull request's conversation."""

    id: int
    number: int
    user: User
    app: App | None
    body: str
    created_at: datetime
    updated_at: datetime
    reactions: dict[int, Reaction] = field(default_factory=dict)


@dataclass(slots=True)
class Issue:
    """An issue, or the issue half of a pull request."""

    id: int
    number: int
    title: str
    body: str | None
    user: User
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    is_pull: bool = False
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    labels: tuple[str, ...] = ()
