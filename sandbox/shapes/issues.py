"""Issues, comments, reactions. https://docs.github.com/en/rest/issues"""

from __future__ import annotations

from sandbox.clock import maybe_stamp, stamp
from sandbox.data import Json, JsonObject
from sandbox.shapes.accounts import integration, simple_user
from sandbox.state import Comment, Issue, Reaction, Repository, User
from sandbox.urls import Urls, node_id

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def association(repository: Repository, user: User) -> str:
    """GitHub's ``author_association``."""
    if user.login.lower() == repository.owner.login.lower():
        return "OWNER"
    if repository.roles.get(user.login.lower(), "none") != "none":
        return "COLLABORATOR"
    return "NONE"


def rollup(url: str, reactions: tuple[Reaction, ...]) -> JsonObject:
    """GitHub's ``reaction-rollup``."""
    counts: dict[str, Json] = {name: sum(r.content == name for r in reactions) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}


def reaction(urls: Urls, found: Reaction) -> JsonObject:
    """GitHub's ``reaction``."""
    return {
        "id": found.id,
        "node_id": node_id("Reaction", found.id),
        "user": simple_user(urls, found.user),
        "content": found.content,
        "created_at": stamp(found.created_at),
    }


def _page(urls: Urls, repository: Repository, issue: Issue) -> str:
    return urls.html(repository, f"/{'pull' if issue.is_pull else 'issues'}/{issue.number}")


def issue(urls: Urls, repository: Repository, found: Issue) -> JsonObject:
    """GitHub's ``issue``; a pull request's carries the addresses of the pull request."""
    api = urls.repo(repository, f"/issues/{found.number}")
    html = _page(urls, repository, found)
    pull: JsonObject = {}
    if found.is_pull:
        links = {"url": urls.repo(repository, f"/pulls/{found.number}"), "html_url": html}
        pull = {
            "pull_request": {
                **links, "diff_url": f"{html}.diff", "patch_url": f"{html}.patch",
                "merged_at": maybe_stamp(repository.pulls[found.number].merged_at),
            }
        }  # fmt: skip
    return {
        "id": found.id,
        "node_id": node_id("Issue", found.id),
        "url": api,
        "repository_url": urls.repo(repository),
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": html,
        "number": found.number,
        "state": found.state,
        "state_reason": found.state_reason,
        "title": found.title,
        "body": found.body,
        "user": simple_user(urls, found.user),
        "labels": [label(urls, repository, name) for name in found.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": sum(comment.number == found.number for comment in repository.comments.values()),
        "closed_at": maybe_stamp(found.closed_at),
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "author_association": association(repository, found.user),
        "reactions": rollup(api, ()),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": None if found.app is None else integration(urls, found.app),
        **pull,
    }


# The document of webhooks lists neither of these, though the REST one does.
_LEFT_OUT = frozenset({"state_reason"})
_NO_EVENT_OF_AN_APP = "workflow_job"


def webhook_issue(urls: Urls, repository: Repository, found: Issue) -> JsonObject:
    """An issue as webhooks carry it: the App that wrote it without its client id."""
    shown: JsonObject = {key: value for key, value in issue(urls, repository, found).items() if key not in _LEFT_OUT}
    if found.app is None:
        return shown
    app: JsonObject = {key: value for key, value in integration(urls, found.app).items() if key != "client_id"}
    events: list[Json] = [event for event in found.app.events if event != _NO_EVENT_OF_AN_APP]
    return {**shown, "performed_via_github_app": {**app, "events": events}}


def label(urls: Urls, repository: Repository, name: str) -> JsonObject:
    """A label: the sandbox knows its name only."""
    number = sum(map(ord, name))
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": urls.repo(repository, f"/labels/{name}"),
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def issue_comment(urls: Urls, repository: Repository, found: Comment) -> JsonObject:
    """GitHub's ``issue-comment``."""
    api = urls.repo(repository, f"/issues/comments/{found.id}")
    page = _page(urls, repository, repository.issues[found.number])
    return {
        "id": found.id,
        "node_id": node_id("IssueComment", found.id),
        "url": api,
        "html_url": f"{page}#issuecomment-{found.id}",
        "issue_url": urls.repo(repository, f"/issues/{found.number}"),
        "user": simple_user(urls, found.user),
        "body": found.body,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "author_association": association(repository, found.user),
        "reactions": rollup(api, tuple(found.reactions.values())),
        "performed_via_github_app": None if found.app is None else integration(urls, found.app),
    }
