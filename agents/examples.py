"""Fixes of like failures, as a model is told of them: fenced, scrubbed and capped, each with what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agents.fences import fenced, longest_run
from agents.sources import shown

EXAMPLES_CHARACTERS = 6_000
"""Of all together, beside the evidence: 1,500 tokens are three diffs of some forty lines. A longer one shows how it
begins; more would be paid for in each request of a run, and no line of them is a reason for anything."""
MOST_EXAMPLES = 3
"""What is found behind the third is rarely the same mistake (`make bench-similar`)."""
_WORDS = 300
"""Characters of a name, a message or a summary."""
_FENCE = 40
"""Characters of a fence without the backticks that a text asks for, and of the lines around it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A fix of the same failure or of a like one, by its name, such as `F12 in octo/shop`.

    `verified` where CI was green on it; else a person approved it. `failure` is what it was for.
    """

    name: str
    same: bool
    verified: bool
    failure: str
    summary: str
    diff: str


def told(examples: Sequence[Example]) -> list[str]:
    """The section of a prompt; nothing where there are none. What is short leaves its room to the rest."""
    examples = examples[:MOST_EXAMPLES]
    parts = ["## Fixes of like failures"] if examples else []
    room = EXAMPLES_CHARACTERS - sum(map(len, parts))
    for left, example in zip(range(len(examples), 0, -1), examples, strict=True):
        text = shown(_told(example))
        text = text[: max(0, room // left - 2 * longest_run(text) - _FENCE)]
        parts.append(fenced(text, "example"))
        room -= len(parts[-1]) + 2
    return parts


def _told(example: Example) -> str:
    how = "the same failure" if example.same else "a like failure"
    became = "CI was green on it" if example.verified else "a person approved it, and CI has not spoken yet"
    # On one line each, whatever they hold.
    facts = {"failure": example.failure[:_WORDS], "change": example.summary[:_WORDS]}
    said = json.dumps(facts, ensure_ascii=False, indent=0)
    return f"{example.name[:_WORDS]}, for {how}; {became}.\n{said}\n{example.diff}"
