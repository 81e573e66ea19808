"""`tidy`: a pull request was merged or closed: what was offered there is withdrawn, and nothing else is said."""

from github_app.client import REPORT
from github_app.model import RunId
from handlers.services import Services, repository_of
from handlers.tasks.publishing import publish
from handlers.tasks.renewing import ACTOR
from storage import tidying
from storage.database import Connection


async def tidy(services: Services, repository_id: int, number: int, merged: bool) -> None:
    """Task. Twice is once: what is withdrawn already is left alone, and a text that stands is not written again.

    A pull request that is opened again keeps this: `/retry` has its logs read anew.
    """
    async with services.database.transaction() as connection:
        repository = await repository_of(connection, repository_id)
        await withdraw(connection, repository_id, number, merged=merged)
        attempts = await tidying.attempts_with_fixes(connection, repository_id, number)
    if not attempts:
        return
    async with services.github.installation(repository, REPORT) as installation:
        for run_id, run_attempt in attempts:
            await publish(services, installation, repository, RunId(run_id), run_attempt)


async def withdraw(connection: Connection, repository_id: int, number: int, *, merged: bool) -> None:
    """Close the fixes that wait for people on a pull request, with the reason."""
    to = "superseded" if merged else "expired"
    why = f"the pull request was {'merged without it' if merged else 'closed'}."
    await tidying.close_fixes(connection, repository_id, number, to, ACTOR, why)
