"""Teams of organisations."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Team:
    """A team by its slug; ``members`` are logins in lower case, with ``active`` or ``pending``."""

    id: int
    slug: str
    members: dict[str, str] = field(default_factory=dict)
