"""Who may see what: asked of GitHub by the App's own token, for each repository, and kept for a minute at most."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from github_app.client import LOOK
from github_app.errors import Forbidden, NotFound, Refused, RetryLater
from github_app.model import InstallationId, Repository, RepositoryId, Role, User
from handlers.services import Services
from storage.repositories import RepositoryRow
from web.problems import unavailable

_KEPT_SECONDS = 60.0
"""A view may show what a person could see a minute ago. No act relies on it."""
_NONE_KEPT_SECONDS = 600.0
"""A list leaves out for ten minutes what a person could not see: that is the safe side, and most of what is asked."""
_MOST_KEPT = 100_000
"""Answers: a hundred people and a thousand repositories, some 30 MB."""
_AT_ONCE = 8
"""Questions to GitHub at one time, of all requests together: its secondary limit counts what is concurrent."""


@dataclass(frozen=True, slots=True)
class _Kept:
    role: Role
    asked_at: float


class Rights:
    """The roles of people on repositories. One a process."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._kept: dict[tuple[int, str, int], _Kept] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def role(self, person: User, repository: Repository, *, fresh: bool = False) -> Role:
        """A person's role now, or with `fresh` off as of the last minute. Raises Problem where GitHub is away."""
        key = (person.user_id, person.login, int(repository.repository_id))
        kept = self._kept.get(key)
        if kept is not None and not fresh and kept.asked_at + _KEPT_SECONDS > self._clock():
            return kept.role
        role = await self._asked(person, repository)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = _Kept(role, self._clock())
        return role

    def known(self, person: User, row: RepositoryRow) -> Role | None:
        """The role that a list may rely on without asking GitHub; None where it has to be asked."""
        kept = self._kept.get((person.user_id, person.login, row.repository_id))
        if kept is None:
            return None
        seconds = _NONE_KEPT_SECONDS if kept.role is Role.NONE else _KEPT_SECONDS
        return kept.role if kept.asked_at + seconds > self._clock() else None

    async def readable(self, person: User, rows: Sequence[RepositoryRow]) -> tuple[Repository, ...]:
        """Those of the repositories that the person may read, in their order."""
        roles = await asyncio.gather(*(self._listed(person, row) for row in rows))
        return tuple(repository_from(row) for row, role in zip(rows, roles, strict=True) if role is not Role.NONE)

    async def _listed(self, person: User, row: RepositoryRow) -> Role:
        known = self.known(person, row)
        return known if known is not None else await self.role(person, repository_from(row))

    async def _asked(self, person: User, repository: Repository) -> Role:
        try:
            async with self._turns, self._services.github.installation(repository, LOOK) as installation:
                return await installation.role(person.login, person.user_id)
        except (NotFound, Forbidden, Refused):
            # The App is no longer there, or is suspended: what it cannot see, it shows nobody.
            return Role.NONE
        except RetryLater as later:
            raise unavailable("GitHub", int(later.after.total_seconds())) from later


def repository_from(row: RepositoryRow) -> Repository:
    """The repository as the last event named it."""
    return Repository(
        RepositoryId(row.repository_id), InstallationId(row.installation_id), row.owner, row.name, row.default_branch
    )
