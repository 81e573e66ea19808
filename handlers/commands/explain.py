"""`/explain`: the full diagnosis, the evidence and the plan, for anyone who can comment; a few times an hour."""

import asyncio
from datetime import UTC, datetime, timedelta

from github_app.explanation import ExplainedFailure, ExplainedRun, ExplainedStep, explanation
from github_app.model import Repository
from handlers.commands.given import Answered, Given, shown_here
from handlers.tasks.plan_store import plan_of
from handlers.tasks.reading import diagnosis_of
from handlers.tasks.similar import similar_shown
from storage import commands, failures, plan_runs, runs
from storage.analyses import AnalysisRow
from storage.database import Connection
from storage.failures import FailureRow

_MOST_AN_HOUR = 3
"""In one conversation: each is a long comment, which stays where it is."""
_PAUSE = timedelta(minutes=1)
"""Of one person in a repository."""


async def explain(given: Given) -> Answered:
    """Reply with all that is known of the failures that are shown."""
    async with given.services.database.connection() as connection:
        limited = await _limited(connection, given)
    if limited is not None:
        return Answered(False, limited)
    rows = await shown_here(given)
    async with given.services.database.connection() as connection:
        explained = [await _run(connection, given.repository, row) for row in rows]
    return Answered(True, await asyncio.to_thread(explanation, explained))


async def _limited(connection: Connection, given: Given) -> str | None:
    """Why not now, or None."""
    at = given.repository.repository_id, given.comment_id, given.act, "explain"
    now = datetime.now(UTC)
    if await commands.others_here(connection, *at, given.number, now - timedelta(hours=1)) >= _MOST_AN_HOUR:
        return f"It was explained {_MOST_AN_HOUR} times here within an hour; the answers stand above."
    if await commands.others_by(connection, *at, given.user.login, now - _PAUSE):
        return "You had something explained less than a minute ago; ask again in a minute."
    return None


async def _run(connection: Connection, repository: Repository, row: AnalysisRow) -> ExplainedRun:
    run = await runs.run(connection, row.run_id, row.run_attempt)
    found = await failures.failures_of(connection, row.run_id, row.run_attempt)
    plan = await plan_runs.newest_of_attempt(connection, row.run_id, row.run_attempt)
    steps: tuple[ExplainedStep, ...] = ()
    if plan is not None:
        planned = plan_of(plan).steps
        begun = {step.ordinal: step for step in await plan_runs.steps_of(connection, plan.plan_run_id)}
        steps = tuple(
            ExplainedStep(step.tool, step.task, begun[at].state, begun[at].output or "")
            if at in begun
            else ExplainedStep(step.tool, step.task, "not begun", "")
            for at, step in enumerate(planned)
        )
    return ExplainedRun(
        workflow_name="" if run is None else run.workflow_name,
        html_url="" if run is None else run.html_url,
        head_sha=row.head_sha,
        note=row.note,
        failures=tuple(_failure(one) for one in found),
        steps=steps,
        similar=await similar_shown(connection, repository, found),
    )


def _failure(row: FailureRow) -> ExplainedFailure:
    diagnosis = diagnosis_of(row.diagnosis_json)
    return ExplainedFailure(
        category=row.category,
        confidence=row.confidence,
        headline=row.headline,
        tool=row.tool,
        exit_code=diagnosis.exit_code,
        fingerprint=row.fingerprint,
        jobs=tuple(job.name for job in row.jobs),
        verdict=row.verdict,
        verdict_reason=row.verdict_reason,
        places=tuple(f"{one.path}:{one.line or '?'} {one.rule or ''} {one.message}" for one in diagnosis.locations),
        tests=diagnosis.failed_tests,
        evidence=tuple((block.start, block.text) for block in diagnosis.evidence.blocks),
    )
