"""`/answer`: a person's words for a question of the agent; the plan goes on with them, in whatever process."""

import re

from github_app.client import Installation
from github_app.model import Repository
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services
from storage import analyses, plan_runs
from storage.database import Connection
from storage.plan_runs import ClarificationRow, PlanRunRow

_NAMED = re.compile(r"(clar-[0-9a-f-]{8,36})(?:[ \t]+(.*))?", re.DOTALL)
"""A question by its id or the beginning of it, and the words for it."""


async def answer(
    services: Services, installation: Installation, repository: Repository, number: int, text: str, login: str
) -> str | None:
    """Keep the answer and have the plan go on; gives the refusal to reply with, or None. Twice is once."""
    if not (await installation.role(login)).can_write:
        return "To answer a question of the model takes write access to this repository."
    named = _NAMED.fullmatch(text)
    wanted, words = (named[1], (named[2] or "").strip()) if named else ("", text.strip())
    if not words:
        return "An answer has words: `/answer …`."
    async with services.database.transaction() as connection:
        run = await _run_of(connection, repository, number)
        asked = await plan_runs.clarifications_of(connection, run.plan_run_id) if run is not None else ()
        meant = [one for one in asked if one.clarification_id.startswith(wanted)]
        waiting = [one for one in meant if one.answer is None]
        if run is None or not waiting:
            done_before = any((one.answer, one.answered_by) == (words, login) for one in meant)
            return None if done_before else "No question of the model is waiting for this answer."
        if not await plan_runs.answer(connection, waiting[0].clarification_id, words, login):
            return "The question was answered a moment ago."
        await _go_on(connection, run, [one for one in asked if one.answer is None and one != waiting[0]])
    return None


async def _run_of(connection: Connection, repository: Repository, number: int) -> PlanRunRow | None:
    newest = await analyses.newest_of_conversation(connection, repository.repository_id, number)
    if newest is None:
        return None
    return await plan_runs.newest_of_attempt(connection, newest.run_id, newest.run_attempt)


async def _go_on(connection: Connection, run: PlanRunRow, left: list[ClarificationRow]) -> None:
    if left:
        return
    await plan_runs.move(connection, run.plan_run_id, "READY_TO_RESUME")
    job = jobs.propose(run.repository_id, run.run_id, run.run_attempt, run.plan_run_id)
    await defer(connection, [job])
