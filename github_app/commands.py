"""Comment text -> commands: pure, and deaf to code, quotes and HTML, where people show commands without giving them.

A command is the first word of a line: `/approve F12 looks right`, or `/fixer approve F12 looks right`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_COMMANDS = 10
"""Commands of one comment: enough for anybody, and no comment can fill the queue."""
MOST_TEXT = 2_000
"""Characters of a command's text: it is stored and shown again."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COMMAND = re.compile(r"/(fixer[ \t]+)?([a-z]+)(?:[ \t]+(.*))?")
_FIX = re.compile(r"[Ff]?(\d{1,18})")
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command with what a person must know of it; none can be registered without."""

    name: str
    takes_fix: bool
    usage: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was given. `ordinal` counts those of one comment from 0; `fix_id` is the fix it names."""

    name: str
    fix_id: int | None
    text: str
    ordinal: int


COMMANDS = (
    CommandSpec("approve", True, "/approve [fix] [comment]", "write access", "commit the fix that is shown"),
    CommandSpec("reject", True, "/reject [fix] reason", "write access", "close the fix; say why"),
    CommandSpec("retry", False, "/retry [hint]", "write access", "read the logs again; the hint goes to the model"),
    CommandSpec("answer", False, "/answer [id] text", "write access", "answer a question of the model"),
    CommandSpec("help", False, "/fixer help", "anyone", "this list"),
)
_BY_NAME = {spec.name: spec for spec in COMMANDS}


def parse_commands(text: str) -> tuple[Command, ...]:
    """The commands of a comment, in order; at most ten. A word that names none is somebody else's."""
    found: list[Command] = []
    for line in _spoken(text):
        match = _COMMAND.fullmatch(line.strip())
        spec = _BY_NAME.get(match[2]) if match else None
        # `/help` alone belongs to too many other bots.
        if match is None or spec is None or (spec.name == "help" and not match[1]):
            continue
        found.append(_command(spec, (match[3] or "").strip(), len(found)))
        if len(found) == MOST_COMMANDS:
            break
    return tuple(found)


def help_text() -> str:
    """The commands as a table, for the reply to `/fixer help`."""
    rows = "\n".join(f"| `{spec.usage}` | {spec.who} | {spec.what} |" for spec in COMMANDS)
    return f"| command | who | what |\n|---|---|---|\n{rows}\n\nEach can also be written `/fixer <command>`."


def _command(spec: CommandSpec, text: str, ordinal: int) -> Command:
    first, _, rest = text.partition(" ")
    named = _FIX.fullmatch(first) if spec.takes_fix else None
    if named is None:
        return Command(spec.name, None, text[:MOST_TEXT], ordinal)
    return Command(spec.name, int(named[1]), rest.strip()[:MOST_TEXT], ordinal)


def _spoken(text: str) -> Iterable[str]:
    """The lines that are the writer's own words."""
    fence: str | None = None
    for line in _HTML_COMMENT.sub("", text).splitlines():
        mark = _FENCE.match(line)
        if fence is not None:
            # A fence is closed by its own kind, at least as long, with nothing behind it.
            if mark and mark[1].startswith(fence) and not line.strip(" `~\t"):
                fence = None
            continue
        if mark:
            fence = mark[1]
        elif not line.startswith(("    ", "\t")) and not line.lstrip().startswith((">", "<")):
            yield line
