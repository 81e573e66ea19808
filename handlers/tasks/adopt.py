"""`adopt`: a commit is, or was, a pull request's head: what was found on it before that was known is shown there."""

from github_app.client import REPORT
from github_app.model import RunId
from handlers.services import Services, repository_of
from handlers.tasks.leaving import close_if_left
from handlers.tasks.publishing import publish
from handlers.tasks.testify import judge_anew
from storage import analyses


async def adopt(services: Services, repository_id: int, number: int, head_repository: str, head_sha: str) -> None:
    """Task. Twice is once: what is shown already is not written again."""
    async with services.database.transaction() as connection:
        repository = await repository_of(connection, repository_id)
        await analyses.adopt(connection, repository_id, number, head_repository, head_sha)
        found = await analyses.analyses_of_head(connection, repository_id, head_sha)
    # One that is still being read reads its place itself, before it is shown.
    rows = [row for row in found if row.pull_request_number == number and row.state == "published"]
    if not rows:
        return
    async with services.github.installation(repository, REPORT) as installation:
        for row in rows:
            await close_if_left(services, row.run_id, row.run_attempt)
            if not await judge_anew(services, installation, repository, row):
                await publish(services, installation, repository, RunId(row.run_id), row.run_attempt)
