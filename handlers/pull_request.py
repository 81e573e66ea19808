"""`pull_request`: its heads are kept; a push ends what was proposed for the head before it, a merge or a close all."""

from github_app.model import PullRequest
from github_app.payload import PullRequestEvent, read
from github_app.queue import Job
from handlers import jobs
from handlers.known import remember_repository
from storage import pull_requests
from storage.database import Connection

_NEW_HEAD = frozenset({"opened", "reopened", "synchronize"})


async def on_pull_request(connection: Connection, body: bytes) -> list[Job]:
    """What a push to its branch, a merge or a close asks for; a pull request may be a fix's own."""
    event = read(body, PullRequestEvent)
    repository_id = await remember_repository(connection, event)
    pull = event.pull_request.pull_request()
    if pull.head_repository is None:
        return [jobs.tidy(repository_id, pull.number, merged=pull.merged)] if event.action == "closed" else []
    gone = jobs.supersede(repository_id, pull.number, pull.head_repository, pull.head_branch)
    if event.action == "closed":
        # A fix's own pull request ends the fix with it.
        return [jobs.tidy(repository_id, pull.number, merged=pull.merged), gone]
    if event.action not in _NEW_HEAD:
        return []
    asked = await _heads(connection, repository_id, pull, pull.head_repository, event.before)
    return [*asked, gone] if event.action == "synchronize" else asked


async def _heads(
    connection: Connection, repository_id: int, pull: PullRequest, head_repository: str, before: str | None
) -> list[Job]:
    """Keep the head, and the one that was left for it: their runs may have been judged without knowing of it."""
    await pull_requests.remember_head(connection, repository_id, pull.number, head_repository, pull.head_sha)
    if before is None:
        return [jobs.adopt(repository_id, pull.number, head_repository, pull.head_sha)]
    await pull_requests.leave_head(connection, repository_id, pull.number, head_repository, before, pull.head_sha)
    return [
        jobs.adopt(repository_id, pull.number, head_repository, pull.head_sha),
        jobs.adopt(repository_id, pull.number, head_repository, before),
    ]
