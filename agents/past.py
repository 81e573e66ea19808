"""What people made of earlier fixes of such failures, as a model is told: quoted, scrubbed and capped."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agents.fences import fenced
from agents.sources import shown

MOST_PAST = 5
"""Earlier fixes quoted: the newest ones. Who rejected more of one kind than that has said it by then."""
CHARACTERS_PAST = 4_000
"""Of all that is quoted: a thousand tokens. They are taken from the evidence's room, which a fix is made from."""
_WORDS = 500
"""Characters of a person's words: a sentence or some; a long discussion is none to judge by."""
_CHANGE = 1_500
"""Characters of one change: the lines around its beginning tell which it was."""


class Said(StrEnum):
    """What became of an earlier fix."""

    WRONG = "rejected as wrong"
    UNWANTED = "rejected as not wanted so"
    REJECTED = "rejected"
    EDITED = "not taken as proposed: a person changed it"
    REPLACED = "not taken: a person pushed a commit of their own that changes the same files"


@dataclass(frozen=True, slots=True)
class PastFix:
    """An earlier fix: its change as a diff, what was said, in whose words; `made_of_it` is what a person made of it.

    `same` where it was for the same failure, not only for one like it. All of it is by people with write access.
    """

    name: str
    said: Said
    words: str
    change: str
    made_of_it: str = ""
    same: bool = True


def told(past: Sequence[PastFix]) -> list[str]:
    """The section of a prompt; nothing where nothing is known."""
    parts: list[str] = []
    room = CHARACTERS_PAST
    for one in past[:MOST_PAST]:
        text = _told(one)
        room -= len(text)
        if room < 0:
            break
        parts.append(text)
    if not parts:
        return []
    return ["## What people with write access made of earlier fixes here", *parts]


def _told(one: PastFix) -> str:
    of = "the same failure" if one.same else "a failure like this one"
    quoted = [f"{one.name}, proposed for {of}: {one.said.value}."]
    if one.words.strip():
        quoted.append(f"Their words: {_cut(one.words, _WORDS)}")
    quoted.append(f"The change that was proposed:\n{_cut(one.change, _CHANGE)}")
    if one.made_of_it:
        quoted.append(f"What the person made of it, against what was proposed:\n{_cut(one.made_of_it, _CHANGE)}")
    return fenced("\n".join(quoted), "feedback")


def _cut(text: str, most: int) -> str:
    clean = shown(text.strip("\n"))
    return clean if len(clean) <= most else f"{clean[:most]}\n[cut]"
