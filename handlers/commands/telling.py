"""`/fixer help`, and the replies to what is no command."""

from github_app.commands import MOST_COMMANDS, nearest, table
from github_app.markdown import code
from handlers.commands.given import Answered, Given
from handlers.tasks.configuration import config_of


async def tell(given: Given) -> Answered:
    """The commands, and who may use them."""
    config = (await config_of(given.services, given.installation, given.repository)).config
    also = "Each can also be written `/fixer <command>`."
    if config.prefix_only:
        also = "In this repository each is written `/fixer <command>`, and in no other way."
    return Answered(True, f"{table()}\n\n{also}")


async def unknown(given: Given) -> Answered:
    """There is no such command; the one that is most like it is named."""
    name = nearest(given.text)
    meant = "`/fixer help` lists the commands." if name is None else f"Did you mean `/fixer {name}`?"
    return Answered(False, f"There is no command {code(given.text)}. {meant}")


async def too_many(given: Given) -> Answered:
    """The comment gave more commands than are run."""
    return Answered(
        False, f"A comment runs {MOST_COMMANDS} commands at most: {given.text} more were left out. Write another one."
    )


async def not_their_author(given: Given) -> Answered:
    """Somebody changed another's comment: it is not run in the name of either."""
    return Answered(False, "Commands run only when the author of a comment writes them; write one of your own.")
