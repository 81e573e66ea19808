"""`diagnose`: a failed attempt -> its failures, stored, judged and shown, with a recipe's fix where there is one."""

from collections.abc import Sequence

from agents.plan import PlanRun, new_plan_run_id, plan_of_a_fix
from github_app.client import REPORT, Installation
from github_app.model import PullRequest, Repository, Run, RunId
from github_app.queue import defer
from handlers import jobs
from handlers.known import remember_run
from handlers.services import Services, repository_of
from handlers.tasks.configuration import configured
from handlers.tasks.feedback import REFUSED
from handlers.tasks.heeding import NOT_PROPOSED, heed, unread
from handlers.tasks.ignoring import is_ignored
from handlers.tasks.judging import judged
from handlers.tasks.leaving import close_if_left
from handlers.tasks.own_matchers import own_matchers
from handlers.tasks.plan_store import Asked, begin_run
from handlers.tasks.proposing import ADVISED, LOOKING, NOTHING, propose_by_recipe
from handlers.tasks.publishing import publish, shown_if_long
from handlers.tasks.reading import out_of_time, read_failed_jobs
from handlers.tasks.remembering import propose_remembered
from handlers.tasks.witnesses import Head, place, queued_pull_request
from handlers.workflow_run import FAILING, STOPPED
from storage import analyses, failures, fixes, pull_requests
from storage.analyses import AnalysisRow
from storage.database import Connection

_OPEN = (NOTHING, ADVISED)
"""How a note begins after which the engine may still be asked, where a person wants it to; "" stands beside a fix."""


async def diagnose(
    services: Services,
    repository_id: int,
    run_id: int,
    run_attempt: int,
    again: bool = False,
    hint: str | None = None,
    plan: bool = False,
) -> None:
    """Task; `hint` are a person's words for the engine, and with `plan` it is asked whatever recipes propose.

    Twice is once: a published analysis is left alone, and each step finds what the one before it made.
    """
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        known = await analyses.analysis(connection, run_id, run_attempt)
    if known is not None and known.state == "published" and not again:
        return
    async with services.github.installation(repository, REPORT) as installation:
        run = await installation.run(RunId(run_id), run_attempt)
        if run.status != "completed":
            return
        services, said = await configured(services, installation, repository)
        if not await is_failed(installation, run) or not said.config.watches(run.workflow_name, run.head_branch):
            async with services.database.transaction() as connection:
                await defer(connection, [jobs.testify(repository_id, run_id, run_attempt)])
            return
        row = await _begin(services, installation, run, again=again)
        row = await heed(services, installation, row, said)
        unread_for = await unread(services, row) if row.state == "started" else None
        async with shown_if_long(services, installation, row):
            if row.state == "started" and unread_for is None:
                await _read(services, installation, repository, run, row)
            # Whoever asks again wants to hear of it.
            if again or not await is_ignored(services, row):
                await _propose(services, installation, row, unread_for)
                await close_if_left(services, run_id, run_attempt)
        await publish(services, installation, repository, run.run_id, run_attempt)
    await _end(services, Asked(repository_id, run_id, run_attempt, again, hint), plan=plan and unread_for is None)


async def is_failed(installation: Installation, run: Run) -> bool:
    """Whether an attempt is a failure: one that was stopped is nobody's, unless it was stopped for its time."""
    if run.conclusion != STOPPED:
        return run.conclusion in FAILING
    return bool(await out_of_time(installation, await installation.jobs(run.run_id, run.run_attempt)))


async def _begin(services: Services, installation: Installation, run: Run, *, again: bool) -> AnalysisRow:
    queued = queued_pull_request(run)
    pulls = await installation.pull_requests(run)
    async with services.database.transaction() as connection:
        await remember_run(connection, run)
        number = queued[1] if queued else await _number(connection, run, pulls)
        row = await analyses.begin(connection, run.run_id, run.run_attempt, run.repository_id, run.head_sha, number)
        if again and row.state == "published":
            row = await analyses.update(connection, run.run_id, run.run_attempt, state="started", note="") or row
    return row


