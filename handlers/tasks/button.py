"""`button`: what a person asked for with a click on the check run."""

from github_app.client import REPORT
from github_app.model import RunId, User, UserId
from github_app.publish import ANALYZE, decided_by
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.publishing import publish
from handlers.tasks.review import Decision, review
from storage import analyses
from storage.ids import FixId


async def button(
    services: Services, repository_id: int, head_sha: str, identifier: str, user_id: int, login: str
) -> None:
    """Task: a click on the check run. A click by somebody without the right changes nothing."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
    async with services.github.installation(repository, REPORT) as installation:
        if identifier == ANALYZE:
            if (await installation.role(login, UserId(user_id))).can_write:
                await _analyze_again(services, repository_id, head_sha)
            return
        meant = decided_by(identifier)
        if meant is None:
            return
        approve, fix_id = meant
        reviewer = User(UserId(user_id), login, is_bot=False)
        # One fix has one button a kind: whoever clicks it twice makes the same decision.
        ref = f"{head_sha}/{identifier}/{login}"
        decision = Decision(approve, FixId(fix_id), reviewer, "", "button", ref)
        decided = await review(services, installation, repository, decision)
        if decided.refusal is None and decided.fix is not None:
            await publish(services, installation, repository, RunId(decided.fix.run_id), decided.fix.run_attempt)


async def _analyze_again(services: Services, repository_id: int, head_sha: str) -> None:
    """Have the logs of every run that the check run speaks of read once more: the newest attempt of each."""
    async with services.database.transaction() as connection:
        rows = await analyses.analyses_of_head(connection, repository_id, head_sha)
        latest = {row.run_id: row.run_attempt for row in rows}
        await defer(connection, [jobs.diagnose(repository_id, *one, again=True) for one in latest.items()])
