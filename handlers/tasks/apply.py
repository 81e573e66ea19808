"""`apply`: an approved fix -> one commit on the head it was approved for, or a failure in words.

Exactly what was approved is committed: the patch is made anew from the files at the head commit and its hash compared.
The commit carries a trailer with fix and hash, so that a task that died after GitHub's answer finds its own commit.
"""

from analysis.patch import Patch, PatchError, apply_edits
from github_app.client import APPLY, Installation
from github_app.errors import HeadMoved, Permanent, Refused
from github_app.model import FileAddition, Repository, RunId, Sha
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.lineage import trailer
from handlers.tasks.proposing import edits_of
from handlers.tasks.publishing import publish
from storage import approvals, fixes
from storage.fixes import FixRow, FixState
from storage.ids import FixId

ACTOR = "ci-fixer"


async def apply(services: Services, repository_id: int, fix_id: int) -> None:
    """Task. Twice is once: a fix that is applied is left alone, a commit that was made is found again."""
    async with services.database.transaction() as connection:
        repository = await repository_of(connection, repository_id)
        await fixes.move(connection, FixId(fix_id), to=FixState.APPLYING, actor=ACTOR)
        fix = await fixes.fix(connection, repository_id, FixId(fix_id))
    if fix is None or fix.state is not FixState.APPLYING:
        return
    async with services.github.installation(repository, APPLY) as installation:
        try:
            commit = await _committed(installation, fix) or await _commit(services, installation, fix)
        except (HeadMoved, Refused, PatchError, NotWhatWasApproved) as error:
            async with services.database.transaction() as connection:
                await fixes.move(connection, fix.fix_id, to=FixState.FAILED, actor=ACTOR, reason=_why(error))
        else:
            await _remember(services, repository, fix, commit)
        await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)


class NotWhatWasApproved(Permanent):
    """The files at the head commit give another patch than the one that was shown."""


async def _committed(installation: Installation, fix: FixRow) -> Sha | None:
    """The commit of a run of this task that died before it could say so."""
    head = await installation.branch_head(fix.head_branch or "")
    if head is None:
        raise HeadMoved(f"the branch {fix.head_branch} is gone")
    if head == fix.head_sha:
        return None
    for commit in (await installation.compare(fix.head_sha, head)).commits:
        if trailer(fix) in commit.message.splitlines() and commit.parents == (fix.head_sha,):
            return commit.sha
    raise HeadMoved(f"somebody pushed to {fix.head_branch} after this fix was proposed")


async def _commit(services: Services, installation: Installation, fix: FixRow) -> Sha:
    patch = await _patch(installation, fix)
    async with services.database.connection() as connection:
        decided = await approvals.approvals_of(connection, fix.fix_id)
    approver = decided[-1].reviewer_login if decided else ""
    message = f"{_headline(fix.summary)}\n\nApproved by {approver}.\n\n{trailer(fix)}"
    additions = [FileAddition(one.path, one.after) for one in patch.files]
    return await installation.create_commit(fix.head_branch or "", Sha(fix.head_sha), message, additions, [])


async def _patch(installation: Installation, fix: FixRow) -> Patch:
    edits = edits_of(fix)
    files = await installation.files({edit.path for edit in edits}, Sha(fix.head_sha))
    patch = apply_edits(files, edits)
    if patch.hash != fix.patch_hash:
        raise NotWhatWasApproved("the files give another patch than the one that was approved")
    return patch


async def _remember(services: Services, repository: Repository, fix: FixRow, commit: Sha) -> None:
    async with services.database.transaction() as connection:
        await fixes.move(connection, fix.fix_id, to=FixState.APPLIED, actor=ACTOR, commit_sha=commit)
        # CI may have ended on the commit before this row knew of it; then nobody else asks.
        await defer(connection, [jobs.verify(repository.repository_id, commit)])


def _headline(summary: str) -> str:
    line = " ".join(summary.split())
    return line if len(line) <= 72 else line[:71] + "…"


def _why(error: Exception) -> str:
    return str(error)[:500]
