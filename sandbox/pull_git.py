"""What git says of a pull request: its files, its size, and whether it merges."""

from __future__ import annotations

from sandbox.git import Git, GitError
from sandbox.git_diff import FileChange, changes
from sandbox.git_write import write_commit
from sandbox.shapes.pulls import PullSize
from sandbox.state import Pull, Repository
from sandbox.world import World
from sandbox.writing import author_of


async def pull_files(world: World, repository: Repository, pull: Pull) -> tuple[FileChange, ...]:
    """The files a pull request changes, against the merge base, as its Files tab shows them."""
    git = world.git(repository)
    base = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return await changes(git, base, pull.head_sha)


async def pull_size(world: World, repository: Repository, pull: Pull) -> PullSize:
    """Counts for the full pull request."""
    files = await pull_files(world, repository, pull)
    commits = await world.git(repository).count(f"{pull.base_sha}..{pull.head_sha}")
    return PullSize(commits, sum(f.additions for f in files), sum(f.deletions for f in files), len(files))


async def merged_tree(git: Git, base: str, head: str) -> str | None:
    """The tree of a merge that is made nowhere; None where the two conflict."""
    try:
        output = await git.run("merge-tree", "--write-tree", "--allow-unrelated-histories", base, head)
    except GitError as error:
        if error.returncode == 1:
            return None
        raise
    return output.decode().split()[0]


async def take_head(world: World, repository: Repository, pull: Pull, sha: str) -> None:
    """Point the pull request, and ``refs/pull/N/head`` and ``/merge`` of the base repository, to a new head."""
    git, target = world.git(repository), f"refs/pull/{pull.number}/head"
    if pull.head_repository is repository:
        await git.run("update-ref", target, sha)
    else:
        await git.fetch(pull.head_repository.path, f"refs/heads/{pull.head_branch}", target)
    pull.head_sha = sha
    pull.base_sha = await git.ref(f"refs/heads/{pull.base_branch}") or pull.base_sha
    pull.issue.updated_at = world.clock()
    await _test_merge(world, git, pull)


async def _test_merge(world: World, git: Git, pull: Pull) -> None:
    """The commit that a ``pull_request`` workflow checks out: head merged into base, as GitHub makes it beforehand.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
    """
    pull.merge_commit_sha = None
    tree = await merged_tree(git, pull.base_sha, pull.head_sha)
    if tree is None:
        return
    who, parents = author_of(world, pull.issue.user), (pull.base_sha, pull.head_sha)
    message = f"Merge {pull.head_sha} into {pull.base_sha}"
    sha = await write_commit(git, tree, parents, message, author=who.author, committer=who.committer)
    await git.run("update-ref", f"refs/pull/{pull.number}/merge", sha)
    pull.merge_commit_sha = sha
