"""Comments and reactions in issues and pull requests, with their events."""

from __future__ import annotations

from sandbox.data import JsonObject
from sandbox.errors import not_found, validation_failed
from sandbox.issues import find_issue
from sandbox.shapes.issues import issue_comment, webhook_issue
from sandbox.state import App, Comment, Reaction, Repository, User
from sandbox.world import World

# https://github.com/danger/danger/issues/424
LONGEST_BODY = 65_536


def check_body(resource: str, body: str) -> None:
    """Refuse a body that is empty or too long, as GitHub words it."""
    if not body.strip():
        raise validation_failed(resource, "body", "missing_field")
    if len(body) > LONGEST_BODY:
        message = f"Body is too long (maximum is {LONGEST_BODY} characters)"
        raise validation_failed(resource, "data", "unprocessable", message)


def find_comment(repository: Repository, comment_id: int) -> Comment:
    """A comment by id; 404."""
    found = repository.comments.get(comment_id)
    if found is None:
        raise not_found()
    return found


def _announce(world: World, repository: Repository, comment: Comment, action: str, sender: User, **extra: str) -> None:
    changes: JsonObject = {"changes": {"body": {"from": extra["before"]}}} if "before" in extra else {}
    payload: JsonObject = {
        "action": action,
        "issue": webhook_issue(world.urls, repository, repository.issues[comment.number]),
        "comment": issue_comment(world.urls, repository, comment),
        **changes,
    }
    world.emit("issue_comment", payload, repository=repository, sender=sender)


def add_comment(
    world: World, repository: Repository, number: int, user: User, body: str, *, app: App | None = None
) -> Comment:
    """Comment; fires ``issue_comment.created``."""
    found = find_issue(repository, number)
    check_body("IssueComment", body)
    now = world.clock()
    comment = Comment(world.state.next_id(), number, user, app, body, now, now)
    repository.comments[comment.id] = comment
    found.updated_at = now
    _announce(world, repository, comment, "created", user)
    return comment


def edit_comment(world: World, repository: Repository, comment: Comment, sender: User, body: str) -> None:
    """Change the text; fires ``issue_comment.edited`` with the text before."""
    check_body("IssueComment", body)
    before, comment.body = comment.body, body
    comment.updated_at = world.clock()
    _announce(world, repository, comment, "edited", sender, before=before)


def delete_comment(world: World, repository: Repository, comment: Comment, sender: User) -> None:
    """Remove; fires ``issue_comment.deleted``."""
    del repository.comments[comment.id]
    _announce(world, repository, comment, "deleted", sender)


def react(world: World, comment: Comment, user: User, content: str) -> tuple[Reaction, bool]:
    """(reaction, whether it is new): the same person's same emoji counts once. Reactions fire no event."""
    for found in comment.reactions.values():
        if found.user is user and found.content == content:
            return found, False
    reaction = Reaction(world.state.next_id(), user, content, world.clock())
    comment.reactions[reaction.id] = reaction
    return reaction, True
