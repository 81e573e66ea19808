"""`reach`: whether the App may reach a repository, by GitHub's word: its events say so without a time, in any order."""

from datetime import timedelta

from github_app.queue import defer
from handlers import jobs
from handlers.services import Services
from storage import repositories

_LATE = timedelta(minutes=1)
"""GitHub's answers may be older than its events for some seconds (github-facts 32)."""


async def reach(services: Services, installation_id: int, repository_id: int, heard: bool, doubted: bool) -> None:
    """Task. Twice is once: what is known is brought to what GitHub says at this moment."""
    async with services.database.connection() as connection:
        row = await repositories.repository(connection, repository_id)
    if row is None or row.installation_id != installation_id:
        return
    stands = await services.github.installation_of(row.owner, row.name) == installation_id
    change = repositories.give_back if stands else repositories.remove_repositories
    async with services.database.transaction() as connection:
        await change(connection, installation_id, [repository_id])
        if doubted and stands is not heard:
            await defer(connection, [jobs.reach(installation_id, repository_id, heard=heard, delay=_LATE)])
