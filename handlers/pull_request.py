"""`pull_request`: a push ends what was proposed for the head before it, a merge or a close what was offered at all."""

from github_app.payload import PullRequestEvent, read
from github_app.queue import Job
from handlers import jobs
from handlers.known import remember_repository
from storage.database import Connection


async def on_pull_request(connection: Connection, body: bytes) -> list[Job]:
    """A fork's branch may be named like one of ours, so that its repository is named too."""
    event = read(body, PullRequestEvent)
    repository_id = await remember_repository(connection, event)
    pull = event.pull_request.pull_request()
    if event.action == "closed":
        return [jobs.tidy(repository_id, pull.number, merged=event.pull_request.merged)]
    if event.action != "synchronize" or pull.head_repository is None:
        return []
    return [jobs.supersede(repository_id, pull.head_repository, pull.head_branch, pull.head_sha)]
