"""A person's own revert of a fix, where it is seen: in the history of a head that failed, which is read anyway.

Anybody can write a message; it counts where the commit that it takes back stands in the same history, on a branch of
the repository itself, and the fix's files are then as they were before the fix.
"""

import re

from github_app.client import Installation
from github_app.model import Commit, Sha
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.lineage import Lineage, trailers_of
from handlers.tasks.patches import blobs_at, blobs_before
from handlers.tasks.renewing import ACTOR
from learning.weights import of_state
from storage import fixes, runs
from storage.database import Connection
from storage.failures import FailureRow
from storage.fixes import FixRow, FixState
from storage.ids import FixId
from storage.ledger import Reverted, Told

_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})\b", re.MULTILINE)
"""What git itself writes: https://git-scm.com/docs/git-revert"""


async def note_reverts(services: Services, installation: Installation, first: FailureRow, past: Lineage) -> None:
    """Move the fixes to undone that a person's own commit took back. Twice is once."""
    by_sha = {commit.sha: commit for commit in past.commits}
    told = [
        (by_sha[Sha(sha)], one) for one in past.commits for sha in _REVERTS.findall(one.message) if Sha(sha) in by_sha
    ]
    for taken_back, by in told:
        async with services.database.connection() as connection:
            fix = await _fix_of(connection, first, taken_back)
        if fix is not None and await blobs_at(installation, fix, by.sha) == blobs_before(fix):
            await _undone(services, fix, by.sha)


async def _fix_of(connection: Connection, first: FailureRow, commit: Commit) -> FixRow | None:
    """The fix that a commit of this branch is, or was squashed into; None for another branch's and for a fork's."""
    run = await runs.run(connection, first.run_id, first.run_attempt)
    repository = await repository_of(connection, first.repository_id)
    if run is None or (run.head_repository or "").lower() != repository.full_name.lower():
        return None
    fix = await fixes.fix_by_commit(connection, first.repository_id, commit.sha)
    if fix is None:
        for fix_id, patch_hash in trailers_of([commit]).items():
            named = await fixes.fix(connection, first.repository_id, FixId(fix_id))
            fix = named if named is not None and named.patch_hash == patch_hash else fix
    return fix if fix is not None and fix.head_branch == first.head_branch else None


async def _undone(services: Services, fix: FixRow, by: Sha) -> None:
    ref = f"revert/{by}/F{fix.fix_id}"
    told = Told(of_state(FixState.UNDONE), Reverted(by), ref)
    async with services.database.transaction() as connection:
        moved = await fixes.move(
            connection,
            fix.fix_id,
            to=FixState.UNDONE,
            actor=ACTOR,
            reason=f"by {by[:7]}, a revert that somebody pushed.",
            undo_ref=ref,
            undo_commit_sha=by,
            told=told,
        )
        if moved is not None:
            await defer(connection, [jobs.show(fix.repository_id, fix.run_id, fix.run_attempt)])
