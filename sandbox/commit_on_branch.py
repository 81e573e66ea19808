"""``createCommitOnBranch``: a signed commit on a branch that must still be where the caller saw it.

https://github.blog/changelog/2021-09-13-a-simpler-api-for-authoring-commits
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from sandbox.auth import Caller, InstallationCaller, PersonCaller, allowed
from sandbox.data import JsonObject
from sandbox.errors import ApiError
from sandbox.git_write import RefMoved, commit_files, move_ref
from sandbox.permissions import visible
from sandbox.pushes import Push, pushed
from sandbox.shapes.graphql import commit_node, ref_node
from sandbox.state import ROLES, Repository, User
from sandbox.urls import parse_node_id
from sandbox.world import World
from sandbox.writing import PROTECTED, author_of, check_path, may_write_path


class Refused(Exception):
    """An entry of ``errors``: GitHub's type and sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.type = kind


class BranchInput(TypedDict, total=False):
    """``CommittableBranch``."""

    id: str | None
    repositoryNameWithOwner: str | None
    branchName: str | None


class MessageInput(TypedDict):
    """``CommitMessage``."""

    headline: str
    body: NotRequired[str | None]


class AdditionInput(TypedDict):
    """``FileAddition``, its base64 decoded."""

    path: str
    contents: bytes


class DeletionInput(TypedDict):
    """``FileDeletion``."""

    path: str


class ChangesInput(TypedDict, total=False):
    """``FileChanges``."""

    additions: list[AdditionInput] | None
    deletions: list[DeletionInput] | None


class CommitInput(TypedDict):
    """``CreateCommitOnBranchInput``, as the schema has checked it."""

    branch: BranchInput
    expectedHeadOid: str
    message: MessageInput
    fileChanges: NotRequired[ChangesInput | None]
    clientMutationId: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    repository: Repository
    branch: str
    expected: str
    files: dict[str, bytes | None]
    message: str


async def commit_on_branch(world: World, caller: Caller, given: CommitInput) -> JsonObject:
    """Make the commit and move the branch. Raises Refused."""
    try:
        wanted = _read(world, caller, given)
    except ApiError as error:
        raise Refused("FORBIDDEN" if error.status == 403 else "UNPROCESSABLE", error.message) from None
    git, repository = world.git(wanted.repository), wanted.repository
    ref = f"refs/heads/{wanted.branch}"
    head = await git.ref(ref)
    if head is None:
        raise Refused("NOT_FOUND", f"No branch named '{wanted.branch}' was found on {repository.full_name}.")
    if head != wanted.expected:
        raise _stale(wanted.expected)
    if wanted.branch in repository.protected:
        raise Refused("BRANCH_PROTECTION_RULE_VIOLATION", PROTECTED)
    await _check_deletions(world, wanted, head)
    user = caller.user if isinstance(caller, PersonCaller) else _bot(caller)
    who = author_of(world, user)
    sha = await commit_files(git, head, wanted.files, wanted.message, author=who.author, committer=who.committer)
    try:
        await move_ref(git, ref, sha, head)
    except RefMoved:
        raise _stale(wanted.expected) from None
    repository.verified.add(sha)
    await pushed(world, repository, Push(ref, head, sha, user))
    commit = commit_node(world, repository, await git.commit(sha))
    return {
        "clientMutationId": given.get("clientMutationId"),
        "commit": commit,
        "ref": ref_node(repository, wanted.branch, commit),
    }


def _bot(caller: Caller) -> User:
    if not isinstance(caller, InstallationCaller):
        raise Refused("FORBIDDEN", "Resource not accessible by integration")
    return caller.installation.app.bot


def _stale(expected: str) -> Refused:
    return Refused("STALE_DATA", f'Expected branch to point to "{expected}" but it did not. Pull and try again.')


def _read(world: World, caller: Caller, given: CommitInput) -> _Wanted:
    repository, branch = _branch(world, given["branch"])
    if repository is None or not visible(caller, repository):
        name = given["branch"].get("repositoryNameWithOwner")
        raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    _authorise(caller, repository)
    headline, body = given["message"]["headline"], given["message"].get("body")
    return _Wanted(
        repository,
        branch,
        given["expectedHeadOid"],
        _files(caller, given.get("fileChanges") or {}),
        headline if not body else f"{headline}\n\n{body}",
    )


def _branch(world: World, given: BranchInput) -> tuple[Repository | None, str]:
    """By name, or by the id of a ref; the schema lets either be left out, so that it is checked here."""
    identity, whole, branch = given.get("id"), given.get("repositoryNameWithOwner"), given.get("branchName")
    if identity is None:
        if whole is None or branch is None:
            raise Refused("UNPROCESSABLE", "A branch needs an id, or repositoryNameWithOwner and branchName")
        owner, _, name = whole.partition("/")
        return world.state.repository(owner, name), branch.removeprefix("refs/heads/")
    kind, rest = parse_node_id(identity) or ("", "")
    number, _, ref = rest.partition(":")
    if kind != "Ref" or not number.isdigit():
        raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{identity}'.")
    return world.state.repositories.get(int(number)), ref.removeprefix("refs/heads/")


def _authorise(caller: Caller, repository: Repository) -> None:
    if isinstance(caller, InstallationCaller):
        if not allowed(caller.token.permissions, "contents", "write"):
            raise Refused("FORBIDDEN", "Resource not accessible by integration")
    elif isinstance(caller, PersonCaller) and _below_write(repository.role(caller.user.login)):
        raise Refused("FORBIDDEN", f"{caller.user.login} does not have the correct permissions")


def _below_write(role: str) -> bool:
    return ROLES.index(role) < ROLES.index("write")


def _files(caller: Caller, changes: ChangesInput) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {one["path"]: None for one in changes.get("deletions") or ()}
    files |= {one["path"]: one["contents"] for one in changes.get("additions") or ()}
    for path in files:
        check_path(path)
        may_write_path(caller, path)
    return files


async def _check_deletions(world: World, wanted: _Wanted, head: str) -> None:
    for path, content in wanted.files.items():
        if content is None and not await world.git(wanted.repository).tree(head, path=path):
            raise Refused(
                "UNPROCESSABLE", f"A path was requested for deletion which does not exist as of commit oid `{head}`"
            )
