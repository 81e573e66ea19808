"""Nodes of the GraphQL API. https://docs.github.com/en/graphql/reference/objects"""

from __future__ import annotations

from sandbox.clock import stamp
from sandbox.data import JsonObject
from sandbox.git import CommitObject, Signature
from sandbox.shapes.commits import ref_node_id
from sandbox.state import Repository, User
from sandbox.urls import node_id
from sandbox.world import World


def commit_node(world: World, repository: Repository, found: CommitObject) -> JsonObject:
    """GraphQL's ``Commit``."""
    headline, _, rest = found.message.partition("\n")
    url = world.urls.html(repository, f"/commit/{found.sha}")
    return {
        "__typename": "Commit",
        "id": node_id("Commit", repository.id) + found.sha,
        "oid": found.sha,
        "abbreviatedOid": found.sha[:7],
        "url": url,
        "commitUrl": url,
        "message": found.message,
        "messageHeadline": headline,
        "messageBody": rest.strip("\n"),
        "committedDate": stamp(found.committer.date),
        "authoredDate": stamp(found.author.date),
        "author": _actor(world, found.author),
        "committer": _actor(world, found.committer),
        "tree": {"id": node_id("Tree", repository.id) + found.tree, "oid": found.tree},
        "signature": _signature(found) if found.sha in repository.verified else None,
    }


def _actor(world: World, who: Signature) -> JsonObject:
    user = world.state.user_by_email(who.email)
    return {
        "name": who.name,
        "email": who.email,
        "date": stamp(who.date),
        "user": None if user is None else user_node(user),
    }


def _signature(found: CommitObject) -> JsonObject:
    """GitHub's own, as ``createCommitOnBranch`` makes it; its text is none that could be verified."""
    return {
        "__typename": "GpgSignature",
        "email": found.committer.email,
        "isValid": True,
        "keyId": None,
        "payload": "",
        "signature": "sandbox",
        "state": "VALID",
        "wasSignedByGitHub": True,
    }


def user_node(user: User) -> JsonObject:
    """GraphQL's ``User``."""
    return {"id": node_id("User", user.id), "databaseId": user.id, "login": user.login}


def ref_node(repository: Repository, branch: str, commit: JsonObject) -> JsonObject:
    """GraphQL's ``Ref`` of a branch."""
    return {
        "id": ref_node_id(repository, f"refs/heads/{branch}"),
        "name": branch,
        "prefix": "refs/heads/",
        "target": commit,
    }


async def repository_node(world: World, found: Repository) -> JsonObject:
    """GraphQL's ``Repository``, with its default branch."""
    git = world.git(found)
    head = await git.ref(f"refs/heads/{found.default_branch}")
    commit = None if head is None else commit_node(world, found, await git.commit(head))
    return {
        "id": node_id("Repository", found.id),
        "databaseId": found.id,
        "name": found.name,
        "nameWithOwner": found.full_name,
        "url": world.urls.html(found),
        "isPrivate": found.private,
        "defaultBranchRef": None if commit is None else ref_node(found, found.default_branch, commit),
    }
