"""Attempts of the past: stored as they ended, and those that failed read and judged as live ones are, without a word.

Nothing here writes to GitHub, asks a model or proposes a fix: its token may only read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from analysis.rules import Rule
from github_app.allowance import Allowance
from github_app.client import Installation
from github_app.errors import Forbidden, Permanent
from github_app.model import Repository, Run, RunId
from handlers.known import remember_run
from handlers.services import Services
from handlers.tasks.diagnose import heads_of, introduced_by, is_failed
from handlers.tasks.judging import judged
from handlers.tasks.reading import ReadJob, read_failed_jobs
from handlers.tasks.witnesses import Head, queued_pull_request
from handlers.workflow_run import FAILING, STOPPED
from storage import analyses, backfills, failures, live_events, pull_requests
from storage.failures import NewFailure

_AT_ONCE = 4
"""Attempts read together: the log of each is read in a thread, and more would be no faster on a small machine."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An attempt's logs, and where it stands; `missing` is how many logs GitHub does not keep."""

    run: Run
    number: int | None
    heads: tuple[Head, ...]
    jobs: tuple[ReadJob, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class PastAttempts:
    """What the attempts of one repository's past are read with; `own` are the rules that it brings for its tools."""

    services: Services
    allowance: Allowance
    installation: Installation
    repository: Repository
    own: Sequence[Rule]

    async def take(self, backfill_id: int, runs: Sequence[Run]) -> int:
        """Store every attempt of these runs, oldest first, and what the failed ones say; gives how many there are.

        What somebody has read already is not read again. All are stored before the first is judged: a verdict rests
        on what ran before and after.
        """
        done = await self._done(runs)
        attempts = [attempt for run in runs for attempt in await self._attempts(run, done)]
        async with self.services.database.transaction() as connection:
            for attempt in attempts:
                await remember_run(connection, attempt)
        await self._read_all(backfill_id, [one for one in attempts if self._may_have_failed(one)])
        return sum(run.run_attempt for run in runs)

    async def _done(self, runs: Sequence[Run]) -> set[tuple[int, int]]:
        """The attempts that are stored to their end, and read where they failed."""
        async with self.services.database.connection() as connection:
            found = await backfills.known_attempts(connection, [run.run_id for run in runs])
        return {(one.run_id, one.run_attempt) for one in found if one.analysed or not _is_red(one.conclusion)}

    async def _attempts(self, run: Run, done: set[tuple[int, int]]) -> list[Run]:
        """The attempts of a run that are not done: the list shows the newest alone."""
        found: list[Run] = []
        for number in range(1, run.run_attempt):
            if (run.run_id, number) not in done:
                found += await self._earlier(run.run_id, number)
        return found if (run.run_id, run.run_attempt) in done else [*found, run]

    async def _earlier(self, run_id: RunId, number: int) -> list[Run]:
        try:
            return [await self.allowance.patiently(lambda: self.installation.run(run_id, number))]
        except Forbidden:
            raise
        except Permanent:
            return []  # deleted since it was listed

    def _may_have_failed(self, run: Run) -> bool:
        red = run.status == "completed" and _is_red(run.conclusion)
        return red and self.services.config.watches(run.workflow_name, run.head_branch)

    async def _read_all(self, backfill_id: int, runs: Sequence[Run]) -> None:
        """Read some together; judge one after the other, since a verdict rests on the failures before it."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def read(run: Run) -> _Read | None:
            async with places:
                return await self._read(run)

        try:
            async with asyncio.TaskGroup() as group:
                for reading in [group.create_task(read(run)) for run in runs]:
                    if (found := await reading) is not None:
                        await self._keep(backfill_id, found)
        except ExceptionGroup as ended:
            raise ended.exceptions[0] from ended

    async def _read(self, run: Run) -> _Read | None:
        """An attempt's logs; None for one that did not fail, or was deleted since."""
        try:
            if not await self.allowance.patiently(lambda: is_failed(self.installation, run)):
                return None
            number = await self._number(run)
            heads = await self.allowance.patiently(lambda: self._heads(run, number))
            jobs = await self.allowance.patiently(lambda: self._jobs(run))
        except Forbidden:
            raise
        except Permanent:
            return None
        # A failure without a log would be counted with others that it has nothing in common with.
        there = tuple(job for job in jobs if not job.log_missing or not job.job.job_id)
        return _Read(run, number, heads, there, len(jobs) - len(there))

    async def _jobs(self, run: Run) -> tuple[ReadJob, ...]:
        begun = run.run_started_at or datetime.now(UTC)
        return await read_failed_jobs(self.services, self.installation, run, begun, self.own)

    async def _heads(self, run: Run, number: int | None) -> tuple[Head, ...]:
        return await heads_of(self.services, self.installation, self.repository, run, number)

    async def _number(self, run: Run) -> int | None:
        """The pull request that a run was about, where an event told of it."""
        queued = queued_pull_request(run)
        if queued is not None or run.head_repository is None:
            return queued[1] if queued else None
        async with self.services.database.connection() as connection:
            return await pull_requests.number_of_head(connection, run.repository_id, run.head_repository, run.head_sha)

    async def _keep(self, backfill_id: int, read: _Read) -> None:
        """Judge and store an attempt, unless somebody else did meanwhile; without any log only its jobs are known."""
        run, found = read.run, await self._judged(read)
        async with self.services.database.transaction() as connection:
            # What happened long ago is no news to those who watch.
            await live_events.silence(connection)
            if await analyses.keep_quietly(
                connection,
                run.run_id,
                run.run_attempt,
                run.repository_id,
                run.head_sha,
                read.number,
                introduced_by(read.heads),
                read=bool(found),
            ):
                await failures.save_failures(connection, found)
                await backfills.count(connection, backfill_id, failures=int(bool(found)), logs_missing=read.missing)

    async def _judged(self, read: _Read) -> list[NewFailure]:
        if not read.jobs:
            return []
        return await self.allowance.patiently(lambda: judged(self.services, self.installation, read.heads, read.jobs))


def _is_red(conclusion: str | None) -> bool:
    return conclusion in FAILING or conclusion == STOPPED
