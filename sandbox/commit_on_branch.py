"""``createCommitOnBranch``: a signed commit on a branch that must still be where the caller saw it.

https://github.blog/changelog/2021-09-13-a-simpler-api-for-authoring-commits
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.auth import Caller, InstallationCaller, PersonCaller, allowed
from sandbox.data import Input, JsonObject, decode_base64
from sandbox.errors import ApiError
from sandbox.git import SHA
from sandbox.git_write import RefMoved, commit_files, move_ref
from sandbox.permissions import visible
from sandbox.pushes import Push, pushed
from sandbox.shapes.graphql import commit_node, ref_node
from sandbox.state import ROLES, Repository, User
from sandbox.urls import parse_node_id
from sandbox.world import World
from sandbox.writing import author_of, check_path, may_write_path


class GraphQLError(Exception):
    """An entry of ``errors``: GitHub's type and sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.type = kind


@dataclass(frozen=True, slots=True)
class _Wanted:
    repository: Repository
    branch: str
    expected: str
    files: dict[str, bytes | None]
    message: str
    mutation_id: str | None


async def commit_on_branch(world: World, caller: Caller, given: JsonObject) -> JsonObject:
    """Make the commit and move the branch; raises :class:`GraphQLError`."""
    try:
        wanted = _read(world, caller, Input(given))
    except ApiError as error:
        kind = "FORBIDDEN" if error.status == 403 else "UNPROCESSABLE"
        raise GraphQLError(kind, error.message) from None
    git, repository = world.git(wanted.repository), wanted.repository
    ref = f"refs/heads/{wanted.branch}"
    head = await git.ref(ref)
    if head is None:
        raise GraphQLError("NOT_FOUND", f"No branch named '{wanted.branch}' was found on {repository.full_name}.")
    if head != wanted.expected:
        raise _stale(wanted.expected)
    await _check_deletions(world, wanted, head)
    user = caller.user if isinstance(caller, PersonCaller) else _bot(caller)
    who = author_of(world, user)
    sha = await commit_files(git, head, wanted.files, wanted.message, author=who.author, committer=who.committer)
    try:
        await move_ref(git, ref, sha, head)
    except RefMoved:
        raise _stale(wanted.expected) from None
    repository.verified.add(sha)
    await pushed(world, repository, Push(wanted.branch, head, sha, user))
    commit = commit_node(world, repository, await git.commit(sha))
    return {
        "__typename": "CreateCommitOnBranchPayload",
        "clientMutationId": wanted.mutation_id,
        "commit": commit,
        "ref": ref_node(repository, wanted.branch, commit),
    }


def _bot(caller: Caller) -> User:
    if not isinstance(caller, InstallationCaller):
        raise GraphQLError("FORBIDDEN", "Resource not accessible by integration")
    return caller.installation.app.bot


def _stale(expected: str) -> GraphQLError:
    return GraphQLError("STALE_DATA", f'Expected branch to point to "{expected}" but it did not. Pull and try again.')


def _read(world: World, caller: Caller, given: Input) -> _Wanted:
    repository, branch = _branch(world, given)
    if repository is None or not visible(caller, repository):
        name = (given.child("branch") or Input({})).raw("repositoryNameWithOwner")
        raise GraphQLError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    _authorise(caller, repository)
    expected = given.text("expectedHeadOid")
    if not SHA.fullmatch(expected):
        raise GraphQLError("INVALID", f'Could not coerce value "{expected}" to GitObjectID')
    message = given.child("message") or Input({})
    headline, body = message.text("headline"), message.maybe_text("body")
    return _Wanted(
        repository,
        branch,
        expected,
        _files(caller, given.child("fileChanges") or Input({})),
        headline if not body else f"{headline}\n\n{body}",
        given.maybe_text("clientMutationId"),
    )


def _branch(world: World, given: Input) -> tuple[Repository | None, str]:
    branch = given.child("branch") or Input({})
    identity = branch.maybe_text("id")
    if identity is None:
        owner, _, name = branch.text("repositoryNameWithOwner").partition("/")
        return world.state.repository(owner, name), branch.text("branchName").removeprefix("refs/heads/")
    kind, rest = parse_node_id(identity) or ("", "")
    number, _, ref = rest.partition(":")
    if kind != "Ref" or not number.isdigit():
        raise GraphQLError("NOT_FOUND", f"Could not resolve to a node with the global id of '{identity}'.")
    return world.state.repositories.get(int(number)), ref.removeprefix("refs/heads/")


def _authorise(caller: Caller, repository: Repository) -> None:
    if isinstance(caller, InstallationCaller):
        if not allowed(caller.token.permissions, "contents", "write"):
            raise GraphQLError("FORBIDDEN", "Resource not accessible by integration")
    elif isinstance(caller, PersonCaller) and _below_write(repository.role(caller.user.login)):
        raise GraphQLError("FORBIDDEN", f"{caller.user.login} does not have the correct permissions")


def _below_write(role: str) -> bool:
    return ROLES.index(role) < ROLES.index("write")


def _files(caller: Caller, changes: Input) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    for one in changes.children("deletions"):
        files[one.text("path")] = None
    for one in changes.children("additions"):
        content = decode_base64(one.text("contents"))
        if content is None:
            raise GraphQLError("INVALID", "Could not coerce value to Base64String")
        files[one.text("path")] = content
    for path in files:
        check_path(path)
        may_write_path(caller, path)
    return files


async def _check_deletions(world: World, wanted: _Wanted, head: str) -> None:
    for path, content in wanted.files.items():
        if content is None and not await world.git(wanted.repository).tree(head, path=path):
            raise GraphQLError(
                "UNPROCESSABLE", f"A path was requested for deletion which does not exist as of commit oid `{head}`"
            )
