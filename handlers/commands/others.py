"""`/answer` and `/undo`: commands whose use case other surfaces share."""

from handlers.commands.given import Answered, Given, refused
from handlers.tasks.answering import answer as answer_question
from handlers.tasks.undo import undo as undo_fix


async def answer(given: Given) -> Answered:
    """A person's words for a question of the agent."""
    login = given.user.login
    said = await answer_question(given.services, given.installation, given.repository, given.number, given.text, login)
    return refused(said)


async def undo(given: Given) -> Answered:
    """Revert the commit that the App made."""
    said = await undo_fix(
        given.services, given.installation, given.repository, given.number, given.fix_id, given.user, given.ref
    )
    return refused(said)
