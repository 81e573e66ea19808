"""Issues, comments, reactions. https://docs.github.com/en/rest/issues"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.clock import parse_stamp
from sandbox.conversation import LONGEST_BODY, add_comment, delete_comment, edit_comment, find_comment, react
from sandbox.errors import ApiError, invalid_request, not_found, validation_failed
from sandbox.input import Query
from sandbox.issues import STATE_REASONS, edit_issue, find_issue, open_issue, require_issues, set_issue_state
from sandbox.permissions import R
from sandbox.pull_requests import set_state
from sandbox.rest.call import Call, Handler, Reply, created
from sandbox.shapes.issues import REACTIONS, issue, issue_comment, reaction
from sandbox.state import ROLES, Comment, Issue


def _wanted(query: Query) -> Callable[[Issue], bool]:
    """A filter by state, labels (all of them), creator and time of the last change."""
    state, creator, since = query.get("state", "open"), query.get("creator"), _since(query)
    labels = {label for label in query.get("labels", "").split(",") if label}

    def wanted(issue: Issue) -> bool:
        return (
            state in {"all", issue.state}
            and creator in {None, issue.user.login}
            and labels.issubset(issue.labels)
            and (since is None or issue.updated_at >= since)
        )

    return wanted


def _since(query: Query) -> datetime | None:
    if "since" not in query:
        return None
    moment = parse_stamp(query["since"])
    if moment is None:
        raise invalid_request(f"{query['since']} is not a valid date-time.")
    return moment


async def list_issues(call: Call) -> Reply:
    """Issues and pull requests, the newest first, or in another order."""
    found = list(filter(_wanted(call.query), call.repository.issues.values()))
    by = call.query.get("sort", "created")
    if by not in {"created", "updated"}:
        raise ApiError(501, f"The sandbox does not sort by {by}, and GitHub would")
    found.sort(key=lambda one: (one.updated_at if by == "updated" else one.created_at, one.number))
    if call.query.get("direction", "desc") == "desc":
        found.reverse()
    page = call.page(found)
    return Reply([issue(call.urls, call.repository, one) for one in page.items], headers=page.headers)


async def get_issue(call: Call) -> Reply:
    """One issue or pull request."""
    return Reply(issue(call.urls, call.repository, find_issue(call.repository, call.number("number"))))


def _checked_body(body: str | None) -> str | None:
    if body is not None and len(body) > LONGEST_BODY:
        message = f"body is too long (maximum is {LONGEST_BODY} characters)"
        raise validation_failed("Issue", "body", "custom", message)
    return body


async def create_issue(call: Call) -> Reply:
    """Open an issue."""
    require_issues(call.repository)
    wanted = call.input()
    title, body = wanted.text("title"), _checked_body(wanted.maybe_text("body"))
    made = open_issue(call.world, call.repository, call.user, title, body, wanted.texts("labels"), call.app)
    return created(issue(call.urls, call.repository, made))


async def update_issue(call: Call) -> Reply:
    """Change title, body, labels or state; a pull request's state too."""
    found, wanted = find_issue(call.repository, call.number("number")), call.input()
    if call.user is not found.user:
        _require_role(call, "triage")
    title, state = wanted.maybe_text("title"), wanted.maybe_choice("state", ("open", "closed"))
    reason = wanted.maybe_choice("state_reason", STATE_REASONS)
    body = _checked_body(wanted.maybe_text("body")) if wanted.has("body") else found.body
    if wanted.has("labels"):
        found.labels = wanted.texts("labels")
    edit_issue(call.world, call.repository, found, call.user, title=found.title if title is None else title, body=body)
    if state is not None and found.is_pull:
        await set_state(call.world, call.repository, call.repository.pulls[found.number], state, call.user)
    elif state is not None:
        set_issue_state(call.world, call.repository, found, call.user, state, reason)
    return Reply(issue(call.urls, call.repository, found))


def _require_role(call: Call, role: str) -> None:
    if call.app is None and ROLES.index(call.repository.role(call.user.login)) < ROLES.index(role):
        raise ApiError(403, f"Must have {role} rights to Repository.")


async def list_comments(call: Call) -> Reply:
    """The conversation, oldest first, from ``since`` on if given."""
    number = find_issue(call.repository, call.number("number")).number
    since = _since(call.query)
    found = [
        one
        for one in call.repository.comments.values()
        if one.number == number and (since is None or one.updated_at >= since)
    ]
    page = call.page(found)
    return Reply([issue_comment(call.urls, call.repository, one) for one in page.items], headers=page.headers)


def _comment(call: Call) -> Comment:
    return find_comment(call.repository, call.number("comment_id"))


async def get_comment(call: Call) -> Reply:
    """One comment."""
    return Reply(issue_comment(call.urls, call.repository, _comment(call)))


async def create_comment(call: Call) -> Reply:
    """Comment on an issue or pull request."""
    body, number = call.input().text("body"), call.number("number")
    made = add_comment(call.world, call.repository, number, call.user, body, app=call.app)
    return created(issue_comment(call.urls, call.repository, made))


async def update_comment(call: Call) -> Reply:
    """Change a comment: one's own, or anybody's with write access."""
    found = _comment(call)
    if found.user is not call.user:
        _require_role(call, "write")
    edit_comment(call.world, call.repository, found, call.user, call.input().text("body"))
    return Reply(issue_comment(call.urls, call.repository, found))


async def remove_comment(call: Call) -> Reply:
    """Delete a comment: one's own, or anybody's with write access."""
    found = _comment(call)
    if found.user is not call.user:
        _require_role(call, "write")
    delete_comment(call.world, call.repository, found, call.user)
    return Reply(status=204)


async def list_reactions(call: Call) -> Reply:
    """Reactions to a comment, by ``content`` if given."""
    content = call.query.get("content")
    found = [one for one in _comment(call).reactions.values() if content in {None, one.content}]
    page = call.page(found)
    return Reply([reaction(call.urls, one) for one in page.items], headers=page.headers)


async def create_reaction(call: Call) -> Reply:
    """React; 200 when the same reaction is there already."""
    made, new = react(call.world, _comment(call), call.user, call.input().choice("content", REACTIONS))
    return Reply(reaction(call.urls, made), 201 if new else 200)


async def delete_reaction(call: Call) -> Reply:
    """Take a reaction back; only one's own."""
    found = _comment(call)
    mine = found.reactions.get(call.number("reaction_id"))
    if mine is None or mine.user is not call.user:
        raise not_found()
    del found.reactions[mine.id]
    return Reply(status=204)


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/issues": list_issues,
    "POST " + R + "/issues": create_issue,
    "GET " + R + "/issues/{number}": get_issue,
    "PATCH " + R + "/issues/{number}": update_issue,
    "GET " + R + "/issues/{number}/comments": list_comments,
    "POST " + R + "/issues/{number}/comments": create_comment,
    "GET " + R + "/issues/comments/{comment_id}": get_comment,
    "PATCH " + R + "/issues/comments/{comment_id}": update_comment,
    "DELETE " + R + "/issues/comments/{comment_id}": remove_comment,
    "GET " + R + "/issues/comments/{comment_id}/reactions": list_reactions,
    "POST " + R + "/issues/comments/{comment_id}/reactions": create_reaction,
    "DELETE " + R + "/issues/comments/{comment_id}/reactions/{reaction_id}": delete_reaction,
}
