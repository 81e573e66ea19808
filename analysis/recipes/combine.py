"""All recipes over all failed jobs of a run: their edits as one set, each recipe seeing what the last one left."""

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from analysis.diagnosis import Category, Diagnosis, Level, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, apply_edits, edits_between, split_lines, text_of
from analysis.patch.lines import changed_regions
from analysis.patch.text import decode
from analysis.recipes.model import CombinedProposal, Proposal, Recipe

# A compiler's second complaint about a line mostly follows from the first; two findings of a linter do not.
_ONE_CAUSE_A_LINE = frozenset({Category.COMPILE, Category.TYPE_CHECK})
_GRAVITY = {Level.NOTE: 0, Level.WARNING: 1, Level.ERROR: 2}
_UNUSED = re.compile(r"['`\"](?P<name>[\w$]{1,200})['`\"].{0,80}\b(?:never (?:read|used)|unused|not used)\b")
# Each path becomes a request to GitHub. A log that blames more files than this is not mended by a small fix.
_MAX_PATHS = 100
_MAX_PATH = 1024


def wanted_by(recipes: Sequence[Recipe], diagnoses: Sequence[Diagnosis]) -> frozenset[str]:
    """Name the repository paths to read; at most 100, the first in order of name."""
    paths = {path for recipe in recipes for diagnosis in diagnoses for path in recipe.wants(diagnosis)}
    return frozenset(sorted(filter(_plain, paths))[:_MAX_PATHS])


def combine(
    recipes: Sequence[Recipe], diagnoses: Sequence[Diagnosis], files: Mapping[str, SourceFile]
) -> CombinedProposal | None:
    """Apply every recipe's proposal for every diagnosis in turn; None if no recipe proposes anything.

    A proposal that does not apply to what earlier ones left is dropped, and its diagnosis is not covered by it. A job
    that would fail all the same, for errors that nothing answers, gets no edit: an approval would be spent in vain.
    """
    work = _Work(files, dict(files))
    for recipe in recipes:
        for at, diagnosis in enumerate(diagnoses):
            work.consider(at, diagnosis, recipe)
    edits = work.edits()
    whole = [at for at in sorted(work.settled) if not _left(diagnoses[at], work.settled[at], edits)]
    if len(whole) < len(work.settled):
        found = combine(recipes, [diagnoses[at] for at in whole], files)
        return None if found is None else replace(found, covers=tuple(whole[at] for at in found.covers))
    return _combined(work, edits) if edits else None


def _left(diagnosis: Diagnosis, settled: set[int], edits: Sequence[Edit]) -> bool:
    """Whether an error stays that nothing answers: the job would fail again."""
    answered = {(diagnosis.locations[at].path, diagnosis.locations[at].line) for at in settled}
    # Where a tool was asked to fail on less than errors, such as shellcheck on notes, they count as errors do.
    grave = max((_GRAVITY[diagnosis.locations[at].level] for at in settled), default=_GRAVITY[Level.ERROR])
    return any(
        _GRAVITY[location.level] >= grave
        and at not in settled
        and not (diagnosis.category in _ONE_CAUSE_A_LINE and (location.path, location.line) in answered)
        and not _is_used_now(location, edits)
        for at, location in enumerate(diagnosis.locations)
    )


def _is_used_now(location: Location, edits: Sequence[Edit]) -> bool:
    """Whether it is about an unused name that the edits use: it was unused because it was mistyped."""
    unused = _UNUSED.search(location.message)
    return unused is not None and any(
        edit.path == location.path and unused["name"] in _words(edit.replace) - _words(edit.search) for edit in edits
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w$]+", text))


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


def _combined(work: _Work, edits: tuple[Edit, ...]) -> CombinedProposal:
    return CombinedProposal(
        recipes=tuple(dict.fromkeys(proposal.recipe for proposal in work.used)),
        summary="; ".join(dict.fromkeys(proposal.summary for proposal in work.used)),
        explanation="\n".join(dict.fromkeys(proposal.explanation for proposal in work.used)),
        edits=edits,
        confidence=min(proposal.confidence for proposal in work.used),
        covers=tuple(sorted(work.settled)),
    )
