"""`testify`: an ended run is a witness: what rests on it is judged anew, and the issues of what it ended are closed.

What is known decides a verdict, not the order in which it came to be known (docs/decisions/0018).
"""

from collections.abc import Sequence

from github_app.client import REPORT, Installation
from github_app.model import Repository, RunId
from github_app.queue import defer
from handlers.jobs import testify as testimony
from handlers.services import Services, repository_of
from handlers.tasks.diagnose import heads_of, introduced_by
from handlers.tasks.issues import Issues, lock
from handlers.tasks.judging import judge_again
from handlers.tasks.learning import learn_from
from handlers.tasks.publishing import publish
from handlers.tasks.witnesses import complete_witnesses, remember_jobs
from storage import analyses, failure_issues, failures, jobs, runs
from storage.analyses import AnalysisRow
from storage.runs import RunRow

_MOST_RESTING = 20
"""Verdicts judged anew for one witness: three requests each, and an older run that comes late is a rare thing."""


async def testify(services: Services, repository_id: int, run_id: int, run_attempt: int) -> None:
    """Task. Twice is once: jobs that are kept are not asked for again, a verdict that stands is not written again."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        run = await runs.run(connection, run_id, run_attempt)
        if run is None:
            return
        ids = repository_id, run.workflow_id
        resting = await analyses.resting_on(connection, *ids, run.head_sha, run_id, run_attempt, _MOST_RESTING)
        green = run.conclusion == "success"
        known = await jobs.jobs_of(connection, run_id, run_attempt)
        asks = (
            green
            and not known
            and (
                bool(resting)
                or run.head_branch == repository.default_branch
                or await runs.fails_lately(connection, *ids, run_id)
            )
        )
        red = await failure_issues.open_fingerprints(connection, repository_id) if green else ()
    if resting or asks or red:
        async with services.github.installation(repository, REPORT) as installation:
            await _close_issues(services, installation, repository, red)
            if asks:
                await _keep_jobs(services, installation, repository, run)
            for row in resting:
                await judge_anew(services, installation, repository, row)
    if not green:
        await _ask_those_after(services, run)


async def judge_anew(services: Services, installation: Installation, repository: Repository, row: AnalysisRow) -> bool:
    """Judge what is stored of an attempt by all that is known now, and show it where that says something else."""
    run = await installation.run(RunId(row.run_id), row.run_attempt)
    heads = await heads_of(services, installation, repository, run, row.pull_request_number)
    for head in heads:
        await complete_witnesses(services, installation, head)
    async with services.database.transaction() as connection:
        await analyses.update(connection, row.run_id, row.run_attempt, introduced=introduced_by(heads))
        found = await failures.failures_of(connection, row.run_id, row.run_attempt)
        changed = [await judge_again(connection, heads, one) for one in found]
    if any(changed):
        await publish(services, installation, repository, RunId(row.run_id), row.run_attempt)
    return any(changed)


async def _keep_jobs(services: Services, installation: Installation, repository: Repository, run: RunRow) -> None:
    found = await installation.jobs(RunId(run.run_id), run.run_attempt)
    async with services.database.connection() as connection:
        await remember_jobs(connection, found)
    if _is_normal(run, repository):
        await learn_from(services, installation, run, found)


async def _ask_those_after(services: Services, run: RunRow) -> None:
    """A workflow that fails has its green runs kept: those that were heard of before this failure are asked now."""
    async with services.database.transaction() as connection:
        after = await runs.green_without_jobs(connection, run.repository_id, run.workflow_id, run.run_id, _MOST_RESTING)
        await defer(connection, [testimony(one.repository_id, one.run_id, one.run_attempt) for one in after])


async def _close_issues(
    services: Services, installation: Installation, repository: Repository, red: Sequence[str]
) -> None:
    """Close the issues of failures that this run ended; nothing is asked of GitHub for the others."""
    async with services.database.advisory(lock(repository)):
        for fingerprint in red:
            await Issues(services, installation, repository).bring(fingerprint)


def _is_normal(run: RunRow, repository: Repository) -> bool:
    """Whether a green run tells what its jobs always say: one of the default branch itself."""
    own = (run.head_repository or "").lower() == repository.full_name.lower()
    return own and run.head_branch == repository.default_branch
