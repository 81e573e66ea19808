"""`issue_comment`: commands of people, in new and in edited comments."""

import asyncio
import hashlib
from collections.abc import Sequence

from github_app.commands import NOT_THEIR_AUTHOR, Command, added
from github_app.payload import IssueCommentEvent, read
from github_app.queue import Job
from handlers.known import remember_repository
from storage.database import Connection


async def on_issue_comment(connection: Connection, body: bytes) -> list[Job]:
    """One job a command, in their order. Bots command nothing: they answer each other without end."""
    event = read(body, IssueCommentEvent)
    repository_id = await remember_repository(connection, event)
    author, sender = event.comment.user.user(), event.sender.user()
    if event.action not in ("created", "edited") or author.is_bot or sender.is_bot:
        return []
    before = event.changes.body.text if event.changes is not None and event.changes.body is not None else None
    # A hostile text of 64 KiB takes half a second to read.
    given = await asyncio.to_thread(added, event.comment.body or "", before)
    if sender.user_id != author.user_id:
        given = _refused(given)
    return [
        Job(
            "command",
            {
                "repository_id": repository_id,
                "number": event.issue.number,
                "on_pull_request": event.issue.pull_request is not None,
                "comment_id": event.comment.id,
                "ordinal": command.ordinal,
                "act": command.act,
                "name": command.name,
                "prefixed": command.prefixed,
                "fix_id": command.fix_id,
                "text": command.text,
                "user_id": sender.user_id,
                "login": sender.login,
            },
            lock=f"command:{repository_id}:{event.issue.number}",
        )
        for command in given
    ]


def _refused(given: Sequence[Command]) -> tuple[Command, ...]:
    """One refusal for all: people with rights may edit another's comment, and its author did not say it."""
    if not given:
        return ()
    acts = hashlib.sha256(" ".join(one.act for one in given).encode()).hexdigest()[:32]
    prefixed = any(one.prefixed for one in given)
    return (Command(NOT_THEIR_AUTHOR, None, "", 0, prefixed, f"{NOT_THEIR_AUTHOR}.{acts}"),)
