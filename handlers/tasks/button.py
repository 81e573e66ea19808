"""`button`: what a person asked for with a click on the check run."""

from github_app.client import REPORT
from github_app.model import RunId, User, UserId
from github_app.publish import ANALYZE, APPROVE, REJECT
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.publishing import publish
from handlers.tasks.review import Decision, review
from storage import fixes


async def button(
    services: Services, repository_id: int, run_id: int, run_attempt: int, identifier: str, user_id: int, login: str
) -> None:
    """Task: a click on the check run. A click by somebody without the right changes nothing."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        stored = await fixes.fixes_of(connection, run_id, run_attempt)
    async with services.github.installation(repository, REPORT) as installation:
        if identifier == ANALYZE:
            if (await installation.role(login)).can_write:
                async with services.database.transaction() as connection:
                    await defer(connection, [jobs.diagnose(repository_id, run_id, run_attempt, again=True)])
            return
        if identifier not in (APPROVE, REJECT) or not stored:
            return
        reviewer = User(UserId(user_id), login, is_bot=False)
        # One fix has one button a kind: whoever clicks it twice makes the same decision.
        ref = f"{run_id}/{run_attempt}/{identifier}/{login}"
        decision = Decision(identifier == APPROVE, stored[-1].fix_id, reviewer, "", "button", ref)
        decided = await review(services, installation, repository, decision)
        if decided.refusal is None:
            await publish(services, installation, repository, RunId(run_id), run_attempt)
