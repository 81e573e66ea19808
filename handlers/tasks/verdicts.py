"""CI's word on a fix's commit: the newest run decides the state, and every run that ended is an event, told of once."""

from handlers.tasks.outcome import runs_of_fix
from handlers.workflow_run import FAILING
from learning.weights import of_state
from storage import fixes, ledger
from storage.database import Connection
from storage.fixes import FixRow, FixState
from storage.ledger import EventKind, Judged, Told
from storage.runs import RunRow

_ACTOR = "ci"


def verdict(run: RunRow | None) -> FixState | None:
    """What a run says of the fix on whose commit it ran; a cancelled or skipped one says nothing."""
    if run is None or run.status != "completed":
        return None
    if run.conclusion == "success":
        return FixState.VERIFIED
    return FixState.INEFFECTIVE if run.conclusion in FAILING else None


async def judge(connection: Connection, fix: FixRow) -> FixRow | None:
    """Bring the state to what the newest run says; the fix where that changed it, None where it stands already.

    A run that says the same again, or comes after a newer one, is kept as an event that changes and teaches nothing.
    Call it in a transaction.
    """
    await fixes.hold(connection, fix.fix_id)
    ended = await runs_of_fix(connection, fix)
    for run in ended[:-1]:
        await _keep(connection, fix, run)
    newest = ended[-1] if ended else None
    to = verdict(newest)
    if newest is None or to is None:
        return None
    told = _told(newest, of_state(to))
    moved = await fixes.move(connection, fix.fix_id, to=to, actor=_ACTOR, reason=_said(newest), told=told)
    if moved is None:
        await _keep(connection, fix, newest)
    return moved


async def _keep(connection: Connection, fix: FixRow, run: RunRow) -> None:
    if verdict(run) is not None:
        told = _told(run, 0.0)
        await ledger.add(connection, fix.fix_id, EventKind.CI_VERDICT, actor=_ACTOR, reason=_said(run), told=told)


def _told(run: RunRow, weight: float) -> Told:
    return Told(weight, Judged(run.run_id, run.run_attempt, run.conclusion or ""), f"{run.run_id}/{run.run_attempt}")


def _said(run: RunRow) -> str:
    return f"run {run.run_id}/{run.run_attempt} ended in {run.conclusion}"
