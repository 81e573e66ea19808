"""Who listens to live events, how often what is looked at, and what waits for each listener."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from github_app.model import Repository, User
from storage.live_events import LiveEventRow

_MOST_WAITING = 1000
"""Events that wait for one listener: some minutes of a busy organisation. Who is further behind reads them from the
database when he comes back, not from our memory."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds. `poll` is how late news may be where no NOTIFY comes, `gather` how long a burst is waited for.

    `held` is when to look again for what a running transaction holds back, `pause` follows a lost database; every
    `heartbeat` a silent stream shows that it lives, and every `recheck` it is asked anew who listens: with a heartbeat
    more that is still within a minute.
    """

    poll: float = 2.0
    gather: float = 0.02
    held: float = 0.1
    pause: float = 2.0
    heartbeat: float = 15.0
    recheck: float = 40.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Who listens: to one repository or to all that the person may read. `still` says whether it is still that person.

    `still` raises Problem where a session or a token ended.
    """

    user: User
    still: Callable[[], Awaitable[object]]
    repository: Repository | None = None
    unseen: dict[int, float] = field(default_factory=dict)
    """Repositories of others, and until when (by the loop's clock) GitHub is not asked about them again."""


class Ended(Exception):
    """The stream ends, and says why."""


@dataclass(slots=True, eq=False)
class Seat:
    """What waits for one listener."""

    rows: deque[LiveEventRow] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    fell_behind: bool = False

    def offer(self, row: LiveEventRow) -> None:
        """Have it wait too; who has too much waiting has fallen behind, and nothing waits any more."""
        if len(self.rows) >= _MOST_WAITING:
            self.fell_behind = True
            self.rows.clear()
        if not self.fell_behind:
            self.rows.append(row)
        self.wake.set()

    async def woken(self, seconds: float) -> None:
        """Wait for something, or so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return
        self.wake.clear()
