"""`/undo`: a commit of the App is reverted by a new one, or the pull request that it opened is closed.

Only what the App made and nobody touched since is taken back; for all else the reply names the command that a person
runs. The new commit carries a trailer, so that an undoing that died after GitHub's answer finds what it made.
"""

from github_app.client import REPORT, Installation
from github_app.errors import Forbidden, HeadMoved, NotFound, Permanent, Refused
from github_app.model import FileAddition, Repository, RunId, Sha, User
from handlers.services import Services
from handlers.tasks.delivering import branch_of, headline
from handlers.tasks.patches import blobs_after, blobs_at, blobs_before, writing
from handlers.tasks.publishing import publish
from learning.weights import of_state
from storage import analyses, fixes, lineages
from storage.fixes import Delivery, FixRow, FixState
from storage.ids import FixId
from storage.ledger import Reverted, Told

_UNDOABLE = (FixState.APPLIED, FixState.VERIFIED, FixState.INEFFECTIVE, FixState.SUPERSEDED)
_TRIES = 3
"""Looks at a branch on which others push at the same moment."""


class Unable(Permanent):
    """It cannot be undone by the App; says why, and what a person does instead."""


async def undo(
    services: Services,
    installation: Installation,
    repository: Repository,
    number: int,
    fix_id: int | None,
    reviewer: User,
    ref: str,
) -> str | None:
    """Undo a fix, or the newest one of a conversation; gives the refusal, or None. The same `ref` again is once.

    The right is read at this moment.
    """
    role = await installation.role(reviewer.login, reviewer.user_id)
    if reviewer.is_bot or not role.can_write:
        return f"To undo a fix takes write access to this repository; you have {role.value}."
    meant = await _meant(services, repository, number, fix_id, ref)
    if meant is None:
        return "No commit of CI Fixer is known here that could be undone."
    # One at a time: two people who ask at once make one commit.
    async with services.database.advisory(f"undo:{meant.fix_id}"):
        async with services.database.connection() as connection:
            fix = await fixes.fix(connection, repository.repository_id, meant.fix_id) or meant
        refusal = await _undo(services, repository, fix, reviewer, ref)
    if refusal is None:
        async with services.github.installation(repository, REPORT) as reporting:
            await publish(services, reporting, repository, RunId(fix.run_id), fix.run_attempt)
    return refusal


async def _undo(services: Services, repository: Repository, fix: FixRow, reviewer: User, ref: str) -> str | None:
    if fix.state is FixState.UNDONE:
        return None if fix.undo_ref == ref else f"F{fix.fix_id} is undone already."
    if fix.state not in _UNDOABLE or fix.commit_sha is None:
        return f"F{fix.fix_id} is {fix.state.value}; there is no commit to undo."
    try:
        async with services.github.installation(repository, writing(fix)) as writer:
            commit = await _take_back(writer, fix, Sha(fix.commit_sha), reviewer.login)
    except (Forbidden, Refused, Unable) as error:
        return f"F{fix.fix_id} was not undone: {error}"
    await _remember(services, fix, commit, reviewer.login, ref)
    return None


async def _meant(
    services: Services, repository: Repository, number: int, fix_id: int | None, ref: str
) -> FixRow | None:
    async with services.database.connection() as connection:
        if fix_id is not None:
            return await fixes.fix(connection, repository.repository_id, FixId(fix_id))
        repository_id = repository.repository_id
        known = await lineages.undone_by(connection, repository_id, ref)
        known = known or await lineages.undoable_of_pull_request(connection, repository_id, number)
        spoken_of = await analyses.newest_of_conversation(connection, repository_id, number)
        if known is not None or spoken_of is None:
            return known
        # An issue of ours: the fixes of the run that it speaks of.
        stored = await fixes.fixes_of(connection, spoken_of.run_id, spoken_of.run_attempt)
        return next((fix for fix in reversed(stored) if fix.state in _UNDOABLE and fix.commit_sha), None)


async def _take_back(installation: Installation, fix: FixRow, commit: Sha, login: str) -> Sha | None:
    """The commit that undoes a fix, or None where closing its pull request was enough. Raises Unable."""
    if fix.delivered_as is Delivery.SUGGESTIONS:
        raise Unable(f"the App cannot push to a fork. In a clone of it: `git revert {commit}`, then push.")
    if fix.delivered_as is not Delivery.PULL_REQUEST or fix.pull_request_number is None:
        return await _revert(installation, fix, fix.head_branch or "", commit, login)
    pull = await installation.pull_request(fix.pull_request_number)
    if pull.merged:
        merge = pull.merge_commit_sha or commit
        raise Unable(
            f"pull request #{pull.number} is merged. Use its “Revert” button, or `git revert {merge}` "
            "(with `-m 1` where it is a merge commit)."
        )
    await installation.close_pull_request(pull.number)
    name = branch_of(fix)
    if await installation.branch_head(name) == commit:
        # What others pushed there is theirs to delete.
        await installation.delete_branch(name)
    return None


async def _revert(installation: Installation, fix: FixRow, branch: str, commit: Sha, login: str) -> Sha:
    """A new commit on the branch's present head that puts the files back as they were before the fix."""
    for _ in range(_TRIES):
        head = await installation.branch_head(branch)
        if head is None:
            raise Unable(f"the branch is gone. Where its commits went: `git revert {commit}`.")
        made = await _made(installation, fix, commit, head)
        if made is not None:
            return made
        if await blobs_at(installation, fix, head) != blobs_after(fix):
            raise Unable(f"what it changed was changed again since. In a clone: `git revert {commit}`.")
        try:
            return await _commit_back(installation, fix, branch, head, login)
        except HeadMoved:
            continue
        except Refused as error:
            raise Unable(f"{error} In a clone: `git revert {commit}`.") from error
    raise Unable(f"others push to the branch at this moment. Try again, or `git revert {commit}` in a clone.")


async def _made(installation: Installation, fix: FixRow, commit: Sha, head: Sha) -> Sha | None:
    """The commit of an undoing that died before it could say so."""
    try:
        since = await installation.compare(commit, head)
    except NotFound:
        since = None
    # After a force-push the branch may have left the fix behind, or written its commit anew.
    if since is None or since.common_ancestor != commit:
        return None
    return next((one.sha for one in since.commits if _trailer(fix) in one.message.splitlines()), None)


async def _commit_back(installation: Installation, fix: FixRow, branch: str, head: Sha, login: str) -> Sha:
    before = blobs_before(fix)
    additions = [
        FileAddition(path, await installation.blob(Sha(sha))) for path, sha in sorted(before.items()) if sha is not None
    ]
    deletions = [path for path, sha in sorted(before.items()) if sha is None]
    message = f"{headline(f'Undo: {fix.summary}')}\n\nAsked for by {login}.\n\n{_trailer(fix)}"
    return await installation.create_commit(branch, head, message, additions, deletions)


def _trailer(fix: FixRow) -> str:
    return f"CI-Fixer-Undo: F{fix.fix_id} {fix.patch_hash}"


async def _remember(services: Services, fix: FixRow, commit: Sha | None, login: str, ref: str) -> None:
    reason = "its pull request was closed." if commit is None else f"by {commit[:7]}."
    async with services.database.transaction() as connection:
        await fixes.move(
            connection,
            fix.fix_id,
            to=FixState.UNDONE,
            actor=login,
            reason=reason,
            undo_ref=ref,
            undo_commit_sha=commit,
            told=Told(of_state(FixState.UNDONE), Reverted(commit), ref),
        )
