"""Repositories. https://docs.github.com/en/rest/repos/repos"""

from __future__ import annotations

from sandbox.clock import stamp
from sandbox.data import JsonObject
from sandbox.shapes.accounts import simple_user
from sandbox.state import Repository
from sandbox.urls import Urls, node_id

# Field -> address below the repository, as GitHub's URI templates stand in every repository it shows.
_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def minimal_repository(urls: Urls, found: Repository) -> JsonObject:
    """GitHub's ``minimal-repository``."""
    return {
        "id": found.id,
        "node_id": node_id("Repository", found.id),
        "name": found.name,
        "full_name": found.full_name,
        "private": found.private,
        "owner": simple_user(urls, found.owner),
        "html_url": urls.html(found),
        "description": None,
        "fork": found.parent is not None,
        "url": urls.repo(found),
        **{field: urls.repo(found, path) for field, path in _ADDRESSES.items()},
    }


def repository(urls: Urls, found: Repository) -> JsonObject:
    """GitHub's ``repository``, which is also the ``repository`` of every webhook."""
    open_issues = sum(issue.state == "open" for issue in found.issues.values())
    host = urls.base.partition("://")[2]
    return {
        **minimal_repository(urls, found),
        "git_url": f"git://{host}/{found.full_name}.git",
        "ssh_url": f"git@{host}:{found.full_name}.git",
        "clone_url": f"{urls.html(found)}.git",
        "svn_url": urls.html(found),
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 1,
        "default_branch": found.default_branch,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "topics": [],
        "has_issues": found.has_issues,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "visibility": "private" if found.private else "public",
        "pushed_at": stamp(found.pushed_at),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.pushed_at),
    }


def full_repository(urls: Urls, found: Repository) -> JsonObject:
    """GitHub's ``full-repository``, the answer of ``GET /repos/{owner}/{repo}``."""
    shown: JsonObject = {**repository(urls, found), "subscribers_count": 0, "network_count": 0}
    if found.parent is None:
        return shown
    return {**shown, "parent": repository(urls, found.parent), "source": repository(urls, found.parent)}


def listed_repository(found: Repository) -> JsonObject:
    """A repository as installation webhooks list it."""
    return {
        "id": found.id,
        "node_id": node_id("Repository", found.id),
        "name": found.name,
        "full_name": found.full_name,
        "private": found.private,
    }