async def _number(connection: Connection, run: Run, pulls: Sequence[PullRequest]) -> int | None:
    """The pull request that a run is about: of those that stand at its commit, or stood there, the first."""
    if run.head_repository is None:
        return None
    for pull in pulls:
        await pull_requests.remember_head(
            connection, run.repository_id, pull.number, run.head_repository, run.head_sha, now=True
        )
    return await pull_requests.number_of_head(connection, run.repository_id, run.head_repository, run.head_sha)


async def _read(
    services: Services, installation: Installation, repository: Repository, run: Run, row: AnalysisRow
) -> None:
    heads = await heads_of(services, installation, repository, run, row.pull_request_number)
    own = await own_matchers(installation, repository.default_branch)
    read = await read_failed_jobs(services, installation, run, row.started_at, own.rules)
    found = await judged(services, installation, heads, read)
    async with services.database.transaction() as connection:
        await failures.save_failures(connection, found)
        await analyses.update(
            connection,
            run.run_id,
            run.run_attempt,
            state="diagnosed",
            introduced=introduced_by(heads),
            remarks=[*row.remarks, *own.remarks],
        )


def introduced_by(heads: Sequence[Head]) -> list[str] | None:
    """The commits that are the head's own beside any of its bases; None where that is not known of all."""
    known = [head.introduced for head in heads if head.introduced is not None]
    return sorted(frozenset().union(*known)) if len(known) == len(heads) else None


async def heads_of(
    services: Services, installation: Installation, repository: Repository, run: Run, number: int | None
) -> tuple[Head, ...]:
    """Where a run stands: on the base of each pull request of its commit, else on the default branch.

    A run names no pull request that could be trusted (github-facts 13 to 15), so a commit with several is judged
    against all their bases.
    """
    queued = queued_pull_request(run)
    if queued is not None:
        bases = {queued[0]}
    elif number is None:
        bases = {repository.default_branch}
    else:
        pulls = await installation.pull_requests(run) or (await installation.pull_request(number),)
        bases = {pull.base_branch for pull in pulls}
    return tuple([await place(services, installation, run, base) for base in sorted(bases)])


async def _propose(services: Services, installation: Installation, row: AnalysisRow, unread_for: str | None) -> None:
    async with services.database.connection() as connection:
        found = await failures.failures_of(connection, row.run_id, row.run_attempt)
    if unread_for is not None or not services.config.propose:
        note = unread_for or NOT_PROPOSED
    else:
        note = await propose_by_recipe(services, installation, found)
    open_yet = note in {NOTHING, LOOKING} or note.startswith(REFUSED)
    if open_yet and await propose_remembered(services, installation, found):
        note = ""
    async with services.database.connection() as connection:
        # What is not read has nothing more to come, and is shown as it is.
        state = None if unread_for is None else "diagnosed"
        await analyses.update(connection, row.run_id, row.run_attempt, note=note, state=state)


async def _end(services: Services, asked: Asked, *, plan: bool) -> None:
    """Publish; where an engine is to be asked, its plan's run begins in the same transaction as its job."""
    async with services.database.transaction() as connection:
        row = await analyses.update(connection, asked.run_id, asked.run_attempt, state="published")
        await defer(connection, [jobs.testify(asked.repository_id, asked.run_id, asked.run_attempt)])
        if row is not None and (row.note == LOOKING or (plan and (not row.note or row.note.startswith(_OPEN)))):
            run = PlanRun(new_plan_run_id(), plan_of_a_fix())
            await begin_run(connection, asked, run)
            job = jobs.propose(asked.repository_id, asked.run_id, asked.run_attempt, run.plan_run_id)
            await defer(connection, [job])
        if row is not None and await fixes.fix_by_commit(connection, row.repository_id, row.head_sha) is not None:
            # The fix that this commit is was shown before its new failure was known.
            await defer(connection, [jobs.verify(row.repository_id, row.head_sha)])
