"""Blobs, trees, commits, refs. https://docs.github.com/en/rest/git"""

from __future__ import annotations

import re
from datetime import datetime

from sandbox.auth import InstallationCaller, allowed
from sandbox.clock import parse_stamp
from sandbox.data import decode_base64
from sandbox.errors import ApiError, invalid_request, not_found
from sandbox.git import SHA, ZERO, GitError, Signature
from sandbox.git_diff import changes
from sandbox.git_write import RefMoved, move_ref, write_blob, write_commit, write_tree
from sandbox.input import Input
from sandbox.permissions import R
from sandbox.pushes import Push, pushed
from sandbox.rest.call import Call, Handler, Reply, created
from sandbox.shapes.commits import blob, git_commit, git_ref, git_tree
from sandbox.writing import author_of, check_path, may_write_path, refuse_protected

_MODES = ("100644", "100755", "040000", "160000", "120000")


async def get_blob(call: Call) -> Reply:
    """A blob's bytes in base64."""
    sha = call.params["sha"]
    if await call.git.kind(sha) != "blob":
        raise not_found()
    return Reply(blob(call.urls, call.repository, sha, await call.git.blob(sha)))


async def create_blob(call: Call) -> Reply:
    """Store a blob."""
    wanted = call.input()
    text = wanted.text("content")
    encoded = (wanted.maybe_text("encoding") or "utf-8") == "base64"
    content = decode_base64(text) if encoded else text.encode()
    if content is None:
        raise ApiError(422, "content is not valid Base64")
    sha = await write_blob(call.git, content)
    return created({"sha": sha, "url": call.urls.repo(call.repository, f"/git/blobs/{sha}")})


async def get_tree(call: Call) -> Reply:
    """A tree by sha, commit or branch; ``recursive`` with any value goes all the way down."""
    name = call.params["sha"]
    try:
        tree = await call.git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{tree}}")
    except GitError:
        raise not_found() from None
    items = await call.git.tree(tree, recursive="recursive" in call.query)
    return Reply(git_tree(call.urls, call.repository, tree, items))


async def _entry(call: Call, wanted: Input) -> tuple[str, tuple[str, str] | None]:
    path, mode = wanted.text("path"), wanted.choice("mode", _MODES)
    kind = wanted.maybe_choice("type", ("blob", "tree", "commit"))
    check_path(path)
    if wanted.has("sha"):
        sha = wanted.maybe_text("sha")
        found = None if sha is None else await call.git.kind(sha)
        if sha is not None and (found is None or kind not in {None, found}):
            raise ApiError(422, f"tree.sha {sha} is not a valid {kind or 'object'}")
        return path, None if sha is None else (mode, sha)
    return path, (mode, await write_blob(call.git, wanted.text("content").encode()))


async def create_tree(call: Call) -> Reply:
    """A tree of entries on top of ``base_tree``; an entry whose sha is null is removed."""
    wanted = call.input()
    base = wanted.maybe_text("base_tree")
    if base is not None and await call.git.kind(base) not in {"tree", "commit"}:
        raise not_found()
    entries = dict([await _entry(call, one) for one in wanted.children("tree")])
    if not entries:
        raise ApiError(422, "Invalid tree info")
    try:
        tree = await write_tree(call.git, base, entries)
    except GitError:
        raise ApiError(422, "GitRPC::BadObjectState") from None
    return created(git_tree(call.urls, call.repository, tree, await call.git.tree(tree)))


async def get_commit(call: Call) -> Reply:
    """A commit object."""
    sha = call.params["sha"]
    if await call.git.kind(sha) != "commit":
        raise not_found()
    return Reply(git_commit(call.urls, call.repository, await call.git.commit(sha)))


def _who(given: Input | None, default: Signature, now: datetime) -> Signature:
    if given is None:
        return default
    date = given.maybe_text("date")
    moment = now if date is None else parse_stamp(date)
    if moment is None:
        raise invalid_request(f"{date} is not a valid date-time.")
    return Signature(given.text("name"), given.text("email"), moment)


async def create_commit(call: Call) -> Reply:
    """A commit object; a bot's is verified only with neither author nor committer given."""
    wanted = call.input()
    tree, parents = wanted.text("tree"), wanted.texts("parents")
    if await call.git.kind(tree) != "tree":
        raise ApiError(422, "Tree SHA does not exist")
    if any([await call.git.kind(parent) != "commit" for parent in parents]):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    default, now = author_of(call.world, call.user), call.world.clock()
    author = _who(wanted.child("author"), default.author, now)
    committer = _who(wanted.child("committer"), author if wanted.has("author") else default.committer, now)
    message = wanted.text("message")
    sha = await write_commit(call.git, tree, parents, message, author=author, committer=committer)
    if call.user.type == "Bot" and not wanted.has("author") and not wanted.has("committer"):
        call.repository.verified.add(sha)
    return created(git_commit(call.urls, call.repository, await call.git.commit(sha)))


