"""The rules of every write to a branch, whichever interface it comes through."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.auth import Caller, InstallationCaller, allowed
from sandbox.errors import ApiError
from sandbox.git import Signature
from sandbox.state import Repository, User
from sandbox.world import World

PROTECTED = "Changes must be made through a pull request."
"""What GitHub answers to a change of a branch that is protected so."""


@dataclass(frozen=True, slots=True)
class Authorship:
    """Author and committer of a commit made by GitHub for an account."""

    author: Signature
    committer: Signature


def author_of(world: World, user: User) -> Authorship:
    """The account as author, GitHub as committer: what is signed and verified."""
    now = world.clock()
    return Authorship(Signature(user.login, user.email, now), Signature("GitHub", "noreply@github.com", now))


def check_path(path: str) -> None:
    """Refuse a path that git would not check out: absolute, empty parts, ``.``, ``..`` or ``.git``."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts) or "\0" in path:
        raise ApiError(422, f"path contains a malformed path component: {path}")


def may_write_path(caller: Caller, path: str) -> None:
    """Workflow files need a permission of their own.

    https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app
    """
    if not path.startswith(".github/workflows/") or not isinstance(caller, InstallationCaller):
        return
    if not allowed(caller.token.permissions, "workflows", "write"):
        raise ApiError(403, workflow_refusal(path), headers={"x-accepted-github-permissions": "workflows=write"})


def refuse_protected(repository: Repository, ref: str) -> None:
    """Nobody pushes to a protected branch past its rules; here the one rule is to go by a pull request.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches
    """
    if ref.startswith("refs/heads/") and ref.removeprefix("refs/heads/") in repository.protected:
        raise ApiError(422, PROTECTED)


def workflow_refusal(path: str) -> str:
    """GitHub's sentence for a workflow file touched without the permission."""
    return f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
