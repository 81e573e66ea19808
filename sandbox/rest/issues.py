"""Issues, comments, reactions. https://docs.github.com/en/rest/issues"""

from __future__ import annotations

from sandbox.clock import parse_stamp
from sandbox.conversation import (
    LONGEST_BODY,
    add_comment,
    delete_comment,
    edit_comment,
    find_comment,
    find_issue,
    react,
)
from sandbox.errors import ApiError, not_found, validation_failed
from sandbox.permissions import R
from sandbox.pull_requests import set_state
from sandbox.rest.call import Call, Handler, Reply, created
from sandbox.shapes.issues import REACTIONS, issue, issue_comment, reaction
from sandbox.state import ROLES, Comment, Issue


async def list_issues(call: Call) -> Reply:
    """Issues and pull requests by state, newest first."""
    state = call.query.get("state", "open")
    found = [one for one in call.repository.issues.values() if state in {"all", one.state}]
    page = call.page(found[::-1])
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
    wanted, state, now = call.input(), call.world.state, call.world.clock()
    title, body = wanted.text("title"), _checked_body(wanted.maybe_text("body"))
    number = next(call.repository.numbers)
    made = Issue(state.next_id(), number, title, body, call.user, now, now, labels=wanted.texts("labels"))
    call.repository.issues[number] = made
    return created(issue(call.urls, call.repository, made))


async def update_issue(call: Call) -> Reply:
    """Change title, body, labels or state; a pull request's state too."""
    found, wanted = find_issue(call.repository, call.number("number")), call.input()
    if call.user is not found.user:
        _require_role(call, "triage")
    title, state = wanted.maybe_text("title"), wanted.maybe_choice("state", ("open", "closed"))
    found.title = found.title if title is None else title
    if wanted.has("body"):
        found.body = _checked_body(wanted.maybe_text("body"))
    if wanted.has("labels"):
        found.labels = wanted.texts("labels")
    if state is not None and found.is_pull:
        await set_state(call.world, call.repository, call.repository.pulls[found.number], state, call.user)
    elif state is not None:
        found.state = state
        found.closed_at = call.world.clock() if state == "closed" else None
        found.state_reason = wanted.maybe_text("state_reason") or ("completed" if state == "closed" else "reopened")
    found.updated_at = call.world.clock()
    return Reply(issue(call.urls, call.repository, found))


def _require_role(call: Call, role: str) -> None:
    if call.app is None and ROLES.index(call.repository.role(call.user.login)) < ROLES.index(role):
        raise ApiError(403, f"Must have {role} rights to Repository.")


async def list_comments(call: Call) -> Reply:
    """The conversation, oldest first, from ``since`` on if given."""
    number = find_issue(call.repository, call.number("number")).number
    since = parse_stamp(call.query["since"]) if "since" in call.query else None
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
