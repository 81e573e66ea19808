"""`issue_comment`: commands of people, in new comments on pull requests."""

from github_app.commands import parse_commands
from github_app.payload import IssueCommentEvent, read
from github_app.queue import Job
from handlers.known import remember_repository
from storage.database import Connection


async def on_issue_comment(connection: Connection, body: bytes) -> list[Job]:
    """One job a command, in their order. Bots command nothing: they answer each other without end."""
    event = read(body, IssueCommentEvent)
    repository_id = await remember_repository(connection, event)
    author = event.comment.user.user()
    if event.action != "created" or author.is_bot or event.issue.pull_request is None:
        return []
    return [
        Job(
            "command",
            {
                "repository_id": repository_id,
                "number": event.issue.number,
                "comment_id": event.comment.id,
                "ordinal": command.ordinal,
                "name": command.name,
                "fix_id": command.fix_id,
                "text": command.text,
                "user_id": author.user_id,
                "login": author.login,
            },
            lock=f"command:{repository_id}:{event.issue.number}",
        )
        for command in parse_commands(event.comment.body or "")
    ]
