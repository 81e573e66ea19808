"""A fix whose branch moved on: asked again for the new head where it still holds there, else closed with the reason.

Nothing is ever committed on a head that nobody approved it for, and nothing is carried over silently.
"""

from dataclasses import dataclass

from analysis.patch import PatchError, ProofLevel, apply_edits
from github_app.client import Installation
from github_app.model import Sha
from handlers.services import Services
from handlers.tasks.patches import blobs_at, blobs_before, edits_of
from handlers.tasks.predicting import propose_predicted
from storage import fixes
from storage.database import Connection
from storage.fixes import FixRow, FixState, NewFix
from storage.ids import FixId

ACTOR = "ci-fixer"
"""Who changes a fix's state where no person does."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a fix on the new head: its successor, or None, and all of it in words."""

    fix_id: FixId | None
    said: str


async def renew(services: Services, installation: Installation, fix: FixRow, head: Sha | None) -> Renewed:
    """Close a fix for a head that is no more, and propose it anew for `head` (None: the branch is gone)."""
    name = f"F{fix.fix_id}"
    changed = None if head is None else await _changed(installation, fix, head)
    if head is None or changed is not None:
        reason = "the branch is gone." if head is None else f"the branch moved on to {head[:7]}, and {changed}."
        async with services.database.transaction() as connection:
            await _supersede(connection, fix, reason)
        return Renewed(None, f"{name} no longer applies: {reason}")
    async with services.database.transaction() as connection:
        if not await _supersede(connection, fix, f"the branch moved on to {head[:7]}; it is asked again for that."):
            return Renewed(None, f"{name} was decided a moment ago.")
        again = await _propose_again(connection, fix, head)
    said = (
        f"{name} was made for {fix.head_sha[:7]}, and the branch moved on to {head[:7]}. It still applies and nothing "
        f"that it touches changed, so F{again.fix_id} is the same fix for the new head: `/approve F{again.fix_id}`."
    )
    return Renewed(again.fix_id, said)


async def _changed(installation: Installation, fix: FixRow, head: Sha) -> str | None:
    """Why the patch does not hold on another head as it was shown; None where it does, to the byte."""
    there, before = await blobs_at(installation, fix, head), blobs_before(fix)
    touched = [path for path in sorted(before) if there[path] != before[path]]
    if touched:
        return f"{', '.join(touched)} changed there"
    edits = edits_of(fix)
    files = await installation.files({edit.path for edit in edits}, head)
    try:
        return None if apply_edits(files, edits).hash == fix.patch_hash else "the files give another patch there"
    except PatchError as error:
        return f"it does not apply there ({error})"


async def _propose_again(connection: Connection, fix: FixRow, head: Sha) -> FixRow:
    """The same patch that waits on the new head already, from a run there, or a new row for it."""
    for waiting in await fixes.open_fixes(connection, fix.repository_id, head):
        if waiting.patch_hash == fix.patch_hash:
            return waiting
    # What was run again was the old head's code.
    proof = ProofLevel.PARSES.value if fix.proof_level == ProofLevel.COMMAND.value else fix.proof_level
    new = NewFix(
        repository_id=fix.repository_id,
        run_id=fix.run_id,
        run_attempt=fix.run_attempt,
        head_sha=head,
        head_branch=fix.head_branch,
        source=fix.source,
        summary=fix.summary,
        explanation=fix.explanation,
        edits_json=fix.edits_json,
        base_blobs_json=fix.base_blobs_json,
        diff=fix.diff,
        patch_hash=fix.patch_hash,
        proof_level=proof,
        complexity=fix.complexity,
        policy_json=fix.policy_json,
        failure_ids=fix.failure_ids,
    )
    return await propose_predicted(connection, new, f"It is F{fix.fix_id} again, for the new head {head[:7]}.")


async def _supersede(connection: Connection, fix: FixRow, reason: str) -> bool:
    """False where somebody else decided in between."""
    to, since = FixState.SUPERSEDED, fix.state
    moved = await fixes.move(connection, fix.fix_id, to=to, since=since, actor=ACTOR, reason=reason)
    if moved is None:
        now = await fixes.fix(connection, fix.repository_id, fix.fix_id)
        return now is not None and now.state is FixState.SUPERSEDED
    return True
