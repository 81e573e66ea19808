"""A repository's history, read on an operator's word: window by window, page by page, each where the last one ended.

What was done is a row (`storage.backfills`): whatever kills this, the next call goes on there, and leaves alone what it
finds done. The oldest runs come first: their logs are the next that GitHub deletes, and verdicts rest on what was
before. docs/decisions/0022-backfill.md
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from github_app.allowance import Allowance
from github_app.client import HISTORY, Installation
from github_app.model import Repository
from github_app.past_runs import MOST_LISTED, RunPage
from handlers.services import Services
from handlers.tasks.configuration import configured
from handlers.tasks.own_matchers import own_matchers
from handlers.tasks.past_attempts import PastAttempts
from storage import backfills
from storage.backfills import BackfillRow

PAGE = 25
"""Runs a page, which is what a killed backfill reads again at most; GitHub gives 100 a request."""
_SECOND = timedelta(seconds=1)


class AlreadyRunning(Exception):
    """Another process reads this repository's history at this moment."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Of everything that was asked for: `runs` of `total` are stored; `failures` are attempts that were read."""

    runs: int
    total: int
    attempts: int
    failures: int
    logs_missing: int


Tell = Callable[[Progress], None]


async def backfill(
    services: Services,
    allowance: Allowance,
    repository: Repository,
    since: datetime,
    until: datetime,
    tell: Tell,
) -> Progress:
    """Store and read all runs created from `since` to `until`, and `tell` after each page of them.

    What earlier calls did is left alone; what they began is ended, though it began before `since`. Raises
    AlreadyRunning, and what GitHub raises where it lasts (github_app.errors).
    """
    async with (
        _alone(services, repository),
        services.github.installation(repository, HISTORY) as installation,
    ):
        services, _ = await allowance.patiently(lambda: configured(services, installation, repository))
        # A log of the past does not come late any more.
        services = replace(services, log_grace=timedelta(0))
        own = await allowance.patiently(lambda: own_matchers(installation, repository.default_branch))
        attempts = PastAttempts(services, allowance, installation, repository, own.rules)
        return await _History(services, attempts, tell).read(since, until)


@asynccontextmanager
async def _alone(services: Services, repository: Repository) -> AsyncIterator[None]:
    async with services.database.try_advisory(f"backfill:{repository.repository_id}") as held:
        if not held:
            raise AlreadyRunning(f"the history of {repository.full_name} is being read by another process")
        yield


@dataclass(frozen=True, slots=True)
class _History:
    services: Services
    attempts: PastAttempts
    tell: Tell

    @property
    def _installation(self) -> Installation:
        return self.attempts.installation

    async def read(self, since: datetime, until: datetime) -> Progress:
        """Do every stretch that is not done, the oldest first."""
        open_stretches = await self._stretches(since.replace(microsecond=0), until.replace(microsecond=0))
        left = [await self._left(row) for row in open_stretches]
        done = _sum(open_stretches, sum(left))
        self.tell(done)
        for number, row in enumerate(open_stretches):
            others = [*open_stretches[:number], *open_stretches[number + 1 :]]
            stretch: BackfillRow | None = row
            while stretch is not None and stretch.finished_at is None:
                stretch = await self._step(stretch)
                if stretch is not None:
                    open_stretches[number] = stretch
                    done = _sum([*others, stretch], 0, least=done.total)
                    self.tell(done)
        return _sum(open_stretches, 0)

    async def _stretches(self, since: datetime, until: datetime) -> list[BackfillRow]:
        """Those that were begun and not ended, and new ones for what no stretch holds."""
        repository_id = self.attempts.repository.repository_id
        async with self.services.database.transaction() as connection:
            known = await backfills.stretches(connection, repository_id)
            new = [await backfills.begin(connection, repository_id, *gap) for gap in gaps(known, since, until)]
        return sorted([*(row for row in known if row.finished_at is None), *new], key=lambda row: row.since)

    async def _left(self, row: BackfillRow) -> int:
        """Runs of a stretch that are not counted as done yet; within a window its pages are."""
        if row.window_last is None or row.page is None:
            return (await self._listed(row.reached, row.until)).total
        later = await self._listed(row.window_last + _SECOND, row.until)
        return row.page * (row.page_size or PAGE) + later.total

    async def _step(self, row: BackfillRow) -> BackfillRow | None:
        """Open the next window, or do its next page."""
        if row.window_last is None or row.page is None:
            last, count = await self._window(row)
            async with self.services.database.transaction() as connection:
                return await backfills.open_window(connection, row.backfill_id, last, ceil(count / PAGE), PAGE)
        found = await self._listed(row.reached, row.window_last, row.page, row.page_size or PAGE)
        # The list has the newest first; read from its end, no run is missed where others are deleted meanwhile.
        attempts = await self.attempts.take(row.backfill_id, found.runs[::-1])
        async with self.services.database.transaction() as connection:
            return await backfills.page_done(connection, row, runs=len(found.runs), attempts=attempts)

    async def _window(self, row: BackfillRow) -> tuple[datetime, int]:
        """The longest time from where the stretch stands, by halves, of which GitHub lists every run; and how many.

        Of more than 1,000 runs within one second, which is as fine as GitHub tells times, the newest are read.
        """
        last = row.until
        while (count := (await self._listed(row.reached, last)).total) >= MOST_LISTED and last > row.reached:
            last = row.reached + ((last - row.reached) / 2 // _SECOND) * _SECOND
        return last, min(count, MOST_LISTED)

    async def _listed(self, first: datetime, last: datetime, page: int = 1, size: int = 1) -> RunPage:
        if last < first:
            return RunPage(0, ())
        return await self.attempts.allowance.patiently(lambda: self._installation.runs_created(first, last, page, size))


def gaps(known: Sequence[BackfillRow], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The times from `since` to `until` that none of these stretches (oldest first) holds, ends included."""
    found: list[tuple[datetime, datetime]] = []
    first = since
    for row in known:
        if first < row.since:
            found.append((first, min(until, row.since - _SECOND)))
        first = max(first, row.until + _SECOND)
    found.append((first, until))
    return [(start, end) for start, end in found if start <= end]


def _sum(rows: Sequence[BackfillRow], left: int, *, least: int = 0) -> Progress:
    runs = sum(row.runs for row in rows)
    return Progress(
        runs=runs,
        total=max(runs + left, least),
        attempts=sum(row.attempts for row in rows),
        failures=sum(row.failures for row in rows),
        logs_missing=sum(row.logs_missing for row in rows),
    )
