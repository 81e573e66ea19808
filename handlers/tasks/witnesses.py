"""What a verdict is judged by: the same job on the base branch, on the same code and elsewhere, from what is stored.

Jobs of runs that passed are asked of GitHub when a verdict needs them, and kept; nothing is asked twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.verdict import History, PastJob
from github_app.client import Installation
from github_app.errors import NotFound
from github_app.model import Comparison, Job, Run, RunId, Sha
from handlers.services import Services
from storage import jobs, runs
from storage.database import Connection
from storage.jobs import JobRow, PastJobRow

_BASE_RUNS = 20
"""Runs of the base branch that are looked at: an older one says nothing of today's base."""
_ELSEWHERE = 200
"""Runs on other branches: some weeks of a busy repository."""
_ASKED = 3
"""Runs of the base branch whose jobs are asked of GitHub for one verdict."""
_QUEUE = re.compile(r"gh-readonly-queue/(?P<base>.+)/pr-(?P<number>\d{1,9})-[0-9a-f]{40}")
_PULL_REQUEST = frozenset({"pull_request", "pull_request_target"})


@dataclass(frozen=True, slots=True)
class Head:
    """The judged run's place: its base branch, and what it adds to it (None where that could not be had).

    On the base branch itself, what it adds is what was pushed since the run before it.
    """

    run: Run
    base_branch: str
    comparison: Comparison | None

    @property
    def introduced(self) -> frozenset[str] | None:
        """The commits that are the head's own."""
        if self.comparison is None or not self.comparison.whole:
            return frozenset({self.run.head_sha}) if self.run.head_branch == self.base_branch else None
        return frozenset(commit.sha for commit in self.comparison.commits)

    @property
    def touched(self) -> frozenset[str] | None:
        """The files that those commits change."""
        return None if self.comparison is None or not self.comparison.whole else frozenset(self.comparison.files)


def queued_pull_request(run: Run) -> tuple[str, int] | None:
    """The base branch and pull request that a merge queue's run is about, by the name of its branch."""
    found = _QUEUE.fullmatch(run.head_branch or "") if run.event == "merge_group" else None
    return (found["base"], int(found["number"])) if found else None


async def place(services: Services, installation: Installation, run: Run, base_branch: str) -> Head:
    """Where a run stands, by one request."""
    since = base_branch
    if run.head_branch == base_branch and run.event not in _PULL_REQUEST:
        async with services.database.connection() as connection:
            before = await runs.newest_of_branch(
                connection, run.repository_id, run.workflow_id, base_branch, run.run_id
            )
        if before is None:
            return Head(run, base_branch, None)
        since = before.head_sha
    try:
        return Head(run, base_branch, await installation.compare(since, run.head_sha))
    except NotFound:
        return Head(run, base_branch, None)


async def remember_jobs(connection: Connection, found: Iterable[Job]) -> None:
    """Keep how the jobs of an attempt ended."""
    await jobs.save_jobs(
        connection,
        [JobRow(job.run_id, job.run_attempt, job.job_id, job.name, job.conclusion, job.html_url) for job in found],
    )


async def complete_witnesses(services: Services, installation: Installation, head: Head) -> None:
    """Ask for the jobs of the base branch's newest runs and of those on the same code, where nobody has asked yet."""
    run = head.run
    async with services.database.connection() as connection:
        unknown = await runs.without_jobs(
            connection, run.repository_id, run.workflow_id, head.base_branch, run.run_id, _ASKED
        )
        unknown += await runs.of_head_without_jobs(
            connection, run.repository_id, run.workflow_id, run.head_sha, (run.run_id, run.run_attempt), _ASKED
        )
    for one in unknown:
        found = await installation.jobs(RunId(one.run_id), one.run_attempt)
        async with services.database.connection() as connection:
            await remember_jobs(connection, found)


async def history(connection: Connection, head: Head, name: str) -> History:
    """All that is known of one job when a failure of it is judged."""
    run = head.run
    ids = run.repository_id, run.workflow_id
    base = await jobs.on_branch(connection, *ids, head.base_branch, name, run.run_id, _BASE_RUNS)
    newest = await runs.newest_of_branch(connection, *ids, head.base_branch, run.run_id)
    same = await jobs.of_head(connection, *ids, run.head_sha, name, run.event)
    branches = [head.base_branch, run.head_branch or ""]
    others = await jobs.elsewhere(connection, *ids, name, run.run_id, branches, _ELSEWHERE)
    return History(
        base=tuple(_past(row) for row in _last_attempts(base) if row.head_sha != run.head_sha),
        base_pending=newest is not None and newest.status != "completed",
        fork_point=await _fork_point(connection, head, name),
        same_code=tuple(_past(row) for row in same if _is_same_code(row, run)),
        elsewhere=tuple(_past(row) for row in _first_attempts(others)),
        introduced=head.introduced,
        touched=head.touched,
    )


def _is_same_code(row: PastJobRow, run: Run) -> bool:
    """Another attempt of the run; another run only where the head was tested as it is.

    A pull request is tested merged with its base, which another run may have met at another commit.
    """
    if row.run_id == run.run_id:
        return row.run_attempt != run.run_attempt
    return run.event not in _PULL_REQUEST


async def _fork_point(connection: Connection, head: Head, name: str) -> PastJob | None:
    if head.comparison is None or head.run.event in _PULL_REQUEST:
        return None
    ids = head.run.repository_id, head.run.workflow_id
    found = await jobs.of_head(connection, *ids, head.comparison.common_ancestor, name, "push")
    return _past(found[0]) if found else None


def _last_attempts(rows: Iterable[PastJobRow]) -> list[PastJobRow]:
    """One row a run, the newest attempt's: a base that passed at last has passed."""
    return list({row.run_id: row for row in reversed(list(rows))}.values())[::-1]


def _first_attempts(rows: Iterable[PastJobRow]) -> list[PastJobRow]:
    """One row a run, the first attempt's: what came of the later ones stands in it."""
    return list({row.run_id: row for row in rows}.values())


def _past(row: PastJobRow) -> PastJob:
    return PastJob(
        run_id=row.run_id,
        run_attempt=row.run_attempt,
        head_sha=Sha(row.head_sha),
        head_branch=row.head_branch,
        passed=row.passed,
        html_url=row.html_url,
        symptoms=row.symptoms,
        introduced=row.introduced,
        inherited=row.inherited,
        passed_later=row.passed_later,
        failed_later=row.failed_later,
    )
