"""What became of a fix in CI: the run that decides, and its failure held against the one that the fix was for."""

from collections.abc import Sequence

from storage import failures, fixes, runs
from storage.database import Connection
from storage.failures import FailureRow
from storage.fixes import Delivery, FixRow
from storage.runs import RunRow


async def run_of_fix(connection: Connection, fix: FixRow) -> RunRow | None:
    """The newest of the runs that judge a fix, which decides; it may still be under way."""
    found = await runs_of_fix(connection, fix)
    return found[-1] if found else None


async def runs_of_fix(connection: Connection, fix: FixRow) -> list[RunRow]:
    """The runs on the fix's commit of the workflow that had failed, started by the same event, oldest first.

    A fix that reached its branch by a pull request, its own or a fork's, may have none by that event: then any counts.
    """
    failed = await runs.run(connection, fix.run_id, fix.run_attempt)
    if failed is None or fix.commit_sha is None:
        return []
    found = await runs.runs_of_head(connection, fix.repository_id, fix.commit_sha)
    same_workflow = [run for run in found if run.workflow_id == failed.workflow_id]
    same_event = [run for run in same_workflow if run.event == failed.event]
    by_commit = fix.delivered_as in (None, Delivery.COMMIT)
    candidates = same_event if by_commit or same_event else same_workflow
    return sorted(candidates, key=lambda run: (run.run_id, run.run_attempt))


async def still_failing(connection: Connection, fix: FixRow, run: RunRow) -> str:
    """How a run on the fix's commit fails, against what the fix was for, in words; "" while that is not known."""
    before = await failures.failures_of(connection, fix.run_id, fix.run_attempt)
    after = await failures.failures_of(connection, run.run_id, run.run_attempt)
    if not after:
        return ""
    meant = {row.fingerprint for row in before if row.failure_id in fix.failure_ids}
    if any(row.fingerprint in meant for row in after):
        return "the same failure"
    known = {row.fingerprint for row in before}
    new = [row for row in after if row.fingerprint not in known]
    if new:
        return f"another failure: {_headlines(new)}"
    return f"what it was for is mended, but not {_headlines(after)}"


async def fix_before(connection: Connection, run: RunRow) -> str:
    """What a report on a failed run says of the fix that its head commit is; "" where it is none."""
    fix = await fixes.fix_by_commit(connection, run.repository_id, run.head_sha)
    failed = None if fix is None else await runs.run(connection, fix.run_id, fix.run_attempt)
    if fix is None or failed is None or failed.workflow_id != run.workflow_id:
        return ""
    how = await still_failing(connection, fix, run)
    return f"F{fix.fix_id} was committed as {run.head_sha[:7]}, but CI still fails on it{how and f': {how}'}."


def _headlines(rows: Sequence[FailureRow]) -> str:
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    return f"{rows[0].headline}{more}"
