"""What a moved branch or tag sets off: the push event, synchronised pull requests, and workflows."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.data import Json, JsonObject
from sandbox.git import ZERO
from sandbox.git_diff import changes
from sandbox.pull_git import take_head
from sandbox.pull_requests import announce, set_state
from sandbox.shapes.commits import pushed_commit
from sandbox.state import Pull, Repository, User
from sandbox.triggers import start_for_push
from sandbox.world import World

# GitHub lists at most 2048 commits in a push event; the sandbox needs no more than a test makes.
_MOST_COMMITS = 100


@dataclass(frozen=True, slots=True)
class Push:
    """A whole ref moved from ``before`` to ``after`` (forty zeros: it was not, or is no longer, there)."""

    ref: str
    before: str
    after: str
    sender: User


async def pushed(world: World, repository: Repository, push: Push) -> None:
    """Tell the Apps, move the pull requests of this head, start the workflows."""
    repository.pushed_at = world.clock()
    payload = await _payload(world, repository, push)
    world.emit("push", payload, repository=repository, sender=push.sender)
    moved = _pulls_of_head(world, repository, push.ref)
    if push.after == ZERO:
        for base, pull in moved:
            await set_state(world, base, pull, "closed", push.sender)
        return
    for base, pull in moved:
        await take_head(world, base, pull, push.after)
    touched = await _touched(world, repository, push)
    await start_for_push(
        world, repository, push.ref, push.after, sender=push.sender, touched=touched, payload=payload
    )  # fmt: skip
    for base, pull in moved:
        extra: JsonObject = {"before": push.before, "after": push.after}
        await announce(world, base, pull, "synchronize", push.sender, extra)


def _pulls_of_head(world: World, repository: Repository, ref: str) -> list[tuple[Repository, Pull]]:
    return [
        (base, pull)
        for base in world.state.repositories.values()
        for pull in base.pulls.values()
        if pull.head_repository is repository and f"refs/heads/{pull.head_branch}" == ref and pull.issue.state == "open"
    ]


async def _touched(world: World, repository: Repository, push: Push) -> tuple[str, ...]:
    """What path filters look at: the push's own changes, of a new branch those of the commits that are new with it.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
    """
    git = world.git(repository)
    before = push.before
    if before == ZERO:
        others = [sha for name, sha in await git.refs("refs/heads/") if name != push.ref]
        new = await git.commits(push.after, *(f"^{sha}" for sha in others))
        parents = new[-1].parents if new else (push.after,)
        if not parents:
            return tuple(item.path for item in await git.tree(push.after, recursive=True) if item.type == "blob")
        before = parents[0]
    return tuple(change.path for change in await changes(git, before, push.after))


async def _payload(world: World, repository: Repository, push: Push) -> JsonObject:
    git = world.git(repository)
    commits: list[JsonObject] = []
    if push.after != ZERO:
        new = (push.after, f"^{push.before}") if push.before != ZERO else (push.after,)
        for commit in reversed(await git.commits(*new, limit=_MOST_COMMITS)):
            touched = await changes(git, commit.parents[0], commit.sha) if commit.parents else ()
            commits.append(pushed_commit(world.urls, world.state, repository, commit, touched))
    compare = f"/compare/{push.before[:12]}...{push.after[:12]}"
    forced = ZERO not in {push.before, push.after} and not await git.is_ancestor(push.before, push.after)
    listed: list[Json] = list(commits)
    return {
        "ref": push.ref,
        "before": push.before,
        "after": push.after,
        "base_ref": None,
        "created": push.before == ZERO,
        "deleted": push.after == ZERO,
        "forced": forced,
        "compare": world.urls.html(repository, compare),
        "commits": listed,
        "head_commit": commits[-1] if commits else None,
        "pusher": {"name": push.sender.login, "email": push.sender.email},
    }
