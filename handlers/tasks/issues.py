"""The one issue of a failure that no pull request answers for: opened, updated as it recurs, closed when it is green.

It speaks of the failures of the default branch, and of what a clock or a person started without a pull request. What a
person closed stays closed until the failure is seen on a later commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from analysis.verdict import Verdict
from github_app.check_body import digest
from github_app.client import Installation
from github_app.errors import NotFound
from github_app.issue_body import History, issue_body, issue_marker, issue_title
from github_app.model import Repository
from github_app.report import Report, WitnessLink
from handlers.services import Services
from handlers.tasks.configuration import config_of
from handlers.tasks.reporting import MOST_ISSUES, report_of
from storage import analyses, failure_issues, failures, ignored, runs
from storage.analyses import AnalysisRow
from storage.database import Connection
from storage.failure_issues import FailureIssueRow, Sighting
from storage.runs import RunRow

SWITCHED_OFF = "Issues are switched off in this repository, so nothing but this check run speaks of the failure."
_PASSING = frozenset({Verdict.FLAKY.value, Verdict.INFRASTRUCTURE.value})
"""What may pass by itself: it gets an issue when a second run shows it."""
_RUNS_SHOWN = 5


def lock(repository: Repository) -> str:
    """One writer of issues a repository: two runs that end together may show one failure."""
    return f"publish:{repository.repository_id}:branches"


@dataclass(frozen=True, slots=True)
class Issues:
    """The issues of one repository. Its verbs are called under `lock`."""

    services: Services
    installation: Installation
    repository: Repository

    async def show(self, row: AnalysisRow) -> None:
        """Bring the issues of an attempt's failures to what the database says; a second time writes nothing."""
        if SWITCHED_OFF in row.remarks:
            return
        async with self.services.database.connection() as connection:
            found = await failures.failures_of(connection, row.run_id, row.run_attempt)
            shown = [failure.fingerprint for failure in found[:MOST_ISSUES]]
            ignored_now = await ignored.ignored_now(connection, row.repository_id, shown)
        quiet = {one.fingerprint for one in ignored_now}
        try:
            for fingerprint in [one for one in shown if one not in quiet]:
                await self.bring(fingerprint)
        except NotFound as missing:
            if not missing.gone:
                raise
            async with self.services.database.connection() as connection:
                remarks = [*row.remarks, SWITCHED_OFF]
                await analyses.update(connection, row.run_id, row.run_attempt, remarks=remarks)

    async def bring(self, fingerprint: str) -> None:
        """Bring the issue of one failure to what the database says. Raises NotFound where issues are switched off."""
        async with self.services.database.connection() as connection:
            seen = await self._sightings(connection, fingerprint)
            known = await failure_issues.issue_of(connection, self.repository.repository_id, fingerprint)
            green = await self._green(connection, seen)
            if not seen or (known is None and (green or not _is_worth_an_issue(seen))):
                return
            report = await self._report(connection, seen[0])
        if report is None:
            return
        body = issue_body(report, _history(seen, green), fingerprint)
        state = "closed" if green else "open"
        newest = seen[0]
        wanted = FailureIssueRow(
            repository_id=self.repository.repository_id,
            fingerprint=fingerprint,
            number=known.number if known else 0,
            state=state,
            run_id=newest.run_id,
            run_attempt=newest.run_attempt,
            head_sha=newest.head_sha,
            digest=digest(f"{state}\n{body}"),
        )
        if known is not None and (wanted.digest == known.digest or _rests(known, wanted)):
            return
        if not (await config_of(self.services, self.installation, self.repository)).config.comment:
            return
        if known is None:
            wanted = await self._opened(wanted, issue_title(report), body)
        else:
            wanted = await self._updated(known, wanted, body)
        async with self.services.database.connection() as connection:
            await failure_issues.save_issue(connection, wanted)

    async def _sightings(self, connection: Connection, fingerprint: str) -> tuple[Sighting, ...]:
        at = self.repository
        return await failure_issues.sightings(
            connection, at.repository_id, at.full_name, at.default_branch, fingerprint
        )

    async def _green(self, connection: Connection, seen: Sequence[Sighting]) -> tuple[RunRow, ...]:
        """The runs that ended it, one a workflow and branch where it was seen; none while one of these still fails."""
        found: list[RunRow] = []
        for workflow_id, branch in dict.fromkeys((one.workflow_id, one.head_branch) for one in seen):
            at = self.repository
            run = await runs.newest_finished(connection, at.repository_id, workflow_id, branch, at.full_name)
            if run is None or run.conclusion != "success":
                return ()
            found.append(run)
        return tuple(found)

    async def _report(self, connection: Connection, newest: Sighting) -> Report | None:
        row = await analyses.analysis(connection, newest.run_id, newest.run_attempt)
        return None if row is None else await report_of(connection, self.repository, row, newest.failure_id)

    async def _opened(self, wanted: FailureIssueRow, title: str, body: str) -> FailureIssueRow:
        if not await self.installation.has_issues():
            raise NotFound("issues are switched off", gone=True)
        found = await self.installation.find_issue(issue_marker(wanted.fingerprint))
        if found is None:
            return replace(wanted, number=await self.installation.create_issue(title, body))
        await self.installation.update_issue(found.number, body, wanted.state)
        return replace(wanted, number=found.number)

    async def _updated(self, known: FailureIssueRow, wanted: FailureIssueRow, body: str) -> FailureIssueRow:
        """What is kept after the issue was written, or left to the person who closed it."""
        there = await self.installation.issue(known.number)
        closed_by_hand = there is None or (there.state == "closed" and known.state == "open")
        if closed_by_hand and (there is None or wanted.state == "closed" or wanted.head_sha == known.head_sha):
            return replace(known, state="closed" if wanted.state == "closed" else "dismissed")
        await self.installation.update_issue(known.number, body, wanted.state)
        return wanted


def _rests(known: FailureIssueRow, wanted: FailureIssueRow) -> bool:
    """Whether a closed issue stays as it is: still green, or closed by a person and not seen on a later commit."""
    if known.state == "open":
        return False
    if wanted.state == "closed":
        return True
    return known.state == "dismissed" and (wanted.head_sha == known.head_sha or wanted.run_id <= known.run_id)


def _is_worth_an_issue(seen: Sequence[Sighting]) -> bool:
    return seen[0].verdict not in _PASSING or len({one.run_id for one in seen}) > 1


def _history(seen: Sequence[Sighting], green: Sequence[RunRow]) -> History:
    def name(run: Sighting | RunRow) -> WitnessLink:
        where = f" on {run.head_branch}" if run.head_branch else ""
        return WitnessLink(f"{run.workflow_name}{where} at {run.head_sha[:7]}", run.html_url)

    shown = [name(one) for one in islice(seen, _RUNS_SHOWN)]
    return History(seen[0].times, seen[0].first_at, seen[0].at, shown, [name(run) for run in green])
