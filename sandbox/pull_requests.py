"""Opening, moving, closing pull requests over real branches."""

from __future__ import annotations

from sandbox.data import JsonObject
from sandbox.errors import ApiError, validation_failed
from sandbox.git_diff import FileChange, changes
from sandbox.shapes.pulls import PullSize, pull_request
from sandbox.state import Issue, Pull, Repository, User
from sandbox.world import World


async def merge_base_of(world: World, repository: Repository, pull: Pull) -> str:
    """The commit that a pull request's diff is taken from."""
    git = world.git(repository)
    return await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha


async def pull_files(world: World, repository: Repository, pull: Pull) -> tuple[FileChange, ...]:
    """The files a pull request changes, against the merge base, as its Files tab shows them."""
    return await changes(world.git(repository), await merge_base_of(world, repository, pull), pull.head_sha)


async def pull_size(world: World, repository: Repository, pull: Pull) -> PullSize:
    """Counts for the full pull request."""
    files = await pull_files(world, repository, pull)
    commits = await world.git(repository).count(f"{pull.base_sha}..{pull.head_sha}")
    return PullSize(commits, sum(f.additions for f in files), sum(f.deletions for f in files), len(files))


async def take_head(world: World, repository: Repository, pull: Pull, sha: str) -> None:
    """Point the pull request, and ``refs/pull/N/head`` of the base repository, to a new head."""
    target = f"refs/pull/{pull.number}/head"
    git = world.git(repository)
    if pull.head_repository is repository:
        await git.run("update-ref", target, sha)
    else:
        await git.fetch(pull.head_repository.path, f"refs/heads/{pull.head_branch}", target)
    pull.head_sha = sha
    pull.base_sha = await git.ref(f"refs/heads/{pull.base_branch}") or pull.base_sha
    pull.issue.updated_at = world.clock()


async def announce(
    world: World, repository: Repository, pull: Pull, action: str, sender: User, extra: JsonObject | None = None
) -> None:
    """Send a ``pull_request`` event."""
    shown = pull_request(world.urls, repository, pull, await pull_size(world, repository, pull))
    payload: JsonObject = {"action": action, "number": pull.number, "pull_request": shown, **(extra or {})}
    world.emit("pull_request", payload, repository=repository, sender=sender)


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
    head_sha = await world.git(source).ref(f"refs/heads/{branch}")
    base_sha = await world.git(repository).ref(f"refs/heads/{base}")
    if head_sha is None:
        raise validation_failed("PullRequest", "head", "invalid")
    if base_sha is None:
        raise validation_failed("PullRequest", "base", "invalid")
    label = f"{source.owner.login}:{branch}"
    _refuse_second(repository, source, branch, base, label)
    now, state = world.clock(), world.state
    number = next(repository.numbers)
    issue = Issue(state.next_id(), number, title, body, author, now, now, is_pull=True)
    pull = Pull(state.next_id(), issue, source, branch, head_sha, base, base_sha, draft)
    await take_head(world, repository, pull, head_sha)
    if await world.git(repository).is_ancestor(head_sha, base_sha):
        raise _refused(f"No commits between {base} and {label if source is not repository else branch}")
    repository.issues[number] = issue
    repository.pulls[number] = pull
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
