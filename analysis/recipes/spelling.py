"""Words that codespell, typos or misspell found misspelt and for which they name one right word, mended in prose alone.

A word in a string, in code or in an identifier may be a name that others use, or what a test expects: a person must
look at it. Where a tool offers several words, it does not know either.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, split_lines, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.prose import is_document, prose_of
from analysis.recipes.python_source import Cut, spliced

_WORD = r"[^\W\d_][\w'\u2019-]{0,60}"
_RIGHT = r"[^\W\d_][\w'\u2019 -]{0,60}"
_MESSAGES = (
    re.compile(rf"^(?P<wrong>{_WORD}) ==> (?P<right>{_RIGHT})$"),
    re.compile(rf"^`(?P<wrong>{_WORD})` should be `(?P<right>{_RIGHT})`$"),
    re.compile(rf"^[\"`](?P<wrong>{_WORD})[\"`] is a misspelling of [\"`](?P<right>{_RIGHT})[\"`](?: \(misspell\))?$"),
)
_TOOLS = frozenset({"codespell", "typos", "go"})
# A misspelt word looks like the right one; a log that asks for quite another word is no spelling checker's.
_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class Spelling:
    """The recipe `spelling`."""

    name: str = "spelling"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files with a misspelt word that has one right form."""
        return frozenset(place.path for _, place, _, _ in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Write each word right that stands in prose on its line, and nowhere else on it."""
        edits: list[Edit] = []
        mended: list[str] = []
        settled: set[int] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            cuts: set[tuple[int, int, str]] = set()
            for at, place, wrong, right in _found(diagnosis):
                spans = _spans(path, text, place, wrong) if place.path == path else ()
                cuts.update((start, end, right) for start, end in spans)
                settled |= {at} if spans else set()
                mended += [f"`{wrong}`"] if spans else []
            edits += edits_between(path, text, spliced(text, [Cut(*cut) for cut in cuts]))
        if not edits:
            return None
        words = list(dict.fromkeys(mended))
        return Proposal(
            recipe=self.name,
            summary=f"Spell {words[0]} right" if len(words) == 1 else f"Spell {len(words)} words right",
            explanation=f"The spelling checker names one right form each for {', '.join(words)}, all in prose.",
            edits=tuple(edits),
            # A word that is right in its trade may look wrong to a dictionary; a reader sees it at once.
            confidence=0.9,
            settles=frozenset(settled),
        )


def _found(diagnosis: Diagnosis) -> list[tuple[int, Location, str, str]]:
    return [
        (at, place, match["wrong"], match["right"])
        for at, place in enumerate(diagnosis.locations)
        if place.tool in _TOOLS and place.line is not None
        for message in _MESSAGES
        if (match := message.match(place.message.strip())) and _are_alike(match["wrong"], match["right"])
    ]


def _are_alike(wrong: str, right: str) -> bool:
    return SequenceMatcher(None, wrong.lower(), right.lower()).ratio() >= _LIKENESS


def _spans(path: str, text: str, place: Location, wrong: str) -> Sequence[tuple[int, int]]:
    """Find the word on its line; nothing unless all there is prose, and the file's code names nothing so."""
    lines = split_lines(text)
    if place.line is None or not 1 <= place.line <= len(lines):
        return ()
    start = sum(len(line) for line in lines[: place.line - 1])
    end = start + len(lines[place.line - 1])
    prose = prose_of(path, text)
    bare = re.compile(rf"(?<!\w){re.escape(wrong)}(?!\w)")
    plain = re.compile(rf"(?<![\w/\\@#$.-]){re.escape(wrong)}(?![\w/\\@(=-]|\.\w)")
    found = [match.span() for match in bare.finditer(text, start, end)]
    written = {match.span() for match in plain.finditer(text, start, end) if _within(match.span(), prose)}
    if not found or not written.issuperset(found) or (not is_document(path) and _names_something(text, bare, prose)):
        return ()
    return found


def _within(span: tuple[int, int], prose: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in prose)


def _names_something(text: str, word: re.Pattern[str], prose: Sequence[tuple[int, int]]) -> bool:
    return any(not _within(match.span(), prose) for match in word.finditer(text))
