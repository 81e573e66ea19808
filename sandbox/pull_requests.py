"""Opening, moving, closing pull requests over real branches; each change is told, and starts its workflows."""

from __future__ import annotations

from sandbox.data import JsonObject
from sandbox.errors import ApiError, validation_failed
from sandbox.pull_git import pull_size, take_head
from sandbox.shapes.pulls import pull_request
from sandbox.state import Issue, Pull, Repository, User
from sandbox.triggers import start_for_pull
from sandbox.world import World


async def announce(
    world: World, repository: Repository, pull: Pull, action: str, sender: User, extra: JsonObject | None = None
) -> None:
    """Send a ``pull_request`` event and start the workflows that it triggers."""
    shown = pull_request(world.urls, repository, pull, await pull_size(world, repository, pull))
    payload: JsonObject = {"action": action, "number": pull.number, "pull_request": shown, **(extra or {})}
    world.emit("pull_request", payload, repository=repository, sender=sender)
    await start_for_pull(world, repository, pull, action, sender, payload)


def _head(world: World, repository: Repository, head: str) -> tuple[Repository, str]:
    owner, separator, branch = head.partition(":")
    if not separator:
        return repository, head
    if owner.lower() == repository.owner.login.lower():
        return repository, branch
    for candidate in world.state.repositories.values():
        if candidate.owner.login.lower() == owner.lower() and candidate.parent is repository:
            return candidate, branch
    raise validation_failed("PullRequest", "head", "invalid")


async def open_pull(
    world: World, repository: Repository, author: User, *, head: str, base: str, title: str, body: str | None = None,
    draft: bool = False,
) -> Pull:  # fmt: skip
    """Open a pull request from ``branch`` or ``owner:branch``; 422 as GitHub refuses it."""
    source, branch = _head(world, repository, head)
    git = world.git(repository)
    head_sha = await world.git(source).ref(f"refs/heads/{branch}")
    base_sha = await git.ref(f"refs/heads/{base}")
    if head_sha is None:
        raise validation_failed("PullRequest", "head", "invalid")
    if base_sha is None:
        raise validation_failed("PullRequest", "base", "invalid")
    label = f"{source.owner.login}:{branch}"
    _refuse_second(repository, source, branch, base, label)
    # A commit that only a fork has is nothing that the base could contain.
    if await git.kind(head_sha) is not None and await git.is_ancestor(head_sha, base_sha):
        raise _refused(f"No commits between {base} and {label if source is not repository else branch}")
    now, state = world.clock(), world.state
    issue = Issue(state.next_id(), next(repository.numbers), title, body, author, now, now, is_pull=True)
    pull = Pull(state.next_id(), issue, source, branch, head_sha, base, base_sha, draft)
    await take_head(world, repository, pull, head_sha)
    repository.issues[pull.number] = issue
    repository.pulls[pull.number] = pull
    await announce(world, repository, pull, "opened", author)
    return pull


def _refuse_second(repository: Repository, source: Repository, branch: str, base: str, label: str) -> None:
    for pull in repository.pulls.values():
        same = pull.head_repository is source and pull.head_branch == branch and pull.base_branch == base
        if same and pull.issue.state == "open":
            raise _refused(f"A pull request already exists for {label}.")


def _refused(message: str) -> ApiError:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return ApiError(422, "Validation Failed", errors=[error])


async def edit(
    world: World, repository: Repository, pull: Pull, sender: User, *, title: str | None, body: str | None
) -> None:
    """Change title and body; what changed is told with what was before."""
    before: dict[str, JsonObject] = {}
    if title is not None and title != pull.issue.title:
        before["title"] = {"from": pull.issue.title}
        pull.issue.title = title
    if body != pull.issue.body:
        before["body"] = {"from": pull.issue.body or ""}
        pull.issue.body = body
    if before:
        pull.issue.updated_at = world.clock()
        await announce(world, repository, pull, "edited", sender, {"changes": before})


async def set_state(world: World, repository: Repository, pull: Pull, state: str, sender: User) -> None:
    """Close or reopen; nothing happens when it is so already."""
    if pull.issue.state == state:
        return
    if pull.merged_at is not None:
        raise validation_failed(
            "PullRequest", "state", "invalid", "state cannot be changed. The pull request is merged."
        )
    now = world.clock()
    pull.issue.state, pull.issue.updated_at = state, now
    pull.issue.closed_at = now if state == "closed" else None
    await announce(world, repository, pull, "closed" if state == "closed" else "reopened", sender)


async def mark_merged(world: World, repository: Repository, pull: Pull, sha: str, sender: User) -> None:
    """Close as merged by a commit that is already on the base branch."""
    now = world.clock()
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = now, sender, sha
    pull.issue.state, pull.issue.closed_at, pull.issue.updated_at = "closed", now, now
    await announce(world, repository, pull, "closed", sender)
