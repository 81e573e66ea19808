"""Commands as people give them: in comments and in edits of them, heard, answered and refused, over real HTTP."""

from github_app.commands import COMMANDS, NOT_THEIR_AUTHOR, TOO_MANY, UNKNOWN
from handlers.commands.registry import HANDLERS


def test_every_command_has_a_handler() -> None:
    assert set(HANDLERS) == {spec.name for spec in COMMANDS} | {UNKNOWN, TOO_MANY, NOT_THEIR_AUTHOR}
