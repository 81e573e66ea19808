"""`pull_request`: a push ends what was proposed for the head before it, closing what was offered there at all."""

from github_app.payload import PullRequestEvent, read
from github_app.queue import Job
from handlers import jobs
from handlers.known import remember_repository
from storage.database import Connection


async def on_pull_request(connection: Connection, body: bytes) -> list[Job]:
    """What a push to its branch, a merge or a close asks for; a pull request may be a fix's own."""
    event = read(body, PullRequestEvent)
    repository_id = await remember_repository(connection, event)
    pull = event.pull_request.pull_request()
    asked: list[Job] = []
    if event.action in ("synchronize", "closed") and pull.head_repository is not None:
        asked.append(jobs.supersede(repository_id, pull.number, pull.head_repository, pull.head_branch))
    if event.action == "closed":
        asked.append(jobs.tidy(repository_id, pull.number, merged=pull.merged))
    return asked
