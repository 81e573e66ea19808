"""Nodes of the GraphQL API. https://docs.github.com/en/graphql/reference/objects"""

from __future__ import annotations

from sandbox.clock import stamp
from sandbox.data import JsonObject
from sandbox.git import CommitObject
from sandbox.shapes.commits import ref_node_id
from sandbox.state import Repository
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
        "author": {"__typename": "GitActor", "name": found.author.name, "email": found.author.email},
        "committer": {"__typename": "GitActor", "name": found.committer.name, "email": found.committer.email},
        "tree": {"__typename": "Tree", "oid": found.tree},
        "signature": {"__typename": "GpgSignature", "isValid": True, "wasSignedByGitHub": True, "state": "VALID"}
        if found.sha in repository.verified
        else None,
    }


def ref_node(repository: Repository, branch: str, commit: JsonObject) -> JsonObject:
    """GraphQL's ``Ref`` of a branch."""
    return {
        "__typename": "Ref",
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
        "__typename": "Repository",
        "id": node_id("Repository", found.id),
        "databaseId": found.id,
        "name": found.name,
        "nameWithOwner": found.full_name,
        "url": world.urls.html(found),
        "isPrivate": found.private,
        "defaultBranchRef": None if commit is None else ref_node(found, found.default_branch, commit),
    }
