"""`command`: one command of a comment, from its receipt to its outcome, answered where it was given.

Eyes on receipt, a rocket when it is done, confusion and a reply when it is refused. What each command does stands in
`handlers.commands`.
"""

from datetime import UTC, datetime, timedelta

from github_app.client import REPORT, Installation
from github_app.errors import NotFound
from github_app.model import CommentId, Reaction, Repository, User, UserId
from handlers.commands.given import Answered, Given, spoken_of
from handlers.commands.registry import HANDLERS, SPEAKING
from handlers.services import Services, repository_of
from handlers.tasks.configuration import config_of
from storage import commands

_MOST_REPLIES = 20
"""To one person in a repository within an hour; what is beyond gets its reaction alone. Anybody can comment, and GitHub
lets the App write 500 times an hour (github-facts 12)."""
_NOTHING_HERE = "No failure of this pull request is known: there is nothing yet that this could be about."


async def command(
    services: Services,
    repository_id: int,
    number: int,
    on_pull_request: bool,
    comment_id: int,
    ordinal: int,
    act: str,
    name: str,
    prefixed: bool,
    fix_id: int | None,
    text: str,
    user_id: int,
    login: str,
) -> None:
    """Task: one command of a comment. Twice is once: a receipt with an outcome ends it."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        receipt = await commands.receipt(connection, repository_id, comment_id, act)
    if receipt is not None and receipt.outcome is not None:
        return
    async with services.github.installation(repository, REPORT) as installation:
        if not await _is_ours(services, installation, repository, prefixed=prefixed):
            return
        user = User(UserId(user_id), login, is_bot=False)
        ref = f"{comment_id}/{act}"
        given = Given(
            services,
            installation,
            repository,
            number,
            on_pull_request,
            comment_id,
            ordinal,
            act,
            fix_id,
            text,
            user,
            ref,
        )
        spoken = await spoken_of(given)
        if spoken is None and not on_pull_request:
            # Somebody else's issue: whoever uses such words there does not speak to the App.
            return
        async with services.database.connection() as connection:
            await commands.claim(connection, repository_id, comment_id, act, name, login, number)
        await _run(given, name, known=spoken is not None)


async def _is_ours(services: Services, installation: Installation, repository: Repository, *, prefixed: bool) -> bool:
    """Plain commands may be another bot's, where the repository's file says so."""
    return prefixed or not (await config_of(services, installation, repository)).config.prefix_only


async def _run(given: Given, name: str, *, known: bool) -> None:
    comment_id = CommentId(given.comment_id)
    try:
        await given.installation.react(comment_id, Reaction.EYES)
    except NotFound:
        # Its author took it back before it ran.
        await _finish(given, "withdrawn", None)
        return
    answered = Answered(False, _NOTHING_HERE)
    if known or name in SPEAKING:
        answered = await HANDLERS[name](given)
    await given.installation.react(comment_id, Reaction.ROCKET if answered.done else Reaction.CONFUSED)
    replied = None
    if answered.text is not None and await _may_reply(given):
        replied = await _reply(given, answered.text)
    await _finish(given, "done" if answered.done else "refused", replied)


async def _may_reply(given: Given) -> bool:
    since = datetime.now(UTC) - timedelta(hours=1)
    async with given.services.database.connection() as connection:
        told = await commands.replies_to(connection, given.repository.repository_id, given.user.login, since)
    return told < _MOST_REPLIES


async def _reply(given: Given, text: str) -> CommentId:
    """Answer once: a reply that is there already is found by its marker."""
    marker = f"<!-- ci-fixer:reply {given.ref} -->"
    found = await given.installation.find_comment(given.number, marker)
    return found.comment_id if found else await given.installation.create_comment(given.number, f"{marker}\n{text}")


async def _finish(given: Given, outcome: str, replied: CommentId | None) -> None:
    async with given.services.database.connection() as connection:
        await commands.finish(connection, given.repository.repository_id, given.comment_id, given.act, outcome, replied)
