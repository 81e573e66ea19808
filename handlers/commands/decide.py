"""`/approve` and `/reject`: a decision on a fix, which must be named where several wait."""

from github_app.markdown import prose
from github_app.model import RunId
from handlers.commands.given import Answered, Given, refused, spoken_of
from handlers.tasks.publishing import publish
from handlers.tasks.review import Decision, review
from storage import approvals, fixes
from storage.fixes import FixRow, FixState
from storage.ids import FixId


async def approve(given: Given) -> Answered:
    """Commit the fix that is shown."""
    return await _decide(given, approve=True)


async def reject(given: Given) -> Answered:
    """Close the fix; a reason is welcome, and none is asked for."""
    return await _decide(given, approve=False)


async def _decide(given: Given, *, approve: bool) -> Answered:
    meant = await _meant(given)
    if isinstance(meant, str):
        return Answered(False, meant)
    decision = Decision(approve, meant, given.user, given.text, "comment", given.ref)
    decided = await review(given.services, given.installation, given.repository, decision)
    if decided.refusal is None and decided.fix is not None:
        run_id, run_attempt = RunId(decided.fix.run_id), decided.fix.run_attempt
        await publish(given.services, given.installation, given.repository, run_id, run_attempt)
    return refused(decided.refusal)


async def _meant(given: Given) -> FixId | str:
    """The fix that a command is about, or what to reply where that is not clear."""
    if given.fix_id is not None:
        return FixId(given.fix_id)
    async with given.services.database.connection() as connection:
        # A command whose first run died after its decision: nothing waits any more, and it is that fix's.
        decided = await approvals.fix_decided_by(connection, given.repository.repository_id, "comment", given.ref)
    if decided is not None:
        return decided
    waiting = await _waiting(given)
    return waiting[0].fix_id if len(waiting) == 1 else _which(waiting)


async def _waiting(given: Given) -> list[FixRow]:
    newest = await spoken_of(given)
    if newest is None:
        return []
    async with given.services.database.connection() as connection:
        of_head = await fixes.open_fixes(connection, given.repository.repository_id, newest.head_sha)
        # A fix that is asked for again stands for a head that has no analysis yet.
        of_run = await fixes.fixes_of(connection, newest.run_id, newest.run_attempt)
    return list(dict.fromkeys([*of_head, *(fix for fix in of_run if fix.state is FixState.PROPOSED)]))


def _which(waiting: list[FixRow]) -> str:
    if not waiting:
        return "No fix is waiting for a decision here."
    names = ", ".join(f"F{fix.fix_id} ({prose(fix.summary)})" for fix in waiting)
    return f"Several fixes are waiting: {names}. Name one, as in `/approve F{waiting[0].fix_id}`."
