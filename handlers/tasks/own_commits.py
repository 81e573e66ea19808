"""A fix that was left, and CI is green: somebody's own commit did it. That is how people edit a fix on GitHub.

What is seen is small and said as such: the first green run of the workflow on the branch after the fix, and whether
what was pushed until then touches the fix's files.
"""

from github_app.client import REPORT, Installation
from github_app.errors import NotFound
from github_app.model import Repository, Sha
from handlers.services import Services
from handlers.tasks.lineage import trailers_of
from handlers.tasks.patches import blobs_after, blobs_at, blobs_before
from handlers.tasks.renewing import ACTOR
from learning.weights import EDITED, EDITED_ELSEWHERE
from storage import fixes, ledger, lineages, runs
from storage.fixes import FixRow
from storage.ledger import Edited, EventKind, Told

_MOST_LEFT = 3
"""Fixes told of for one green run, the newest: each is a request or two, and who left more was not mending them."""


async def note_own_commits(services: Services, repository: Repository, commit: Sha) -> None:
    """Tell the fixes that were left before a green commit what ended their failure. Twice is once."""
    left: dict[int, FixRow] = {}
    async with services.database.connection() as connection:
        if await fixes.fix_by_commit(connection, repository.repository_id, commit) is not None:
            return
        for run in await runs.runs_of_head(connection, repository.repository_id, commit):
            if run.conclusion == "success" and run.head_branch and run.head_repository:
                found = await lineages.left_before(connection, run, _MOST_LEFT)
                left.update({fix.fix_id: fix for fix in found})
    if not left:
        return
    async with services.github.installation(repository, REPORT) as installation:
        for fix in left.values():
            await _note(services, installation, fix, commit)


async def _note(services: Services, installation: Installation, fix: FixRow, commit: Sha) -> None:
    async with services.database.connection() as connection:
        failed = await runs.run(connection, fix.run_id, fix.run_attempt)
    if failed is None:
        return
    try:
        since = await installation.compare(failed.head_sha, commit)
    except NotFound:
        return
    same_files = not blobs_before(fix).keys().isdisjoint(since.files)
    if trailers_of(since.commits) or not (same_files or since.whole):
        return  # a commit of ours may have done it, or nobody can tell
    told = f"CI is green on {commit[:7]} without it"
    weight = EDITED if same_files else EDITED_ELSEWHERE
    if same_files and await blobs_at(installation, fix, commit) == blobs_after(fix):
        told, weight = f"{commit[:7]} makes the same change by hand", 0.0
    details = Told(weight, Edited(commit=commit, same_files=same_files), commit)
    async with services.database.transaction() as connection:
        await ledger.add(connection, fix.fix_id, EventKind.EDIT, actor=ACTOR, reason=f"{told}.", told=details)
