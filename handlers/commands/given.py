"""What every command's handler is given, and what it answers."""

from dataclasses import dataclass

from github_app.client import Installation
from github_app.model import Repository, User
from handlers.services import Services
from storage import analyses
from storage.analyses import AnalysisRow


@dataclass(frozen=True, slots=True)
class Given:
    """A command as it was given, and where. `ref` names this one act of this one comment, on every surface.

    `number` is the pull request's or the issue's; `act` tells the command from the comment's others, and `ordinal` is
    its place among them.
    """

    services: Services
    installation: Installation
    repository: Repository
    number: int
    on_pull_request: bool
    comment_id: int
    ordinal: int
    act: str
    fix_id: int | None
    text: str
    user: User
    ref: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a command: done or refused, and the reply, if there is one."""

    done: bool
    text: str | None = None


def refused(text: str | None) -> Answered:
    """The answer of a use case that gives a refusal, or None where it did what was asked."""
    return Answered(text is None, text)


async def lacks_write(given: Given, what: str) -> Answered | None:
    """The refusal of `what` for somebody without write access, as of this moment; None for others."""
    role = await given.installation.role(given.user.login)
    if role.can_write:
        return None
    return Answered(False, f"To {what} takes write access to this repository; you have {role.value}.")


async def spoken_of(given: Given) -> AnalysisRow | None:
    """The analysis that the conversation speaks of."""
    async with given.services.database.connection() as connection:
        return await analyses.newest_of_conversation(connection, given.repository.repository_id, given.number)


async def shown_here(given: Given) -> tuple[AnalysisRow, ...]:
    """What the conversation shows: each run of a pull request's head as of its newest attempt, or an issue's own."""
    newest = await spoken_of(given)
    if newest is None or not given.on_pull_request:
        return () if newest is None else (newest,)
    async with given.services.database.connection() as connection:
        rows = await analyses.analyses_of_head(connection, newest.repository_id, newest.head_sha)
    return tuple({row.run_id: row for row in rows}.values())