async def get_ref(call: Call) -> Reply:
    """One ref, ``heads/BRANCH`` or ``tags/TAG``."""
    name = f"refs/{call.params['ref'].removeprefix('refs/')}"
    sha = await call.git.ref(name)
    if sha is None:
        raise not_found()
    return Reply(git_ref(call.urls, call.repository, name, sha))


async def matching_refs(call: Call) -> Reply:
    """All refs that begin so."""
    prefix = f"refs/{call.params['ref'].removeprefix('refs/')}"
    refs = [(name, sha) for name, sha in await call.git.refs("refs/") if name.startswith(prefix)]
    page = call.page(refs)
    shown = [git_ref(call.urls, call.repository, name, sha) for name, sha in page.items]
    return Reply(shown, headers=page.headers)


async def _check_workflows(call: Call, before: str, after: str) -> None:
    caller = call.caller
    if not isinstance(caller, InstallationCaller) or allowed(caller.token.permissions, "workflows", "write"):
        return
    base = before if before != ZERO else await call.git.ref(f"refs/heads/{call.repository.default_branch}")
    for change in await changes(call.git, base, after) if base else ():
        may_write_path(caller, change.path)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"refs/[^/]+/.+", name):
        raise ApiError(422, "Reference name must start with 'refs/' and contain at least two slashes.")


async def create_ref(call: Call) -> Reply:
    """A new branch or tag."""
    wanted = call.input()
    name, sha = wanted.text("ref"), wanted.text("sha")
    _check_name(name)
    if not SHA.fullmatch(sha) or await call.git.kind(sha) != "commit":
        raise ApiError(422, "Object does not exist")
    await _check_workflows(call, ZERO, sha)
    try:
        await call.git.run("check-ref-format", name)
        await move_ref(call.git, name, sha, ZERO)
    except GitError:
        raise ApiError(422, f"{name} is not a valid ref name.") from None
    except RefMoved:
        raise ApiError(422, "Reference already exists") from None
    await _announce(call, name, ZERO, sha)
    return created(git_ref(call.urls, call.repository, name, sha))


async def update_ref(call: Call) -> Reply:
    """Move a branch; only forward unless ``force``."""
    wanted = call.input()
    name, sha = f"refs/{call.params['ref']}", wanted.text("sha")
    before = await call.git.ref(name)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    if await call.git.kind(sha) != "commit":
        raise ApiError(422, "Object does not exist")
    refuse_protected(call.repository, name)
    if not wanted.flag("force") and not await call.git.is_ancestor(before, sha):
        raise ApiError(422, "Update is not a fast forward")
    await _check_workflows(call, before, sha)
    try:
        await move_ref(call.git, name, sha, before)
    except RefMoved:
        raise ApiError(422, "Update is not a fast forward") from None
    await _announce(call, name, before, sha)
    return Reply(git_ref(call.urls, call.repository, name, sha))


async def delete_ref(call: Call) -> Reply:
    """Remove a branch or tag."""
    name = f"refs/{call.params['ref']}"
    before = await call.git.ref(name)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    refuse_protected(call.repository, name)
    await call.git.run("update-ref", "-d", name, before)
    await _announce(call, name, before, ZERO)
    return Reply(status=204)


async def _announce(call: Call, name: str, before: str, after: str) -> None:
    if name.startswith(("refs/heads/", "refs/tags/")) and before != after:
        await pushed(call.world, call.repository, Push(name, before, after, call.user))


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/git/blobs/{sha}": get_blob,
    "POST " + R + "/git/blobs": create_blob,
    "GET " + R + "/git/trees/{sha:path}": get_tree,
    "POST " + R + "/git/trees": create_tree,
    "GET " + R + "/git/commits/{sha}": get_commit,
    "POST " + R + "/git/commits": create_commit,
    "GET " + R + "/git/ref/{ref:path}": get_ref,
    "GET " + R + "/git/matching-refs/{ref:path}": matching_refs,
    "POST " + R + "/git/refs": create_ref,
    "PATCH " + R + "/git/refs/{ref:path}": update_ref,
    "DELETE " + R + "/git/refs/{ref:path}": delete_ref,
}
