"""Pull requests and their reviews. https://docs.github.com/en/rest/pulls"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.clock import maybe_stamp, stamp
from sandbox.data import JsonObject
from sandbox.shapes.accounts import simple_user
from sandbox.shapes.issues import association, label, rollup
from sandbox.shapes.repositories import repository as repository_shape
from sandbox.state import Pull, Repository, Review, ReviewComment
from sandbox.urls import Urls, node_id


@dataclass(frozen=True, slots=True)
class PullSize:
    """What git says of a pull request: commits, lines, files."""

    commits: int
    additions: int
    deletions: int
    files: int


def _side(urls: Urls, repository: Repository, branch: str, sha: str) -> JsonObject:
    return {
        "label": f"{repository.owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": simple_user(urls, repository.owner),
        "repo": repository_shape(urls, repository),
    }


def pull_request_simple(urls: Urls, repository: Repository, pull: Pull) -> JsonObject:
    """GitHub's ``pull-request-simple``: a pull request in a list."""
    issue = pull.issue
    api = urls.repo(repository, f"/pulls/{pull.number}")
    issue_api = urls.repo(repository, f"/issues/{pull.number}")
    html = urls.html(repository, f"/pull/{pull.number}")
    links = {
        "comments_url": f"{issue_api}/comments",
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": urls.repo(repository, "/pulls/comments{/number}"),
        "statuses_url": urls.repo(repository, f"/statuses/{pull.head_sha}"),
    }
    return {
        "url": api,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_api,
        **links,
        "number": pull.number,
        "state": issue.state,
        "locked": False,
        "title": issue.title,
        "user": simple_user(urls, issue.user),
        "body": issue.body,
        "labels": [label(urls, repository, name) for name in issue.labels],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": maybe_stamp(issue.closed_at),
        "merged_at": maybe_stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(urls, pull.head_repository, pull.head_branch, pull.head_sha),
        "base": _side(urls, repository, pull.base_branch, pull.base_sha),
        "_links": {
            "self": {"href": api},
            "html": {"href": html},
            "issue": {"href": issue_api},
            **{name.removesuffix("_url"): {"href": href} for name, href in links.items()},
        },
        "author_association": association(repository, issue.user),
        "auto_merge": None,
        "draft": pull.draft,
    }


def pull_request(urls: Urls, repository: Repository, pull: Pull, size: PullSize) -> JsonObject:
    """GitHub's ``pull-request``: one pull request in full."""
    number, closed = pull.number, pull.issue.state == "closed"
    return {
        **pull_request_simple(urls, repository, pull),
        "merged": pull.merged_at is not None,
        "mergeable": None if closed else pull.merge_commit_sha is not None,
        "rebaseable": None,
        "mergeable_state": "unknown" if closed else "clean" if pull.merge_commit_sha else "dirty",
        "merged_by": None if pull.merged_by is None else simple_user(urls, pull.merged_by),
        "comments": sum(comment.number == number for comment in repository.comments.values()),
        "review_comments": sum(comment.number == number for comment in repository.review_comments.values()),
        "maintainer_can_modify": False,
        "commits": size.commits,
        "additions": size.additions,
        "deletions": size.deletions,
        "changed_files": size.files,
    }


def pull_request_minimal(urls: Urls, repository: Repository, pull: Pull) -> JsonObject:
    """GitHub's ``pull-request-minimal``: what check runs and workflow runs carry."""

    def side(of: Repository, branch: str, sha: str) -> JsonObject:
        return {"ref": branch, "sha": sha, "repo": {"id": of.id, "url": urls.repo(of), "name": of.name}}

    return {
        "url": urls.repo(repository, f"/pulls/{pull.number}"),
        "id": pull.id,
        "number": pull.number,
        "head": side(pull.head_repository, pull.head_branch, pull.head_sha),
        "base": side(repository, pull.base_branch, pull.base_sha),
    }


def review(urls: Urls, repository: Repository, found: Review) -> JsonObject:
    """GitHub's ``pull-request-review``."""
    pull = urls.repo(repository, f"/pulls/{found.number}")
    html = urls.html(repository, f"/pull/{found.number}#pullrequestreview-{found.id}")
    return {
        "id": found.id,
        "node_id": node_id("PullRequestReview", found.id),
        "user": simple_user(urls, found.user),
        "body": found.body,
        "state": found.state,
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repository, found.user),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "submitted_at": stamp(found.submitted_at),
        "commit_id": found.commit_id,
    }


def review_comment(urls: Urls, repository: Repository, found: ReviewComment) -> JsonObject:
    """GitHub's ``pull-request-review-comment``."""
    api = urls.repo(repository, f"/pulls/comments/{found.id}")
    pull = urls.repo(repository, f"/pulls/{found.number}")
    html = urls.html(repository, f"/pull/{found.number}#discussion_r{found.id}")
    reply: JsonObject = {} if found.in_reply_to is None else {"in_reply_to_id": found.in_reply_to}
    return {
        "url": api,
        "pull_request_review_id": found.review_id,
        "id": found.id,
        "node_id": node_id("PullRequestReviewComment", found.id),
        "diff_hunk": found.diff_hunk,
        "path": found.path,
        "position": 1,
        "original_position": 1,
        "commit_id": found.commit_id,
        "original_commit_id": found.commit_id,
        "user": simple_user(urls, found.user),
        "body": found.body,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repository, found.user),
        "_links": {"self": {"href": api}, "html": {"href": html}, "pull_request": {"href": pull}},
        "line": found.line,
        "original_line": found.line,
        "start_line": found.start_line,
        "original_start_line": found.start_line,
        "side": found.side,
        "start_side": found.start_side,
        "subject_type": "line",
        "reactions": rollup(api, ()),
        **reply,
    }
