"""`verify` and `supersede`: how a fix ends, by CI's own word or by somebody's push."""

from github_app.client import REPORT, Installation
from github_app.model import Repository, RunId, Sha
from handlers.known import remember_run
from handlers.services import Services, repository_of
from handlers.tasks.leaving import moved_on
from handlers.tasks.outcome import run_of_fix
from handlers.tasks.own_commits import note_own_commits
from handlers.tasks.patches import blobs_after, blobs_at
from handlers.tasks.places import stand
from handlers.tasks.publishing import publish
from handlers.tasks.renewing import ACTOR
from handlers.tasks.verdicts import judge, verdict
from storage import fixes, lineages, runs
from storage.database import Connection
from storage.fixes import FixRow, FixState


async def verify(services: Services, repository_id: int, commit_sha: str) -> None:
    """Task: what CI said of a commit that holds a fix.

    Asked when a run ends, when a commit is remembered and when a failure is diagnosed, in any order.
    """
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        fix = await fixes.fix_by_commit(connection, repository_id, commit_sha)
        offered = () if fix is not None else await _offered(connection, repository, commit_sha)
        unneeded = await _unneeded(connection, repository, commit_sha)
    if fix is not None:
        await _judge(services, repository, fix)
    for one in unneeded:
        async with services.github.installation(repository, REPORT) as installation:
            await _end(services, installation, repository, one, f"CI is green on {commit_sha[:7]} without it.")
    for one in offered:
        await _taken(services, repository, one, Sha(commit_sha))
    if fix is None:
        await note_own_commits(services, repository, Sha(commit_sha))


async def supersede(
    services: Services, repository_id: int, number: int, head_repository: str, head_branch: str
) -> None:
    """Task: a pull request's branch moved, or it was closed; what was meant for an older head is closed, and said so.

    The present head is asked for: an event may come late. What CI said of a fix's commit goes before somebody's push.
    """
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        alive = await lineages.alive_of_branch(connection, repository_id, head_repository, head_branch)
        own = await lineages.fix_of_pull_request(connection, repository_id, number)
    if not alive and (own is None or own.state is not FixState.APPLIED):
        return
    async with services.github.installation(repository, REPORT) as installation:
        pull = await installation.pull_request(number)
        for fix in alive:
            await _overtaken(services, installation, repository, fix, pull.head_sha)
        if own is not None and pull.state == "open":
            await _overtaken(services, installation, repository, own, pull.head_sha)
        elif own is not None and not pull.merged:
            await _end(services, installation, repository, own, "its pull request was closed.")
    # CI may have been green on that head before the push was heard of.
    await note_own_commits(services, repository, pull.head_sha)


async def _judge(services: Services, repository: Repository, fix: FixRow) -> None:
    """Bring the state to what the newest run on the commit says, and the report to the state."""
    async with services.database.transaction() as connection:
        moved = await judge(connection, fix)
    if moved is None and fix.state not in (FixState.VERIFIED, FixState.INEFFECTIVE):
        return
    async with services.github.installation(repository, REPORT) as installation:
        await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)


async def _offered(connection: Connection, repository: Repository, commit_sha: str) -> tuple[FixRow, ...]:
    """The fixes that were suggested for older heads of the fork's branch that a run was about."""
    places = {
        (run.head_repository, run.head_branch)
        for run in await runs.runs_of_head(connection, repository.repository_id, commit_sha)
        if run.head_repository is not None and run.head_branch is not None
    }
    found: list[FixRow] = []
    for owner_name, branch in sorted((name or "", branch or "") for name, branch in places):
        found += await lineages.alive_of_branch(connection, repository.repository_id, owner_name, branch)
    return tuple(fix for fix in found if fix.state is FixState.OFFERED and fix.head_sha != commit_sha)


async def _unneeded(connection: Connection, repository: Repository, commit_sha: str) -> tuple[FixRow, ...]:
    """The fixes asked again for a head on which the workflow that they were for turned out green."""
    passed = {
        run.workflow_id
        for run in await runs.runs_of_head(connection, repository.repository_id, commit_sha)
        if run.conclusion == "success"
    }
    found = []
    for fix in await fixes.open_fixes(connection, repository.repository_id, commit_sha):
        failed = await runs.run(connection, fix.run_id, fix.run_attempt)
        if failed is not None and failed.head_sha != commit_sha and failed.workflow_id in passed:
            found.append(fix)
    return tuple(found)


async def _taken(services: Services, repository: Repository, fix: FixRow, commit: Sha) -> None:
    """A fix was taken where the new head holds its files as it makes them, whoever committed them."""
    async with services.database.connection() as connection:
        where = await stand(connection, repository, fix)
    async with services.github.installation(repository, REPORT) as installation:
        pull = await installation.pull_request(where.number or 0)
        if pull.head_sha != commit:
            return  # an older head's run: the present one's decides
        if await blobs_at(installation, fix, commit) != blobs_after(fix):
            await _end(services, installation, repository, fix, f"{commit[:7]} was pushed without it.")
            return
    async with services.database.transaction() as connection:
        taken = await fixes.move(
            connection, fix.fix_id, to=FixState.APPLIED, since=FixState.OFFERED, actor=pull.author, commit_sha=commit
        )
    if taken is not None:
        await _judge(services, repository, taken)


async def _overtaken(
    services: Services, installation: Installation, repository: Repository, fix: FixRow, head: Sha
) -> None:
    if fix.state is FixState.PROPOSED and fix.head_sha != head:
        await _end(services, installation, repository, fix, moved_on(head))
    elif fix.state is FixState.APPLIED and fix.commit_sha is not None and fix.commit_sha != head:
        known = await installation.runs_of(Sha(fix.commit_sha))
        async with services.database.transaction() as connection:
            for run in known:
                await remember_run(connection, run)
            decided = verdict(await run_of_fix(connection, fix)) is not None
        if decided:
            await _judge(services, repository, fix)
        else:
            why = f"{head[:7]} was pushed on top before CI had ended on it."
            await _end(services, installation, repository, fix, why)


async def _end(
    services: Services, installation: Installation, repository: Repository, fix: FixRow, reason: str
) -> None:
    async with services.database.transaction() as connection:
        to, since = FixState.SUPERSEDED, fix.state
        moved = await fixes.move(connection, fix.fix_id, to=to, since=since, actor=ACTOR, reason=reason)
    if moved is not None:
        await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)
