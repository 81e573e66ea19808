"""What a recipe is: a pure rule from a diagnosis and the files it names to the edits that mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile


@dataclass(frozen=True, slots=True)
class Proposal:
    """The edits of one recipe for one diagnosis.

    `confidence` is the recipe's stated prior, 0 to 1; it is not calibrated on outcomes and is not shown as if it were.
    `settles` are the indexes of the diagnosis's locations that the edits answer.
    """

    recipe: str
    summary: str
    explanation: str
    edits: tuple[Edit, ...]
    confidence: float
    settles: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CombinedProposal:
    """One set of edits for all the failed jobs of a run that recipes can mend.

    `covers` are the indexes of the diagnoses all of whose errors the edits answer.
    """

    recipes: tuple[str, ...]
    summary: str
    explanation: str
    edits: tuple[Edit, ...]
    confidence: float
    covers: tuple[int, ...]


class Recipe(Protocol):
    """A rule of one file. It never runs a tool, and proposes nothing where it is not sure."""

    @property
    def name(self) -> str:
        """Its name in `recipe:NAME`, lower case with hyphens."""
        ...

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the repository paths it must read to answer this diagnosis; none if it has no answer."""
        ...

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Give the edits for the files at hand. A wanted file that is missing is no error."""
        ...
