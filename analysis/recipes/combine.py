"""All recipes over all failed jobs of a run: their edits as one set, each recipe seeing what the last one left."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from analysis.diagnosis import Diagnosis, Level, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, apply_edits, edits_between, split_lines, text_of
from analysis.patch.lines import changed_regions
from analysis.patch.text import decode
from analysis.recipes.model import CombinedProposal, Proposal, Recipe

# Each path becomes a request to GitHub. A log that blames more files than this is not mended by a small fix.
_MAX_PATHS = 100
_MAX_PATH = 1024
# What people are told of the rest: beyond this, the number says more than the list.
_MAX_LEFT = 10


def wanted_by(recipes: Sequence[Recipe], diagnoses: Sequence[Diagnosis]) -> frozenset[str]:
    """Name the repository paths to read; at most 100, the first in order of name."""
    paths = {path for recipe in recipes for diagnosis in diagnoses for path in recipe.wants(diagnosis)}
    return frozenset(sorted(filter(_plain, paths))[:_MAX_PATHS])


def combine(
    recipes: Sequence[Recipe], diagnoses: Sequence[Diagnosis], files: Mapping[str, SourceFile]
) -> CombinedProposal | None:
    """Apply every recipe's proposal for every diagnosis in turn; None if no recipe proposes anything.

    A proposal that does not apply to what earlier ones left is dropped, and its diagnosis is not covered by it.
    """
    work = _Work(files, dict(files))
    for recipe in recipes:
        for at, diagnosis in enumerate(diagnoses):
            work.consider(at, diagnosis, recipe)
    if not work.used:
        return None
    edits = work.edits()
    return _combined(work, diagnoses, edits) if edits else None


def _plain(path: str) -> bool:
    """Whether a path that a log names can be one of the repository's."""
    return len(path) <= _MAX_PATH and path.isprintable() and not {"", ".", ".."} & set(path.split("/"))


@dataclass(slots=True)
class _Work:
    original: Mapping[str, SourceFile]
    current: dict[str, SourceFile]
    used: list[Proposal] = field(default_factory=list)
    done: set[Edit] = field(default_factory=set)
    settled: dict[int, set[int]] = field(default_factory=dict)

    def consider(self, at: int, diagnosis: Diagnosis, recipe: Recipe) -> None:
        """Take the recipe's proposal for one diagnosis in, if it still applies."""
        alone = recipe.propose(diagnosis, self.original)
        if alone is None:
            return
        # Another shard of the same job: what it asks for is done already.
        if not self.done.issuperset(alone.edits) and not self._take(
            recipe.propose(self._moved(diagnosis), self.current)
        ):
            return
        self.done.update(alone.edits)
        self.settled.setdefault(at, set()).update(alone.settles)

    def edits(self) -> tuple[Edit, ...]:
        """Give the edits from the files as they were to the files as they are now."""
        changed = [path for path in sorted(self.current) if self.current[path] != self.original.get(path)]
        return tuple(edit for path in changed for edit in self._edits(path))

    def _take(self, proposal: Proposal | None) -> bool:
        if proposal is None:
            return False
        try:
            patch = apply_edits(self.current, proposal.edits)
        except PatchError:
            return False
        for patched in patch.files:
            known = self.current.get(patched.path) or SourceFile(patched.path, b"", "")
            self.current[patched.path] = replace(known, content=patched.after)
        self.used.append(proposal)
        return True

    def _edits(self, path: str) -> tuple[Edit, ...]:
        before, now = self.original.get(path), decode(self.current[path].content)
        if before is None:
            return edits_between(path, "", now.text)
        # Where the ends of lines were mixed and are no longer, both texts must show them.
        mixed = now.crlf and not decode(before.content).crlf
        return edits_between(path, text_of(before), now.text.replace("\n", "\r\n") if mixed else now.text)

    def _moved(self, diagnosis: Diagnosis) -> Diagnosis:
        """Say where the diagnosis's lines stand now that earlier recipes have moved them."""
        return replace(diagnosis, locations=tuple(self._moved_location(location) for location in diagnosis.locations))

    def _moved_location(self, location: Location) -> Location:
        before, now = self.original.get(location.path), self.current.get(location.path)
        if before is None or now is None or before is now or location.line is None:
            return location
        line, column = _moved_place(text_of(before), text_of(now), location.line, location.column)
        return replace(location, line=line, column=column)


def _moved_place(before: str, now: str, line: int, column: int | None) -> tuple[int | None, int | None]:
    """Where a line stands now; its column only where the text up to there is what it was."""
    old, new = split_lines(before), split_lines(now)
    regions = changed_regions(old, new)
    at = bisect.bisect_right(regions, line - 1, key=lambda region: region.start) - 1
    if at < 0:
        return line, column
    region = regions[at]
    if line - 1 >= region.end:
        return line - region.end + region.new_end, column
    if region.end - region.start != region.new_end - region.new_start:
        return None, column
    moved = region.new_start + line - 1 - region.start
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old[line - 1], new[moved], strict=False)))
    return moved + 1, column if column is not None and column <= same else None


def _combined(work: _Work, diagnoses: Sequence[Diagnosis], edits: tuple[Edit, ...]) -> CombinedProposal:
    left = {
        at: [where for number, where in enumerate(diagnoses[at].locations) if _open(where) and number not in settled]
        for at, settled in work.settled.items()
    }
    sentences = dict.fromkeys(_sentence(where) for open_ in left.values() for where in open_)
    return CombinedProposal(
        recipes=tuple(dict.fromkeys(proposal.recipe for proposal in work.used)),
        summary="; ".join(dict.fromkeys(proposal.summary for proposal in work.used)),
        explanation="\n".join(dict.fromkeys(proposal.explanation for proposal in work.used)),
        edits=edits,
        confidence=min(proposal.confidence for proposal in work.used),
        covers=tuple(at for at in sorted(left) if not left[at]),
        partly=tuple(at for at in sorted(left) if left[at]),
        left=tuple(sentences)[:_MAX_LEFT],
    )


def _open(location: Location) -> bool:
    return location.level is Level.ERROR


def _sentence(location: Location) -> str:
    place = location.path if location.line is None else f"{location.path}:{location.line}"
    return f"{place}: {location.rule + ' ' if location.rule else ''}{location.message}"[:300]
