"""What a moved branch sets off: the push event, synchronised pull requests, and workflows."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import ci
from sandbox.data import Json, JsonObject
from sandbox.git import ZERO
from sandbox.git_diff import changes
from sandbox.pull_requests import announce, set_state, take_head
from sandbox.shapes.commits import pushed_commit
from sandbox.state import Pull, Repository, User
from sandbox.world import World

# GitHub lists at most 2048 commits in a push event; the sandbox needs no more than a test makes.
_MOST_COMMITS = 100


@dataclass(frozen=True, slots=True)
class Push:
    """A branch moved from ``before`` to ``after`` (forty zeros: it was not, or is no longer, there)."""

    branch: str
    before: str
    after: str
    sender: User


async def pushed(world: World, repository: Repository, push: Push) -> None:
    """Tell the Apps, move the pull requests of this head, start the workflows."""
    repository.pushed_at = world.clock()
    await _emit_push(world, repository, push)
    if push.after == ZERO:
        for base, pull in _pulls_of_head(world, repository, push.branch):
            await set_state(world, base, pull, "closed", push.sender)
        return
    moved = _pulls_of_head(world, repository, push.branch)
    for base, pull in moved:
        await take_head(world, base, pull, push.after)
        extra: JsonObject = {"before": push.before, "after": push.after}
        await announce(world, base, pull, "synchronize", push.sender, extra)
    touched = await _touched(world, repository, push)
    await ci.start_for_push(world, repository, push.branch, push.after, sender=push.sender, touched=touched)
    for base, pull in moved:
        await ci.start_for_pull(world, base, pull, "synchronize", push.sender)


def _pulls_of_head(world: World, repository: Repository, branch: str) -> list[tuple[Repository, Pull]]:
    return [
        (base, pull)
        for base in world.state.repositories.values()
        for pull in base.pulls.values()
        if pull.head_repository is repository and pull.head_branch == branch and pull.issue.state == "open"
    ]


async def _touched(world: World, repository: Repository, push: Push) -> tuple[str, ...]:
    git = world.git(repository)
    if push.before == ZERO:
        return tuple(item.path for item in await git.tree(push.after, recursive=True) if item.type == "blob")
    return tuple(change.path for change in await changes(git, push.before, push.after))


async def _emit_push(world: World, repository: Repository, push: Push) -> None:
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
    payload: JsonObject = {
        "ref": f"refs/heads/{push.branch}",
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
    world.emit("push", payload, repository=repository, sender=push.sender)
