"""`command` and `button`: what a person asked for in a comment or with a click, answered where it was asked."""

from github_app.client import REPORT, Installation
from github_app.commands import help_text
from github_app.model import CommentId, Reaction, Repository, RunId, User, UserId
from github_app.publish import ANALYZE, APPROVE, REJECT
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services, repository_of
from handlers.tasks.answering import answer
from handlers.tasks.publishing import publish
from handlers.tasks.review import Decision, review
from storage import analyses, approvals, commands, fixes
from storage.fixes import FixRow
from storage.ids import FixId


async def command(
    services: Services,
    repository_id: int,
    number: int,
    comment_id: int,
    ordinal: int,
    name: str,
    fix_id: int | None,
    text: str,
    user_id: int,
    login: str,
) -> None:
    """Task: one command of a comment. Twice is once: a receipt with an outcome ends it."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        await commands.claim(connection, repository_id, comment_id, ordinal, name, login)
        receipt = await commands.receipt(connection, repository_id, comment_id, ordinal)
    if receipt is not None and receipt.outcome is not None:
        return
    reviewer = User(UserId(user_id), login, is_bot=False)
    async with services.github.installation(repository, REPORT) as installation:
        await installation.react(CommentId(comment_id), Reaction.EYES)
        if name in ("approve", "reject"):
            ref = f"{comment_id}/{ordinal}"
            reply = await _decide(services, installation, repository, number, name, fix_id, text, reviewer, ref)
        elif name == "retry":
            reply = await _retry(services, installation, repository, number, text, login)
        elif name == "answer":
            reply = await answer(services, installation, repository, number, text, login)
        else:
            reply = help_text()
        refused = reply is not None and name != "help"
        await installation.react(CommentId(comment_id), Reaction.CONFUSED if refused else Reaction.ROCKET)
        replied = None if reply is None else await _reply(installation, number, f"{comment_id}/{ordinal}", reply)
    async with services.database.connection() as connection:
        outcome = "refused" if refused else "done"
        await commands.finish(connection, repository_id, comment_id, ordinal, outcome, replied)


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


async def _decide(
    services: Services,
    installation: Installation,
    repository: Repository,
    number: int,
    name: str,
    fix_id: int | None,
    text: str,
    reviewer: User,
    ref: str,
) -> str | None:
    """The refusal to reply with, or None."""
    meant = await _meant(services, repository, number, fix_id, ref)
    if isinstance(meant, str):
        return meant
    decision = Decision(name == "approve", meant, reviewer, text, "comment", ref)
    decided = await review(services, installation, repository, decision)
    if decided.refusal is None and decided.fix is not None:
        await publish(services, installation, repository, RunId(decided.fix.run_id), decided.fix.run_attempt)
    return decided.refusal


async def _meant(services: Services, repository: Repository, number: int, fix_id: int | None, ref: str) -> FixId | str:
    """The fix that a command is about, or what to reply where that is not clear."""
    if fix_id is not None:
        return FixId(fix_id)
    async with services.database.connection() as connection:
        # A command whose first run died after its decision: nothing waits any more, and it is that fix's.
        decided = await approvals.fix_decided_by(connection, repository.repository_id, "comment", ref)
    if decided is not None:
        return decided
    waiting = await _waiting(services, repository, number)
    return waiting[0].fix_id if len(waiting) == 1 else _which(waiting)


async def _waiting(services: Services, repository: Repository, number: int) -> list[FixRow]:
    async with services.database.connection() as connection:
        newest = await analyses.newest_of_conversation(connection, repository.repository_id, number)
        if newest is None:
            return []
        return list(await fixes.open_fixes(connection, repository.repository_id, newest.head_sha))


def _which(waiting: list[FixRow]) -> str:
    if not waiting:
        return "No fix is waiting for a decision on this pull request."
    names = ", ".join(f"F{fix.fix_id} ({fix.summary})" for fix in waiting)
    return f"Several fixes are waiting: {names}. Name one, as in `/approve F{waiting[0].fix_id}`."


async def _retry(
    services: Services, installation: Installation, repository: Repository, number: int, hint: str, login: str
) -> str | None:
    if not (await installation.role(login)).can_write:
        return "To have the logs read again takes write access to this repository."
    async with services.database.transaction() as connection:
        newest = await analyses.newest_of_conversation(connection, repository.repository_id, number)
        if newest is None:
            return "No failed run of this pull request is known."
        again = jobs.diagnose(
            repository.repository_id, newest.run_id, newest.run_attempt, again=True, hint=hint or None
        )
        await defer(connection, [again])
    return None


async def _reply(installation: Installation, number: int, ref: str, text: str) -> CommentId:
    """Answer once: a reply that is there already is found by its marker."""
    marker = f"<!-- ci-fixer:reply {ref} -->"
    found = await installation.find_comment(number, marker)
    return found.comment_id if found else await installation.create_comment(number, f"{marker}\n{text}")
