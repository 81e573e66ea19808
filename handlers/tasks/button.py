"""`button`: what a person asked for with a click on the check run."""

from github_app.client import REPORT
from github_app.model import RunId, User, UserId
from github_app.publish import ANALYZE, decided_by
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.publishing import publish
from handlers.tasks.review import Decision, review
from storage.ids import FixId


async def button(
    services: Services, repository_id: int, run_id: int, run_attempt: int, identifier: str, user_id: int, login: str
) -> None:
    """Task: a click on the check run. A click by somebody without the right changes nothing."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
    async with services.github.installation(repository, REPORT) as installation:
        if identifier == ANALYZE:
            if (await installation.role(login, UserId(user_id))).can_write:
                async with services.database.transaction() as connection:
                    await defer(connection, [jobs.diagnose(repository_id, run_id, run_attempt, again=True)])
            return
        meant = decided_by(identifier)
        if meant is None:
            return
        approve, fix_id = meant
        reviewer = User(UserId(user_id), login, is_bot=False)
        # One fix has one button a kind: whoever clicks it twice makes the same decision.
        ref = f"{run_id}/{run_attempt}/{identifier}/{login}"
        decision = Decision(approve, FixId(fix_id), reviewer, "", "button", ref)
        decided = await review(services, installation, repository, decision)
        if decided.refusal is None and decided.fix is not None:
            await publish(services, installation, repository, RunId(decided.fix.run_id), decided.fix.run_attempt)
