"""`apply`: an approved fix -> delivered exactly as it was approved, or a failure in words.

What was approved is made anew from the files at its head commit and its hash compared. A commit carries a trailer with
fix and hash, a review a marker, so that a task that died after GitHub's answer finds what it made.
"""

from analysis.patch import PatchError
from github_app.client import REPORT
from github_app.errors import HeadMoved, Permanent
from github_app.model import Repository, RunId
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.delivering import Handed, branch_of, deliver
from handlers.tasks.patches import writing
from handlers.tasks.places import present_head, stand
from handlers.tasks.publishing import publish
from handlers.tasks.renewing import ACTOR, renew
from storage import fixes
from storage.fixes import FixRow, FixState
from storage.ids import FixId
from storage.ledger import Applied, Told

_MOST_REASON = 500
"""Characters of a reason: it is shown in a report."""


async def apply(services: Services, repository_id: int, fix_id: int) -> None:
    """Task. Twice is once: a fix that is applied is left alone, what was made is found again."""
    async with services.database.transaction() as connection:
        repository = await repository_of(connection, repository_id)
        await fixes.move(connection, FixId(fix_id), to=FixState.APPLYING, actor=ACTOR)
        fix = await fixes.fix(connection, repository_id, FixId(fix_id))
    if fix is None:
        return
    if fix.state is FixState.APPLYING:
        await _deliver(services, repository, fix)
    # Said again where a run before this one ended a fix and died before it could say so.
    async with services.github.installation(repository, REPORT) as installation:
        await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)


async def _deliver(services: Services, repository: Repository, fix: FixRow) -> None:
    """Deliver it and keep what came of that; a passing reason leaves it as it is, for the queue to try again."""
    try:
        async with services.github.installation(repository, writing(fix)) as installation:
            handed = await deliver(services, installation, repository, fix)
    except HeadMoved:
        await _moved_on(services, repository, fix)
    except (Permanent, PatchError) as error:
        reason = f"{error}"[:_MOST_REASON]
        async with services.database.transaction() as connection:
            await fixes.move(connection, fix.fix_id, to=FixState.FAILED, actor=ACTOR, reason=reason)
    else:
        await _remember(services, repository, fix, handed)


async def _moved_on(services: Services, repository: Repository, fix: FixRow) -> None:
    """Nothing was written; a person is asked again where the fix still holds."""
    async with services.database.connection() as connection:
        where = await stand(connection, repository, fix)
    async with services.github.installation(repository, REPORT) as installation:
        await renew(services, installation, fix, await present_head(installation, fix, where))


async def _remember(services: Services, repository: Repository, fix: FixRow, handed: Handed) -> None:
    async with services.database.transaction() as connection:
        where = await stand(connection, repository, fix)
        await fixes.move(
            connection,
            fix.fix_id,
            to=handed.state,
            actor=ACTOR,
            commit_sha=handed.commit,
            pull_request_number=handed.number,
            told=Told(details=Applied(handed.way.value, handed.commit, handed.number)),
        )
        if handed.commit is not None:
            # CI may have ended on the commit before this row knew of it; then nobody else asks.
            await defer(connection, [jobs.verify(repository.repository_id, handed.commit)])
            about = handed.number or where.number
            if about is not None:
                # Nor who told of a push on top of it.
                branch = fix.head_branch if handed.number is None else branch_of(fix)
                name = repository.full_name
                await defer(connection, [jobs.supersede(repository.repository_id, about, name, branch or "")])
