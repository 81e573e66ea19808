"""Recipes for findings that a tool placed: each is mended where the tool saw it, or left alone.

What a recipe of this kind adds is two functions: which findings are its own, and which characters of the file give way
for them. A finding that the file does not bear out gives no cut and is not settled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut, spliced
from analysis.recipes.stretches import in_repository


@dataclass(frozen=True, slots=True)
class Mended:
    """Cuts in one file, and the findings that they answer."""

    cuts: tuple[Cut, ...]
    settled: frozenset[Location]


Mend = Callable[[Page, Sequence[Location]], Mended]


@dataclass(frozen=True, slots=True)
class Located:
    """A recipe by the two functions it is made of. `does` opens the summary, `because` is the explanation.

    `confidence` is the prior that the model's docstring speaks of; each recipe says why it has its own.
    `doubts`: findings that make all of the recipe's in the same file uncertain, as a misspelt name does where the name
    it should have been is called unused.
    """

    name: str
    does: str
    because: str
    confidence: float
    fits: Callable[[Location], bool]
    mend: Mend
    doubts: Callable[[Location], bool] | None = None

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which the tool found something that this recipe knows."""
        return frozenset(path for path, _ in self._found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Mend every finding that the file bears out."""
        edits: list[Edit] = []
        settled: set[Location] = set()
        done: list[str] = []
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            mended = self.mend(Page.of(path, text), [place for where, place in self._found(diagnosis) if where == path])
            after = spliced(text, mended.cuts)
            if after != text:
                edits += edits_between(path, text, after)
                settled |= mended.settled
                done.append(path)
        if not edits:
            return None
        where = f"`{done[0]}`" if len(done) == 1 else f"{len(done)} files"
        return Proposal(
            recipe=self.name,
            summary=f"{self.does} in {where}",
            explanation=self.because,
            edits=tuple(edits),
            confidence=self.confidence,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if place in settled),
        )

    def _found(self, diagnosis: Diagnosis) -> list[tuple[str, Location]]:
        doubts = self.doubts
        doubtful = {place.path for place in diagnosis.locations if doubts is not None and doubts(place)}
        fitting = [place for place in diagnosis.locations if self.fits(place) and place.path not in doubtful]
        named = [(in_repository(place.path), place) for place in fitting]
        return [(path, place) for path, place in named if path is not None]


def one_by_one(cuts_of: Callable[[Page, Location], Sequence[Cut]]) -> Mend:
    """Mend each finding by itself; of two whose cuts overlap, only the first counts."""

    def mend(page: Page, found: Sequence[Location]) -> Mended:
        taken: list[Cut] = []
        settled: set[Location] = set()
        for place in found:
            cuts = cuts_of(page, place)
            if cuts and all(_agrees(cut, taken) for cut in cuts):
                taken += [cut for cut in cuts if cut not in taken]
                settled.add(place)
        return Mended(tuple(taken), frozenset(settled))

    return mend


def rule_of(place: Location) -> str:
    """Give a rule's own name, without the plugin that brings it (`@stylistic/semi` is `semi`)."""
    return (place.rule or "").rpartition("/")[2]


def _agrees(cut: Cut, taken: Sequence[Cut]) -> bool:
    return all(cut == other or cut.end <= other.start or other.end <= cut.start for other in taken)
