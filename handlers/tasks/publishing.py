"""Showing reports: one check run a commit, one conversation, written only when they change, and as seldom as can be.

Until a person acts, a failure costs three writes at most: the check run made (in progress where reading is long or a
model is asked, else with all there is to say), the check run completed, and the comment, which waits for the fix. All
are found again before they are made: a job may run twice, and its first run may have ended between GitHub's answer and
the row that remembers it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from github_app.check_body import digest
from github_app.client import Installation
from github_app.model import CheckRunId, CommentId, Repository, RunId, Sha, ShownCheckRun
from github_app.publish import MARKER, check_output, comment_body, in_progress
from github_app.report import Report
from handlers.services import Services
from handlers.tasks.configuration import config_of
from handlers.tasks.issues import Issues, lock
from handlers.tasks.reactions import hear
from handlers.tasks.reporting import is_looking, report_of
from storage import analyses
from storage.analyses import AnalysisRow


@asynccontextmanager
async def shown_if_long(services: Services, installation: Installation, row: AnalysisRow) -> AsyncIterator[None]:
    """Around the reading: when it is not over soon, the check run is begun in progress, once."""
    ended = asyncio.Event()
    showing = asyncio.create_task(_show_unless(ended, services, installation, row))
    try:
        yield
    finally:
        ended.set()
        await showing


async def _show_unless(ended: asyncio.Event, services: Services, installation: Installation, row: AnalysisRow) -> None:
    # Counted from the first try: a job that waits for a log that comes late begins anew each time.
    left = services.patience - (datetime.now(UTC) - row.started_at)
    try:
        async with asyncio.timeout(max(0.0, left.total_seconds())):
            await ended.wait()
    except TimeoutError:
        async with services.database.advisory(_check_lock(row)):
            if await _found(services, installation, row) is None:
                made = await installation.create_check_run(Sha(row.head_sha), row.head_sha, in_progress())
                async with services.database.connection() as connection:
                    await analyses.checked(connection, row.repository_id, row.head_sha, made, None)


async def publish(
    services: Services, installation: Installation, repository: Repository, run_id: RunId, run_attempt: int
) -> None:
    """Bring check run and comment to what the database says; a second time writes nothing.

    What a backfill alone has read is never shown.
    """
    showing = _Showing(services, installation, repository)
    async with services.database.connection() as connection:
        row = await analyses.analysis(connection, run_id, run_attempt)
    if row is None or row.quiet:
        return
    number = row.pull_request_number
    if number is None and not is_looking(row):
        # First, for the check run says where an issue could not be opened.
        async with services.database.advisory(lock(repository)):
            await Issues(services, installation, repository).show(row)
    async with services.database.advisory(_check_lock(row)):
        report = await showing.check_run(row)
    if number is not None and report is not None and not report.looking:
        # One writer a conversation: of two runs that end together, each would else find no comment and make one.
        async with services.database.advisory(f"publish:{repository.repository_id}:{number}"):
            # What has to be said again in a minute is not said yet: a comment is a mail to many people.
            await showing.comment(row, number)


def _check_lock(row: AnalysisRow) -> str:
    """One writer a check run: all runs of a commit speak there."""
    return f"check:{row.repository_id}:{row.head_sha}"


@dataclass(frozen=True, slots=True)
class _Showing:
    services: Services
    installation: Installation
    repository: Repository

    async def check_run(self, row: AnalysisRow) -> Report | None:
        """Bring the commit's check run to its reports, and give this attempt's; None while it has nothing to say."""
        async with self.services.database.connection() as connection:
            rows = await analyses.analyses_of_head(connection, row.repository_id, row.head_sha)
            latest = _spoken_of(rows)
            told = {one.run_id: await report_of(connection, self.repository, one) for one in latest.values()}
        spoken = {run_id: report for run_id, report in told.items() if report.failures or _has_begun(latest[run_id])}
        if row.run_id not in spoken:
            return None
        mine, reports = spoken[row.run_id], list(spoken.values())
        shown = digest(check_output(reports))
        if all(one.check_digest == shown for one in rows):
            return mine
        if any(one.check_run_id for one in rows) and all(report.looking for report in reports):
            # One that was begun already says that the logs are read; what broke is told with the fix then.
            return mine
        made = await self._write_check_run(row, reports)
        async with self.services.database.connection() as connection:
            await analyses.checked(connection, row.repository_id, row.head_sha, made, shown)
        return mine

    async def _write_check_run(self, row: AnalysisRow, reports: Sequence[Report]) -> CheckRunId:
        """The check run; what it says already is not written again."""
        there = await _found(self.services, self.installation, row)
        if there is None:
            return await self.installation.create_check_run(Sha(row.head_sha), row.head_sha, check_output(reports))
        # A job that died after GitHub's answer sent annotations, and could not write it down.
        annotated = await self.installation.annotations(there.check_run_id) if there.annotations else frozenset()
        output = check_output(reports, shown=annotated)
        if output.conclusion is not None and not (there.shows(output) and not output.annotations):
            await self.installation.update_check_run(there.check_run_id, output)
        return there.check_run_id

    async def comment(self, row: AnalysisRow, number: int) -> None:
        """Bring the comment to the reports of its head commit."""
        repository_id = self.repository.repository_id
        async with self.services.database.connection() as connection:
            known = await analyses.comment_of(connection, repository_id, number)
            if known is not None:
                await analyses.speak_in(connection, repository_id, number, known)
            newest = await analyses.newest_of_pull_request(connection, repository_id, number)
            if newest is not None and newest.head_sha != row.head_sha:
                # The comment speaks of a later head; this one's check run has said what there is to say.
                return
            rows = await analyses.analyses_of_head(connection, repository_id, row.head_sha)
            latest = _spoken_of(rows)
            reports = [await report_of(connection, self.repository, one) for one in latest.values()]
        if known is None and all(one.ignored_until is not None for one in latest.values()):
            # What is ignored is no reason for a comment; one that is there may not speak of what is past.
            return
        body = comment_body(reports)
        shown = digest(body)
        if known is not None and shown in {one.comment_digest for one in rows}:
            return
        if not (await config_of(self.services, self.installation, self.repository)).config.comment:
            return
        if known is not None:
            await hear(self.services, self.installation, repository_id, number, known)
        comment_id = await self._write_comment(number, known, body)
        async with self.services.database.connection() as connection:
            await analyses.commented(connection, repository_id, number, row.head_sha, comment_id, shown)

    async def _write_comment(self, number: int, known: int | None, body: str) -> CommentId:
        if known is None:
            found = await self.installation.find_comment(number, MARKER)
            if found is None:
                return await self.installation.create_comment(number, body)
            known = found.comment_id
            if found.body == body:
                return found.comment_id
        await self.installation.update_comment(CommentId(known), body)
        return CommentId(known)


def _spoken_of(rows: Sequence[AnalysisRow]) -> dict[int, AnalysisRow]:
    """The newest attempt of each run, of those that are shown at all."""
    return {one.run_id: one for one in rows if not one.quiet}


def _has_begun(row: AnalysisRow) -> bool:
    """Whether there is something to say of an attempt of which no failure is known."""
    return row.state != "started" or row.check_run_id is not None


async def _found(services: Services, installation: Installation, row: AnalysisRow) -> ShownCheckRun | None:
    async with services.database.connection() as connection:
        rows = await analyses.analyses_of_head(connection, row.repository_id, row.head_sha)
    known = next((one.check_run_id for one in rows if one.check_run_id is not None), None)
    if known is not None:
        return await installation.check_run(CheckRunId(known))
    return await installation.find_check_run(Sha(row.head_sha), row.head_sha)
