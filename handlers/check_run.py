"""`check_run`: the buttons, and GitHub's own "Re-run" on our check."""

import re

from github_app.payload import CheckRunEvent, read
from github_app.publish import ANALYZE
from github_app.queue import Job
from handlers.known import remember_repository
from storage.database import Connection

_EXTERNAL_ID = re.compile(r"[0-9a-f]{40}")


async def on_check_run(connection: Connection, body: bytes) -> list[Job]:
    """The click of a person on a button of ours."""
    event = read(body, CheckRunEvent)
    repository_id = await remember_repository(connection, event)
    head_sha = event.check_run.external_id or ""
    sender = event.sender.user()
    if event.action not in ("requested_action", "rerequested") or not _EXTERNAL_ID.fullmatch(head_sha) or sender.is_bot:
        return []
    identifier = ANALYZE if event.requested_action is None else event.requested_action.identifier
    return [
        Job(
            "button",
            {
                "repository_id": repository_id,
                "head_sha": head_sha,
                "identifier": identifier,
                "user_id": sender.user_id,
                "login": sender.login,
            },
            lock=f"button:{repository_id}:{head_sha}",
        )
    ]
