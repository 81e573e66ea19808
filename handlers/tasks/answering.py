"""A person's words for a question of the agent: by `/answer`, by the API or on a page; the plan goes on with them.

It goes on in whatever process takes the job, also after a restart: the answer and the job are stored together.
"""

import re
from dataclasses import dataclass

from github_app.client import Installation
from github_app.model import Repository, User
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services
from storage import analyses, plan_runs
from storage.database import Connection
from storage.plan_runs import ClarificationRow, PlanRunRow

_NAMED = re.compile(r"(clar-[0-9a-f-]{8,36})(?:[ \t]+(.*))?", re.DOTALL)
"""A question by its id or the beginning of it, and the words for it."""
_NO_RIGHT = "To answer a question of the model takes write access to this repository."
_NOT_WAITING = "No question of the model is waiting for this answer."


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why an answer changed nothing; `by_right` where it is for what the person may do here."""

    reason: str
    by_right: bool = False


async def answer(
    services: Services, installation: Installation, repository: Repository, number: int, text: str, person: User
) -> str | None:
    """Keep the answer of a comment and have the plan go on; gives the refusal to reply with, or None. Twice is once."""
    if not (await installation.role(person.login, person.user_id)).can_write:
        return _NO_RIGHT
    named = _NAMED.fullmatch(text)
    wanted, words = (named[1], (named[2] or "").strip()) if named else ("", text.strip())
    if not words:
        return "An answer has words: `/answer …`."
    async with services.database.transaction() as connection:
        run = await _run_of(connection, repository, number)
        refused = Unanswered(_NOT_WAITING) if run is None else await _keep(connection, run, wanted, words, person.login)
    return None if refused is None else refused.reason


async def answer_question(
    services: Services,
    installation: Installation,
    repository: Repository,
    clarification_id: str,
    words: str,
    person: User,
) -> Unanswered | None:
    """Keep the answer to the question of that id and have its plan go on, or say why not. Twice is once.

    A question of a plan that a newer one has taken the place of waits no more.
    """
    role = await installation.role(person.login, person.user_id)
    if person.is_bot or not role.can_write:
        return Unanswered(f"{_NO_RIGHT[:-1]}; you have {role.value}.", by_right=True)
    async with services.database.transaction() as connection:
        asked = await plan_runs.clarification(connection, clarification_id)
        run = None if asked is None else await plan_runs.plan_run(connection, asked.plan_run_id)
        if run is None or run.repository_id != repository.repository_id:
            return Unanswered(_NOT_WAITING)
        newest = await plan_runs.newest_of_attempt(connection, run.run_id, run.run_attempt)
        if newest is None or newest.plan_run_id != run.plan_run_id:
            return Unanswered("The logs were read again since; this question waits no more.")
        return await _keep(connection, run, clarification_id, words, person.login)


async def _keep(connection: Connection, run: PlanRunRow, wanted: str, words: str, login: str) -> Unanswered | None:
    asked = await plan_runs.clarifications_of(connection, run.plan_run_id)
    meant = [one for one in asked if one.clarification_id.startswith(wanted)]
    waiting = [one for one in meant if one.answer is None]
    if not waiting:
        done_before = any((one.answer, one.answered_by) == (words, login) for one in meant)
        return None if done_before else Unanswered(_NOT_WAITING)
    if not await plan_runs.answer(connection, waiting[0].clarification_id, words, login):
        return Unanswered("The question was answered a moment ago.")
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
