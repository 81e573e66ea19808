"""The handler of each command, by its name."""

from collections.abc import Awaitable, Callable, Mapping

from github_app.commands import NOT_THEIR_AUTHOR, TOO_MANY, UNKNOWN
from handlers.commands.decide import approve, reject
from handlers.commands.explain import explain
from handlers.commands.given import Answered, Given
from handlers.commands.ignore import ignore
from handlers.commands.others import answer, undo
from handlers.commands.rerun import rerun
from handlers.commands.retry import retry
from handlers.commands.telling import not_their_author, tell, too_many, unknown

HANDLERS: Mapping[str, Callable[[Given], Awaitable[Answered]]] = {
    "approve": approve,
    "reject": reject,
    "retry": retry,
    "answer": answer,
    "explain": explain,
    "rerun": rerun,
    "undo": undo,
    "ignore": ignore,
    "help": tell,
    UNKNOWN: unknown,
    TOO_MANY: too_many,
    NOT_THEIR_AUTHOR: not_their_author,
}
SPEAKING = frozenset({"help", UNKNOWN, TOO_MANY, NOT_THEIR_AUTHOR})
"""What answers on a pull request of which the App has nothing to say yet."""
