"""Words where there is nothing to commit: what a person runs, asked or told from what the log says.

What stands here goes into a report as it is, so nothing of a log enters it but what `plain_path` or a pattern as narrow
lets through.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.diagnosis import Diagnosis
from analysis.recipes.stretches import in_repository, stretches

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*")
# A path longer than this is no script of a project.
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence or two for people, in Markdown, with the commands they may run; `recipe` is who says so."""

    recipe: str
    text: str


class Adviser(Protocol):
    """A rule like a recipe that has no edits to give."""

    @property
    def name(self) -> str:
        """Its name, lower case with hyphens."""
        ...

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Say what to do; None where the log does not say it for certain."""
        ...


def advise(advisers: Sequence[Adviser], diagnoses: Sequence[Diagnosis]) -> tuple[Advice, ...]:
    """Gather what the advisers say of the failed jobs of one run, each sentence once."""
    said = [
        Advice(adviser.name, text)
        for adviser in advisers
        for diagnosis in diagnoses
        if (text := adviser.advise(diagnosis)) is not None
    ]
    return tuple(dict.fromkeys(said))


def lines_of(diagnosis: Diagnosis) -> Iterator[str]:
    """Give the lines of the evidence in order."""
    for stretch in stretches(diagnosis):
        yield from stretch.lines


def plain_path(written: str) -> str | None:
    """Give a path of the repository that may be shown in a command: letters, digits, `_.-/`, and no `..`."""
    path = in_repository(written) or ""
    plain = _PLAIN.fullmatch(path) is not None and len(path) <= _LONGEST_PATH
    return path if plain and ".." not in path.split("/") else None
