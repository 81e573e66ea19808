"""`passed`: a green run is a witness: how its jobs ended is kept, failures on the same code are judged anew, and the
issues of what it ended are closed.
"""

from collections.abc import Sequence

from github_app.client import REPORT, Installation
from github_app.model import Repository, RunId
from handlers.services import Services, repository_of
from handlers.tasks.diagnose import heads_of
from handlers.tasks.issues import Issues, lock
from handlers.tasks.judging import judge_again
from handlers.tasks.learning import learn_from
from handlers.tasks.publishing import publish
from handlers.tasks.witnesses import remember_jobs
from storage import analyses, failure_issues, failures, jobs, runs
from storage.analyses import AnalysisRow
from storage.runs import RunRow

_FLAKY = "flaky"


async def passed(services: Services, repository_id: int, run_id: int, run_attempt: int) -> None:
    """Task. Twice is once: jobs that are kept are not asked for again, a verdict that stands is not written again."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        run = await runs.run(connection, run_id, run_attempt)
        if run is None:
            return
        failed = await _failed_on_the_same_code(services, run)
        known = await jobs.jobs_of(connection, run_id, run_attempt)
        wanted = (
            failed
            or run.head_branch == repository.default_branch
            or await runs.fails_lately(connection, repository_id, run.workflow_id)
        )
        red = await failure_issues.open_fingerprints(connection, repository_id)
    judging = wanted and (failed or not known)
    if not judging and not red:
        return
    async with services.github.installation(repository, REPORT) as installation:
        await _close_issues(services, installation, repository, red)
        if wanted and not known:
            found = await installation.jobs(RunId(run_id), run_attempt)
            async with services.database.connection() as connection:
                await remember_jobs(connection, found)
            if _is_normal(run, repository):
                await learn_from(services, installation, run, found)
        for row in failed:
            await _judge_again(services, installation, repository, row)


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


async def _failed_on_the_same_code(services: Services, run: RunRow) -> list[AnalysisRow]:
    async with services.database.connection() as connection:
        rows = await analyses.analyses_of_head(connection, run.repository_id, run.head_sha)
    return [row for row in rows if (row.run_id, row.run_attempt) != (run.run_id, run.run_attempt)]


async def _judge_again(
    services: Services, installation: Installation, repository: Repository, row: AnalysisRow
) -> None:
    run = await installation.run(RunId(row.run_id), row.run_attempt)
    heads = await heads_of(services, installation, repository, run, row.pull_request_number)
    async with services.database.transaction() as connection:
        found = await failures.failures_of(connection, row.run_id, row.run_attempt)
        changed = [await judge_again(connection, heads, one) for one in found if one.verdict != _FLAKY]
    if any(changed):
        await publish(services, installation, repository, RunId(row.run_id), row.run_attempt)
