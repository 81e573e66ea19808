"""`show`: bring check run and comment to what a person decided outside of GitHub."""

from github_app.client import REPORT
from github_app.model import RunId
from handlers.services import Services, repository_of
from handlers.tasks.publishing import publish


async def show(services: Services, repository_id: int, run_id: int, run_attempt: int) -> None:
    """Task. A second time writes nothing."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
    async with services.github.installation(repository, REPORT) as installation:
        await publish(services, installation, repository, RunId(run_id), run_attempt)
