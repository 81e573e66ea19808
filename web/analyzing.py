"""Having a run analysed, as a person with write access may, and seeing how far that has come."""

import json
from http import HTTPStatus

from github_app.client import Installation
from github_app.errors import NotFound
from github_app.model import Repository, Role, Run, RunId
from github_app.queue import defer
from handlers import jobs
from handlers.workflow_run import FAILING, STOPPED
from storage import analyses, failures, fixes, plan_runs, queue, review_lists
from storage.database import Connection
from storage.plan_runs import PlanRunRow
from web.acts import acting
from web.analysis_models import AnalysisPath, AnalysisStatus, Analyze, EngineShown, PlanQueued, PlanShown, Queued
from web.people import Person
from web.problems import Problem, not_found
from web.rights import repository_from
from web.seen import repository_seen
from web.site import Site


async def analyze(site: Site, person: Person, asked: Analyze) -> Queued:
    """Queue an analysis. Raises Problem: 404 unseen, 403 without the right, 409 for a run that has nothing to read."""
    return await _queued(site, person, asked, plan=False)


async def analyze_by_plan(site: Site, person: Person, asked: Analyze) -> PlanQueued:
    """Queue an analysis and, after it, the agent's whole plan, whatever recipes propose. Raises as `analyze` does."""
    made = await _queued(site, person, asked, plan=True)
    return PlanQueued(
        made.repository,
        made.run_id,
        made.run_attempt,
        made.status_url,
        made.failures_url,
        EngineShown(site.engine.name, site.engine.model),
        site.engine.runner,
    )


async def status(site: Site, person: Person, path: AnalysisPath) -> AnalysisStatus:
    """How far an analysis has come. Raises Problem 404 for one that nobody asked for, or that is not for the person."""
    repository = await repository_seen(site, person, f"{path.owner}/{path.repo}")
    async with site.services.database.connection() as connection:
        row = await analyses.analysis(connection, path.run_id, path.run_attempt)
        if row is not None and row.repository_id != repository.repository_id:
            raise not_found("analysis")
        waiting = await _waiting(connection, repository, path.run_id, path.run_attempt)
        if row is None and not waiting:
            raise not_found("analysis")
        found = await failures.failures_of(connection, path.run_id, path.run_attempt)
        proposed = await fixes.fixes_of(connection, path.run_id, path.run_attempt)
        plan = await plan_runs.newest_of_attempt(connection, path.run_id, path.run_attempt)
    return AnalysisStatus(
        repository=repository.full_name,
        run_id=path.run_id,
        run_attempt=path.run_attempt,
        state="queued" if row is None else row.state,  # type: ignore[arg-type]  # a CHECK of the table
        pending=bool(waiting),
        note="" if row is None else row.note,
        failures=[one.failure_id for one in found],
        fixes=[one.fix_id for one in proposed],
        plan=None if plan is None else _plan(plan),
        started_at=None if row is None else row.started_at,
    )


def status_url(repository: str, run_id: int, run_attempt: int) -> str:
    """Where the status of an analysis is."""
    return f"/analyze/{repository}/{run_id}/{run_attempt}"


async def _queued(site: Site, person: Person, asked: Analyze, *, plan: bool) -> Queued:
    repository = await _writable(site, person, asked)
    async with acting(site, repository) as installation:
        run = await _run(installation, asked)
    _refuse_unread(run)
    await _defer(site, repository, run, asked.hint.strip() or None, plan=plan)
    name = repository.full_name
    return Queued(
        name,
        run.run_id,
        run.run_attempt,
        status_url(name, run.run_id, run.run_attempt),
        f"/failures?repository={name}",
    )


async def _writable(site: Site, person: Person, asked: Analyze) -> Repository:
    """The repository, where the person may write at this moment."""
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_named(connection, asked.owner, asked.repo)
    if row is None:
        raise not_found("repository")
    repository = repository_from(row)
    role = await site.rights.role(person.user, repository, fresh=True)
    if role is Role.NONE:
        raise not_found("repository")
    if not person.may_decide:
        raise Problem(
            HTTPStatus.FORBIDDEN, "This token may read; to have a run analysed takes one of the scope decide."
        )
    if not role.can_write:
        said = f"To have a run analysed takes write access to this repository; you have {role.value}."
        raise Problem(HTTPStatus.FORBIDDEN, said)
    return repository


async def _run(installation: Installation, asked: Analyze) -> Run:
    """The attempt, from GitHub: it looks for it in this repository alone."""
    try:
        if asked.run_attempt is None:
            return await installation.latest_attempt(RunId(asked.run_id))
        return await installation.run(RunId(asked.run_id), asked.run_attempt)
    except NotFound:
        raise not_found("run") from None


def _refuse_unread(run: Run) -> None:
    if run.status != "completed":
        raise Problem(
            HTTPStatus.CONFLICT, f"The run is {run.status.replace('_', ' ')}; it is analysed when it is over."
        )
    if run.conclusion not in FAILING and run.conclusion != STOPPED:
        raise Problem(HTTPStatus.CONFLICT, f"The run ended with {run.conclusion}; there is no failure to read.")


async def _defer(site: Site, repository: Repository, run: Run, hint: str | None, *, plan: bool) -> None:
    """Queue the job, unless the very same waits already: asking twice in a moment is asking once."""
    async with site.services.database.transaction() as connection:
        known = await analyses.analysis(connection, run.run_id, run.run_attempt)
        job = jobs.diagnose(
            repository.repository_id, run.run_id, run.run_attempt, again=known is not None, hint=hint, plan=plan
        )
        waiting = await _waiting(connection, repository, run.run_id, run.run_attempt)
        if dict(job.args) not in [json.loads(args) for args in waiting]:
            await defer(connection, [job])


async def _waiting(connection: Connection, repository: Repository, run_id: int, run_attempt: int) -> tuple[str, ...]:
    """The arguments of the jobs of that attempt, in that repository, that are on their way."""
    job = jobs.diagnose(repository.repository_id, run_id, run_attempt)
    found = await queue.on_their_way(connection, job.lock or "", job.task)
    return tuple(args for args in found if json.loads(args).get("repository_id") == repository.repository_id)


def _plan(row: PlanRunRow) -> PlanShown:
    engine = EngineShown(row.engine, row.model or None) if row.engine else None
    return PlanShown(row.plan_run_id, row.state, engine)
