"""The ways of an approved fix to its people, each of which a second run finds as far as the first one came.

On an unprotected branch that has a pull request: a commit there. On the default branch, a protected one or one without
a pull request, and where the repository wishes it: a commit on a branch of its own, at the head it was approved for,
and a pull request from there. On a fork, where the App cannot push: suggestions in a review.
"""

import re
from dataclasses import dataclass

from analysis.patch import Patch
from github_app.client import Installation
from github_app.errors import Forbidden, HeadMoved, NotFound, Refused
from github_app.markdown import code, plain, prose
from github_app.model import FileAddition, Repository, Sha
from github_app.repo_config import Delivered
from handlers.services import Services
from handlers.tasks.configuration import config_of
from handlers.tasks.lineage import trailer
from handlers.tasks.patches import blobs_at, blobs_before, patch_of
from handlers.tasks.places import Stand, delivery_of, stand
from handlers.tasks.suggesting import suggest
from storage import approvals, fixes, runs
from storage.fixes import Delivery, FixRow, FixState

_LIVE = re.compile(r"[@#](?=\w)|(?i:\bgh-)(?=\d)|:(?=//)")


@dataclass(frozen=True, slots=True)
class Handed:
    """What a delivery came to: the fix's next state, the way, its commit, and its own pull request."""

    state: FixState
    way: Delivery
    commit: Sha | None = None
    number: int | None = None


async def deliver(services: Services, installation: Installation, repository: Repository, fix: FixRow) -> Handed:
    """Deliver a fix in the way chosen before, or now.

    Raises HeadMoved where the branch is no longer what was approved, PatchError and what the verbs raise otherwise.
    """
    async with services.database.connection() as connection:
        where = await stand(connection, repository, fix)
        decided = await approvals.approvals_of(connection, fix.fix_id)
    approver = next((one.reviewer_login for one in reversed(decided) if one.decision == "approve"), "")
    way = fix.delivered_as or await _choose(services, installation, repository, fix, where)
    if way is Delivery.SUGGESTIONS:
        await suggest(services, installation, fix, where.number or 0, approver)
        return Handed(FixState.OFFERED, way)
    if way is Delivery.COMMIT:
        return Handed(FixState.APPLIED, way, await _commit_on(installation, fix, fix.head_branch or "", approver))
    commit = await _commit_aside(installation, fix, approver)
    number = await _pull_request(services, installation, repository, fix, approver)
    return Handed(FixState.APPLIED, way, commit, number)


async def _choose(
    services: Services, installation: Installation, repository: Repository, fix: FixRow, where: Stand
) -> Delivery:
    """By the place, the repository's wish and the branch's protection; kept before anything is written."""
    way = delivery_of(repository, fix.head_branch, where)
    if way is None:
        raise Refused("there is neither a branch nor a pull request here that it could be delivered to")
    if way is Delivery.COMMIT:
        wish = (await config_of(services, installation, repository)).config.delivered
        branch = await installation.branch(fix.head_branch or "")
        if wish is Delivered.PULL_REQUEST or (branch is not None and branch.protected):
            way = Delivery.PULL_REQUEST
    async with services.database.connection() as connection:
        await fixes.deliver_as(connection, fix.fix_id, way)
    return way


def branch_of(fix: FixRow) -> str:
    """The branch of a fix that is delivered as a pull request."""
    return f"ci-fixer/F{fix.fix_id}"


async def _commit_on(installation: Installation, fix: FixRow, branch: str, approver: str) -> Sha:
    """The fix's commit on a branch, made there or found. Raises HeadMoved where somebody else's stands on the head."""
    head = await installation.branch_head(branch)
    if head is None:
        raise HeadMoved(f"the branch {branch} is gone")
    if head != fix.head_sha:
        return await _found(installation, fix, branch, head)
    try:
        return await _commit(installation, fix, await patch_of(installation, fix), branch, approver)
    except HeadMoved:
        # It may be by this very fix: a request of a worker that was killed is still carried out.
        head = await installation.branch_head(branch)
        return await _found(installation, fix, branch, head or Sha(fix.head_sha))


