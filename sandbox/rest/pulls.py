"""Pull requests, their files, commits and merging. https://docs.github.com/en/rest/pulls"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.data import JsonObject
from sandbox.errors import ApiError, not_found
from sandbox.git_write import RefMoved, move_ref, write_commit
from sandbox.input import Query
from sandbox.permissions import R
from sandbox.pull_git import merged_tree, pull_files, pull_size
from sandbox.pull_requests import edit, mark_merged, open_pull, set_state
from sandbox.pushes import Push, pushed
from sandbox.rest.call import Call, Handler, Reply, created
from sandbox.rest.repos import resolve
from sandbox.shapes.commits import commit, diff_entry
from sandbox.shapes.pulls import pull_request, pull_request_simple
from sandbox.state import Pull
from sandbox.writing import author_of

# https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files: at most 3000 files, 250 commits.
_MOST_FILES = 3000


def find_pull(call: Call) -> Pull:
    """The pull request of the path; 404."""
    found = call.repository.pulls.get(call.number("number"))
    if found is None:
        raise not_found()
    return found


def _wanted(query: Query) -> Callable[[Pull], bool]:
    """A filter by state, head and base; without ``owner:`` GitHub ignores the head."""
    state, base = query.get("state", "open"), query.get("base")
    owner, separator, branch = query.get("head", "").partition(":")

    def wanted(pull: Pull) -> bool:
        head = pull.head_repository.owner.login.lower(), pull.head_branch
        return (
            state in {"all", pull.issue.state}
            and base in {None, pull.base_branch}
            and (not separator or head == (owner.lower(), branch))
        )

    return wanted


async def list_pulls(call: Call) -> Reply:
    """Pull requests by state, head (``owner:branch``) and base; the newest first, or in another order."""
    found = list(filter(_wanted(call.query), call.repository.pulls.values()))
    by = call.query.get("sort", "created")
    if by not in {"created", "updated"}:
        raise ApiError(501, f"The sandbox does not sort by {by}, and GitHub would")
    found.sort(key=lambda pull: (pull.issue.updated_at if by == "updated" else pull.issue.created_at, pull.number))
    # https://docs.github.com/en/rest/pulls/pulls#list-pull-requests: ascending by default only where sort says so.
    if call.query.get("direction", "asc" if by != "created" else "desc") == "desc":
        found.reverse()
    page = call.page(found)
    shown = [pull_request_simple(call.urls, call.repository, pull) for pull in page.items]
    return Reply(shown, headers=page.headers)


async def _full(call: Call, pull: Pull) -> JsonObject:
    size = await pull_size(call.world, call.repository, pull)
    return pull_request(call.urls, call.repository, pull, size)


async def get_pull(call: Call) -> Reply:
    """One pull request."""
    return Reply(await _full(call, find_pull(call)))


async def create_pull(call: Call) -> Reply:
    """Open a pull request."""
    wanted = call.input()
    pull = await open_pull(
        call.world,
        call.repository,
        call.user,
        head=wanted.text("head"),
        base=wanted.text("base"),
        title=wanted.text("title"),
        body=wanted.maybe_text("body"),
        draft=wanted.flag("draft"),
    )
    return created(await _full(call, pull))


async def update_pull(call: Call) -> Reply:
    """Change title, body or state."""
    pull, wanted = find_pull(call), call.input()
    title, state = wanted.maybe_text("title"), wanted.maybe_choice("state", ("open", "closed"))
    body = wanted.maybe_text("body") if wanted.has("body") else pull.issue.body
    await edit(call.world, call.repository, pull, call.user, title=title, body=body)
    if state is not None:
        await set_state(call.world, call.repository, pull, state, call.user)
    return Reply(await _full(call, pull))


async def list_files(call: Call) -> Reply:
    """What the pull request changes."""
    pull = find_pull(call)
    files = await pull_files(call.world, call.repository, pull)
    page = call.page(files[:_MOST_FILES])
    shown = [diff_entry(call.urls, call.repository, pull.head_sha, one) for one in page.items]
    return Reply(shown, headers=page.headers)


async def list_commits(call: Call) -> Reply:
    """The commits of the pull request, oldest first."""
    pull = find_pull(call)
    commits = tuple(reversed(await call.git.commits(f"{pull.base_sha}..{pull.head_sha}")))
    page = call.page(commits)
    shown = [commit(call.urls, call.world.state, call.repository, one) for one in page.items]
    return Reply(shown, headers=page.headers)


async def merge(call: Call) -> Reply:
    """Merge by a real merge commit on the base branch; 409 when the head moved."""
    pull, wanted = find_pull(call), call.input()
    if pull.issue.state != "open":
        raise ApiError(405, "Pull Request is not mergeable")
    if wanted.maybe_text("sha") not in {None, pull.head_sha}:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    ref = f"refs/heads/{pull.base_branch}"
    base = await call.git.ref(ref) or pull.base_sha
    tree = await merged_tree(call.git, base, pull.head_sha)
    if tree is None:
        raise ApiError(405, "Pull Request is not mergeable")
    who = author_of(call.world, call.user)
    title = f"Merge pull request #{pull.number} from {pull.head_repository.owner.login}/{pull.head_branch}"
    message = wanted.maybe_text("commit_title") or title
    parents = (base, pull.head_sha)
    sha = await write_commit(call.git, tree, parents, message, author=who.author, committer=who.committer)
    try:
        await move_ref(call.git, ref, sha, base)
    except RefMoved:
        raise ApiError(409, "Base branch was modified. Review and try the merge again.") from None
    await mark_merged(call.world, call.repository, pull, sha, call.user)
    await pushed(call.world, call.repository, Push(ref, base, sha, call.user))
    return Reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


async def pulls_of_commit(call: Call) -> Reply:
    """Pull requests that hold a commit; empty for a commit that only a fork has.

    https://github.com/learningequality/kolibri/pull/14719
    """
    sha = await resolve(call, call.params["ref"])
    found: list[Pull] = []
    for pull in call.repository.pulls.values():
        if pull.head_repository is not call.repository:
            continue
        inside = await call.git.is_ancestor(sha, pull.head_sha)
        if inside and not await call.git.is_ancestor(sha, pull.base_sha):
            found.append(pull)
    page = call.page(found)
    shown = [pull_request_simple(call.urls, call.repository, pull) for pull in page.items]
    return Reply(shown, headers=page.headers)


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/pulls": list_pulls,
    "POST " + R + "/pulls": create_pull,
    "GET " + R + "/pulls/{number}": get_pull,
    "PATCH " + R + "/pulls/{number}": update_pull,
    "GET " + R + "/pulls/{number}/files": list_files,
    "GET " + R + "/pulls/{number}/commits": list_commits,
    "PUT " + R + "/pulls/{number}/merge": merge,
    "GET " + R + "/commits/{ref:path}/pulls": pulls_of_commit,
}
