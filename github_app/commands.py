"""Comment text -> commands, and the one list of the commands there are: pure.

A command is the first word of a line that its writer says (`spoken`): `/approve F12 looks right`, or
`/fixer approve F12 looks right`. The parser, `/fixer help` and the README's table are made from `COMMANDS`.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches

from github_app.spoken import spoken

MOST_COMMANDS = 10
"""Commands of one comment: enough for anybody, and no comment can fill the queue."""
MOST_TEXT = 2_000
"""Characters of a command's text: it is stored and shown again."""
UNKNOWN = "unknown"
"""The name of a `/fixer` command that there is not; its text is the word that was given."""
TOO_MANY = "too many"
"""The name of what stands for all commands of a comment beyond the tenth; its text is their number."""
NOT_THEIR_AUTHOR = "not their author"
"""The name of what stands for all commands that somebody wrote into another's comment."""

_POSSIBLE = re.compile(r"(?:^|[\r\n])[^\S\r\n]*/[a-z]")
_PREFIXED = re.compile(r"/fixer(?:\s+(\S+)(?:\s+(.*))?)?", re.DOTALL)
_PLAIN = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)
_FIX = re.compile(r"[Ff]?(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command with what a person must know of it; none can be registered without."""

    name: str
    usage: str
    example: str
    who: str
    what: str

    @property
    def takes_fix(self) -> bool:
        """Whether its first word may name a fix."""
        return "[fix]" in self.usage


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was given. `ordinal` counts those of one comment from 0; `fix_id` is the fix it names.

    `act` names it within its comment by its words and how often they stood before, whatever its line: an edited
    comment's commands keep theirs. `prefixed` where it was written `/fixer …`.
    """

    name: str
    fix_id: int | None
    text: str
    ordinal: int
    prefixed: bool
    act: str


COMMANDS = (
    CommandSpec(
        "approve",
        "/approve [fix] [comment]",
        "/approve F12 looks right",
        "write access",
        "commit the fix that is shown",
    ),
    CommandSpec(
        "reject",
        "/reject [fix] reason",
        "/reject F12 wrong: a plugin uses it",
        "write access",
        "close the fix; say why, best with `wrong`, `unwanted` or `elsewhere` first",
    ),
    CommandSpec(
        "retry",
        "/retry [hint]",
        "/retry the schema changed",
        "write access, or the author once a commit",
        "read the logs again; the hint goes to the model",
    ),
    CommandSpec(
        "explain",
        "/explain",
        "/explain",
        "anyone who can comment, three times an hour",
        "the full diagnosis, the evidence and the plan",
    ),
    CommandSpec(
        "answer", "/answer [id] text", "/answer yes, drop Python 3.9", "write access", "answer a question of the model"
    ),
    CommandSpec(
        "rerun",
        "/rerun",
        "/rerun",
        "write access",
        "re-run the failed jobs, where flaky or the infrastructure's; takes the optional `actions: write`",
    ),
    CommandSpec("undo", "/undo [fix]", "/undo F12", "write access", "revert the commit that the App made"),
    CommandSpec(
        "ignore",
        "/ignore [days]",
        "/ignore 14",
        "write access",
        "be quiet about these failures in this repository, for 30 days or as many as are named; 0 ends it",
    ),
    CommandSpec("help", "/fixer help", "/fixer help", "anyone", "this list"),
)
_BY_NAME = {spec.name: spec for spec in COMMANDS}


def parse_commands(text: str) -> tuple[Command, ...]:
    """The commands of a comment, in order: ten, and `TOO_MANY` after them where there are more.

    A plain word that names none is somebody else's.
    """
    if not _POSSIBLE.search(text):
        return ()
    found: list[Command] = []
    seen: Counter[str] = Counter()
    over = 0
    for line in spoken(text):
        read = _read(line)
        if read is None:
            continue
        if len(found) == MOST_COMMANDS:
            over += 1
            continue
        found.append(_command(*read, ordinal=len(found), seen=seen))
    if over:
        found.append(Command(TOO_MANY, None, str(over), MOST_COMMANDS, any(one.prefixed for one in found), TOO_MANY))
    return tuple(found)


def added(text: str, before: str | None) -> tuple[Command, ...]:
    """The commands of a comment that were not in it before it was edited; all of them where that is not known."""
    known = {(one.act, one.prefixed) for one in parse_commands(before or "")}
    return tuple(one for one in parse_commands(text) if (one.act, one.prefixed) not in known)


def table() -> str:
    """The commands as a table: what to type, who may, and what it does."""
    rows = "\n".join(f"| `{one.usage}` | {one.who} | {one.what} | `{one.example}` |" for one in COMMANDS)
    return f"| command | who | what | for example |\n|---|---|---|---|\n{rows}"


def nearest(word: str) -> str | None:
    """The command whose name is most like `word`; None where none is like it."""
    return next(iter(get_close_matches(word.lower()[:50], _BY_NAME, n=1, cutoff=0.4)), None)


def _read(line: str) -> tuple[str, str, bool] | None:
    """A line's command by name, the text behind it, and whether it is prefixed."""
    prefixed = _PREFIXED.fullmatch(line)
    if prefixed is not None:
        word = prefixed[1] or "help"
        return (word, prefixed[2] or "", True) if word in _BY_NAME else (UNKNOWN, word[:50], True)
    plain = _PLAIN.fullmatch(line)
    # `/help` alone belongs to too many other bots.
    if plain is None or plain[1] not in _BY_NAME or plain[1] == "help":
        return None
    return plain[1], plain[2] or "", False


def _command(name: str, text: str, prefixed: bool, *, ordinal: int, seen: Counter[str]) -> Command:
    words = text.split()
    spec = _BY_NAME.get(name)
    named = _FIX.fullmatch(words[0]) if words and spec is not None and spec.takes_fix else None
    fix_id = int(named[1]) if named else None
    rest = text.split(maxsplit=1)[1:] if named else [text]
    normal = f"{name} {fix_id} {' '.join(words[1:] if named else words)}"
    seen[normal] += 1
    act = f"{hashlib.sha256(normal.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.{seen[normal]}"
    return Command(name, fix_id, "".join(rest).strip()[:MOST_TEXT], ordinal, prefixed, act)
