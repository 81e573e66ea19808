"""Files by path. https://docs.github.com/en/rest/repos/contents"""

from __future__ import annotations

from sandbox.archives import tarball_path
from sandbox.data import JsonObject, decode_base64
from sandbox.errors import ApiError, not_found
from sandbox.git import ZERO, TreeItem
from sandbox.git_write import RefMoved, commit_files, move_ref
from sandbox.input import Input
from sandbox.permissions import R
from sandbox.pushes import Push, pushed
from sandbox.rest.call import Call, Handler, Reply
from sandbox.shapes.commits import content_entry, content_file, git_commit
from sandbox.writing import author_of, check_path, may_write_path, refuse_protected


async def get_contents(call: Call) -> Reply:
    """A file with its content, or a folder's list."""
    path = call.params.get("path", "").strip("/")
    ref = call.query.get("ref") or call.repository.default_branch
    sha = await call.git.resolve(ref.removeprefix("refs/heads/"))
    if sha is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    if not path:
        items = await call.git.tree(sha)
        return Reply([content_entry(call.urls, call.repository, ref, item) for item in items])
    found = await _item(call, sha, path)
    if found.type == "tree":
        items = await call.git.tree(sha, path=f"{path}/")
        return Reply([content_entry(call.urls, call.repository, ref, item) for item in items])
    content = b"" if found.type == "commit" else await call.git.blob(found.sha)
    return Reply(content_file(call.urls, call.repository, ref, found, content))


async def _item(call: Call, sha: str, path: str) -> TreeItem:
    if path.startswith("/") or ".." in path.split("/"):
        raise not_found()
    found = await call.git.tree(sha, path=path)
    if not found:
        raise not_found()
    return found[0]


async def get_tarball(call: Call) -> Reply:
    """302 to the packed files, whatever the ref: whether there is such a commit is told there."""
    location = call.urls.base + tarball_path(call.world, call.repository, call.params["ref"])
    return Reply(status=302, headers={"location": location})


async def put_contents(call: Call) -> Reply:
    """Create or change one file by a commit on a branch."""
    wanted, path = call.input(), call.params["path"]
    content = decode_base64(wanted.text("content"))
    if content is None:
        raise ApiError(422, "content is not valid Base64")
    return await _write(call, wanted, path, content)


async def delete_contents(call: Call) -> Reply:
    """Remove one file by a commit on a branch."""
    return await _write(call, call.input(), call.params["path"], None)


async def _write(call: Call, wanted: Input, path: str, content: bytes | None) -> Reply:
    message = wanted.text("message")
    branch = wanted.maybe_text("branch") or call.repository.default_branch
    head = await call.git.ref(f"refs/heads/{branch}")
    check_path(path)
    may_write_path(call.caller, path)
    if head is None and await call.git.refs("refs/heads/"):
        raise ApiError(404, f"Branch {branch} not found")
    refuse_protected(call.repository, f"refs/heads/{branch}")
    present = await call.git.tree(head, path=path) if head else ()
    _check_blob(wanted, path, present, removing=content is None)
    who = author_of(call.world, call.user)
    sha = await commit_files(call.git, head, {path: content}, message, author=who.author, committer=who.committer)
    try:
        await move_ref(call.git, f"refs/heads/{branch}", sha, head or ZERO)
    except RefMoved:
        raise ApiError(409, f"{branch} does not match {head}") from None
    if call.user.type == "Bot":
        call.repository.verified.add(sha)
    await pushed(call.world, call.repository, Push(f"refs/heads/{branch}", head or ZERO, sha, call.user))
    item = await call.git.tree(sha, path=path)
    shown: JsonObject | None = content_entry(call.urls, call.repository, branch, item[0]) if item else None
    committed = git_commit(call.urls, call.repository, await call.git.commit(sha))
    return Reply({"content": shown, "commit": committed}, 200 if present else 201)


def _check_blob(wanted: Input, path: str, present: tuple[TreeItem, ...], *, removing: bool) -> None:
    given = wanted.maybe_text("sha")
    if present and given is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if present and given != present[0].sha:
        raise ApiError(409, f"{path} does not match {given}")
    if removing and not present:
        raise not_found()


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/contents": get_contents,
    "GET " + R + "/contents/{path:path}": get_contents,
    "GET " + R + "/tarball/{ref:path}": get_tarball,
    "PUT " + R + "/contents/{path:path}": put_contents,
    "DELETE " + R + "/contents/{path:path}": delete_contents,
}
