"""`verify` and `supersede`: how a fix ends, by CI's own word or by somebody's push."""

from github_app.client import REPORT
from github_app.model import RunId
from handlers.services import Services, repository_of
from handlers.tasks.apply import ACTOR
from handlers.tasks.leaving import moved_on
from handlers.tasks.publishing import publish
from handlers.workflow_run import FAILING
from storage import fixes, runs
from storage.database import Connection
from storage.fixes import FixRow, FixState
from storage.runs import RunRow


async def verify(services: Services, repository_id: int, commit_sha: str) -> None:
    """Task: what CI said of a fix's commit. Asked when a run ends and when the commit is remembered, in any order."""
    async with services.database.transaction() as connection:
        fix = await fixes.fix_by_commit(connection, repository_id, commit_sha)
        if fix is None:
            return
        ended = await _same_run(connection, fix, commit_sha)
        to = _verdict(ended)
        moved = None if to is None else await fixes.move(connection, fix.fix_id, to=to, actor="ci", reason=_said(ended))
        repository = await repository_of(connection, repository_id)
    if moved is None and fix.state not in (FixState.VERIFIED, FixState.INEFFECTIVE):
        return
    async with services.github.installation(repository, REPORT) as installation:
        await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)


async def supersede(
    services: Services, repository_id: int, head_repository: str, head_branch: str, left_sha: str, head_sha: str
) -> None:
    """Task: a branch has a new head; what was proposed for the one that it left is closed, and said to be."""
    async with services.database.transaction() as connection:
        repository = await repository_of(connection, repository_id)
        closed = await fixes.supersede_open(
            connection, repository_id, head_repository, head_branch, left_sha, ACTOR, moved_on(head_sha)
        )
        rows = [await fixes.fix(connection, repository_id, fix_id) for fix_id in closed]
    if not closed:
        return
    async with services.github.installation(repository, REPORT) as installation:
        for row in rows:
            if row is not None:
                await publish(services, installation, repository, RunId(row.run_id), row.run_attempt)


async def _same_run(connection: Connection, fix: FixRow, commit_sha: str) -> RunRow | None:
    """The newest run on the commit of the workflow that had failed, started by the same event."""
    failed = await runs.run(connection, fix.run_id, fix.run_attempt)
    if failed is None:
        return None
    found = [
        run
        for run in await runs.runs_of_head(connection, fix.repository_id, commit_sha)
        if (run.workflow_id, run.event) == (failed.workflow_id, failed.event)
    ]
    return max(found, key=lambda run: (run.run_id, run.run_attempt), default=None)


def _verdict(run: RunRow | None) -> FixState | None:
    """A cancelled or skipped run says nothing of the fix."""
    if run is None or run.status != "completed":
        return None
    if run.conclusion == "success":
        return FixState.VERIFIED
    return FixState.INEFFECTIVE if run.conclusion in FAILING else None


def _said(run: RunRow | None) -> str:
    return "" if run is None else f"run {run.run_id}/{run.run_attempt} ended in {run.conclusion}"