async def _commit(installation: Installation, fix: FixRow, patch: Patch, branch: str, approver: str) -> Sha:
    message = f"{headline(fix.summary)}\n\nApproved by {approver}.\n\n{trailer(fix)}"
    additions = [FileAddition(one.path, one.after) for one in patch.files]
    return await installation.create_commit(branch, Sha(fix.head_sha), message, additions, [])


async def _found(installation: Installation, fix: FixRow, branch: str, head: Sha) -> Sha:
    """The commit of a run of this task that died before it could say so."""
    for commit in (await installation.compare(fix.head_sha, head)).commits:
        if trailer(fix) in commit.message.splitlines() and commit.parents == (fix.head_sha,):
            return commit.sha
    raise HeadMoved(f"somebody pushed to {branch} after this fix was proposed")


async def _commit_aside(installation: Installation, fix: FixRow, approver: str) -> Sha:
    """The commit on the fix's own branch, which is made at the head commit that it was approved for."""
    name = branch_of(fix)
    head = await installation.branch_head(name)
    if head not in (None, fix.head_sha):
        return await _found_aside(installation, fix, name, head)
    patch = await patch_of(installation, fix)
    if head is None:
        await _still_wanted(installation, fix)
        await installation.create_branch(name, Sha(fix.head_sha))
    try:
        return await _commit(installation, fix, patch, name, approver)
    except (Forbidden, Refused):
        await installation.delete_branch(name)
        raise
    except HeadMoved:
        head = await installation.branch_head(name)
        return await _found_aside(installation, fix, name, head or Sha(fix.head_sha))


async def _found_aside(installation: Installation, fix: FixRow, name: str, head: Sha) -> Sha:
    try:
        return await _found(installation, fix, name, head)
    except (HeadMoved, NotFound):
        raise Refused(f"the branch {name} holds other commits already; delete it, and approve again") from None


async def _still_wanted(installation: Installation, fix: FixRow) -> None:
    """Raises HeadMoved where the branch is gone, or what the fix touches is no longer what it was made for."""
    head = await installation.branch_head(fix.head_branch or "")
    if head is None or (head != fix.head_sha and await blobs_at(installation, fix, head) != blobs_before(fix)):
        raise HeadMoved(f"{fix.head_branch} moved on")


async def _pull_request(
    services: Services, installation: Installation, repository: Repository, fix: FixRow, approver: str
) -> int:
    """The fix's own pull request, opened or found by its branch."""
    name, base = branch_of(fix), fix.head_branch or ""
    known = await _opened(installation, name, base)
    if known is not None:
        return known
    body = await _body(services, repository, fix, approver)
    try:
        return await installation.open_pull_request(name, base, headline(fix.summary), body)
    except Refused:
        # GitHub's lists are behind its writes at times (github-facts 32): it may refuse what it did not list.
        known = await _opened(installation, name, base)
        if known is None:
            raise
        return known


async def _opened(installation: Installation, name: str, base: str) -> int | None:
    return next((one.number for one in await installation.pull_requests_from(name) if one.base_branch == base), None)


async def _body(services: Services, repository: Repository, fix: FixRow, approver: str) -> str:
    async with services.database.connection() as connection:
        run = await runs.run(connection, fix.run_id, fix.run_attempt)
    failed = "" if run is None else f"[{plain(run.workflow_name)}]({run.html_url})"
    return (
        f"{prose(fix.summary.rstrip('. '))}.\n\n{prose(fix.explanation)}\n\n"
        f"{failed} failed on {code(fix.head_branch or '')} at {code(fix.head_sha[:7])}. "
        f"This is fix F{fix.fix_id} of CI Fixer ({fix.proof_level}), approved by {plain(approver)}. "
        "To drop it, close this pull request."
    )


def headline(summary: str) -> str:
    """A commit message's first line, or a title, cut to 72 characters.

    A model's words may close an issue there or call people: no mention, reference or link in them is live.
    """
    line = _LIVE.sub("\\g<0>\u200b", " ".join(summary.split()))
    return line if len(line) <= 72 else line[:71] + "…"
