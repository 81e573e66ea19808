"""Repositories, branches, commits, comparisons, roles. https://docs.github.com/en/rest/repos"""

from __future__ import annotations

from urllib.parse import quote

from sandbox.data import Json, JsonObject
from sandbox.errors import ApiError, not_found
from sandbox.git import CommitObject
from sandbox.git_diff import changes
from sandbox.permissions import R
from sandbox.rest.call import Call, Handler, Reply
from sandbox.shapes.accounts import simple_user
from sandbox.shapes.commits import commit, diff_entry
from sandbox.shapes.repositories import full_repository

# GitHub lists at most 300 files of a commit or comparison, and 250 commits of a comparison.
_MOST_FILES = 300
_MOST_COMMITS = 250
_LEGACY = {"maintain": "write", "triage": "read"}


async def get_repository(call: Call) -> Reply:
    """One repository."""
    return Reply(full_repository(call.urls, call.repository))


async def get_permission(call: Call) -> Reply:
    """A person's role; the older ``permission`` knows neither maintain nor triage.

    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """
    user = call.world.state.user(call.params["username"])
    if user is None:
        raise not_found()
    role = call.repository.role(user.login)
    legacy = _LEGACY.get(role, role)
    rights: JsonObject = {
        "admin": role == "admin",
        "maintain": role in {"admin", "maintain"},
        "push": role in {"admin", "maintain", "write"},
        "triage": role in {"admin", "maintain", "write", "triage"},
        "pull": role != "none",
    }
    shown: JsonObject = {**simple_user(call.urls, user), "permissions": rights, "role_name": role}
    return Reply({"permission": legacy, "role_name": role, "user": shown})


def _branch(call: Call, name: str, head: JsonObject, sha: str) -> JsonObject:
    api = call.urls.repo(call.repository, f"/branches/{quote(name)}")
    short: JsonObject = {"sha": sha, "url": call.urls.repo(call.repository, f"/commits/{sha}")}
    return {
        "name": name,
        "commit": head or short,
        "protected": name in call.repository.protected,
        "protection": {
            "enabled": name in call.repository.protected,
            "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
        },
        "protection_url": f"{api}/protection",
        "_links": {"self": api, "html": call.urls.html(call.repository, f"/tree/{quote(name)}")},
    }


async def list_branches(call: Call) -> Reply:
    """All branches with the commit each points to."""
    page = call.page(await call.git.refs("refs/heads/"))
    shown = [_branch(call, name.removeprefix("refs/heads/"), {}, sha) for name, sha in page.items]
    return Reply([{k: v for k, v in one.items() if k != "_links"} for one in shown], headers=page.headers)


async def get_branch(call: Call) -> Reply:
    """One branch with its commit in full."""
    name = call.params["branch"]
    sha = await call.git.ref(f"refs/heads/{name}")
    if sha is None:
        raise ApiError(404, "Branch not found")
    head = _commit(call, await call.git.commit(sha))
    return Reply(_branch(call, name, head, sha))


def _commit(call: Call, found: CommitObject) -> JsonObject:
    return commit(call.urls, call.world.state, call.repository, found)


async def resolve(call: Call, name: str) -> str:
    """The commit a branch, tag or sha of the path names; 422 as GitHub words it."""
    sha = await call.git.resolve(name.removeprefix("refs/").removeprefix("heads/"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {name}")
    return sha


async def list_commits(call: Call) -> Reply:
    """Commits reachable from ``sha`` (the default branch), newest first, those touching ``path`` only if given."""
    start = await resolve(call, call.query.get("sha") or call.repository.default_branch)
    path = call.query.get("path")
    shas = (await call.git.text("rev-list", start, *(("--", path) if path else ()))).split()
    page = call.page(shas)
    return Reply([_commit(call, await call.git.commit(sha)) for sha in page.items], headers=page.headers)


async def get_commit(call: Call) -> Reply:
    """One commit with its files."""
    found = await call.git.commit(await resolve(call, call.params["ref"]))
    parent = found.parents[0] if found.parents else await _empty_tree(call)
    files = await changes(call.git, parent, found.sha)
    additions, deletions = sum(f.additions for f in files), sum(f.deletions for f in files)
    return Reply(
        {
            **_commit(call, found),
            "stats": {"additions": additions, "deletions": deletions, "total": additions + deletions},
            "files": [diff_entry(call.urls, call.repository, found.sha, one) for one in files[:_MOST_FILES]],
        }
    )


async def _empty_tree(call: Call) -> str:
    return (await call.git.run("mktree", stdin=b"")).decode().strip()


async def _side(call: Call, name: str) -> str | None:
    """A side of a comparison: ``branch``, ``sha`` or ``owner:branch`` of the same network."""
    owner, separator, branch = name.partition(":")
    if not separator or owner.lower() == call.repository.owner.login.lower():
        return await call.git.resolve(branch if separator else name)
    for candidate in call.world.state.repositories.values():
        if candidate.owner.login.lower() == owner.lower() and candidate.parent is call.repository:
            target = f"refs/network/{candidate.id}/{branch}"
            if await call.world.git(candidate).ref(f"refs/heads/{branch}") is None:
                return None
            await call.git.fetch(candidate.path, f"refs/heads/{branch}", target)
            return await call.git.ref(target)
    return None


async def compare(call: Call) -> Reply:
    """``base...head``: the commits of head, the files against the merge base."""
    base_name, dots, head_name = call.params["basehead"].partition("...")
    base, head = await _side(call, base_name), await _side(call, head_name)
    if not dots or base is None or head is None:
        raise not_found()
    merge_base = await call.git.merge_base(base, head)
    if merge_base is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    commits = tuple(reversed(await call.git.commits(f"{base}..{head}", limit=_MOST_COMMITS)))
    ahead, behind = await call.git.count(f"{base}..{head}"), await call.git.count(f"{head}..{base}")
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get(
        (ahead > 0, behind > 0), "identical"
    )
    html = call.urls.html(call.repository, f"/compare/{quote(base_name)}...{quote(head_name)}")
    listed: list[Json] = [_commit(call, one) for one in commits]
    files = await changes(call.git, merge_base, head)
    return Reply(
        {
            "url": call.urls.repo(call.repository, f"/compare/{quote(base_name)}...{quote(head_name)}"),
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": _commit(call, await call.git.commit(base)),
            "merge_base_commit": _commit(call, await call.git.commit(merge_base)),
            "status": status,
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": listed,
            "files": [diff_entry(call.urls, call.repository, head, one) for one in files[:_MOST_FILES]],
        }
    )


HANDLERS: dict[str, Handler] = {
    "GET " + R: get_repository,
    "GET " + R + "/collaborators/{username}/permission": get_permission,
    "GET " + R + "/branches": list_branches,
    "GET " + R + "/branches/{branch:path}": get_branch,
    "GET " + R + "/commits": list_commits,
    "GET " + R + "/commits/{ref:path}": get_commit,
    "GET " + R + "/compare/{basehead:path}": compare,
}
