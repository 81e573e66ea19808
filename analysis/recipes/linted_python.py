"""Findings of Python's linters that are mended where they stand, if the trees before and after prove the mend.

A recipe of this kind says which findings it answers, which characters give way, and a normal form of trees in which
the file before and the file after are equal: whatever else a mend would change makes it no mend.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import Cut, PythonSource, parse_python, same_meaning, spliced, tree_of

Mend = Callable[[PythonSource, Location], Sequence[Cut]]
"""From a file and a finding in it to the characters that give way; none where it is not certain."""

NEVER = re.compile(r"[^\s\S]")
"""For findings that are known by their rule alone."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Which findings are meant: the rules' codes and names, and how their message begins where a tool gives no code."""

    rules: frozenset[str]
    message: re.Pattern[str]

    def hold(self, place: Location) -> bool:
        """Whether a place is one of them."""
        if not place.path.endswith((".py", ".pyi")) or place.line is None:
            return False
        return place.rule in self.rules or (place.rule is None and self.message.search(place.message) is not None)


@dataclass(frozen=True, slots=True)
class LintedPython:
    """A recipe that mends findings of linters. `says` is what it does, and `why` what the linter found."""

    name: str
    findings: Findings
    mend: Mend
    normal: Callable[[ast.Module], ast.Module]
    says: str
    why: str
    confidence: float

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files of the findings."""
        return frozenset(place.path for place in diagnosis.locations if self.findings.hold(place))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Mend each finding that still stands where the linter saw it."""
        edits: list[Edit] = []
        settled: set[int] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            after, done = self._mended(text, _of(diagnosis, path, self.findings))
            edits += edits_between(path, text, after)
            settled |= done
        if not edits:
            return None
        where = ", ".join(dict.fromkeys(f"`{diagnosis.locations[at].path}`" for at in sorted(settled)))
        return Proposal(
            recipe=self.name,
            summary=f"{self.says} in {where if where.count('`') == 2 else f'{len(settled)} places'}",
            explanation=f"{self.why} in {where}.",
            edits=tuple(edits),
            confidence=self.confidence,
            settles=frozenset(settled),
        )

    def _mended(self, text: str, found: Sequence[tuple[int, Location]]) -> tuple[str, set[int]]:
        source = parse_python(text)
        if source is None:
            return text, set()
        cuts = {at: tuple(self.mend(source, place)) for at, place in found}
        after = spliced(text, list(dict.fromkeys(cut for of_place in cuts.values() for cut in of_place)))
        tree = tree_of(after)
        old = tree_of(text)
        if tree is None or old is None or not same_meaning(self.normal(old), self.normal(tree)):
            return text, set()
        return after, {at for at, of_place in cuts.items() if of_place}


def same(tree: ast.Module) -> ast.Module:
    """Give the tree itself: the normal form of a mend that changes no meaning at all."""
    return tree


def offset_of(source: PythonSource, place: Location) -> int | None:
    """Turn a finding's line and column, both from 1 and in characters, into a place in the text."""
    if place.line is None or place.column is None or not 1 <= place.line <= len(source.lines):
        return None
    line = source.lines[place.line - 1]
    return source.starts[place.line - 1] + place.column - 1 if 1 <= place.column <= len(line) else None


def comments_on(source: PythonSource, place: Location) -> Iterator[int]:
    """Give where the comments of a finding's line begin in the text; a line has at most one."""
    for line, start in _tokens(source.text)[1]:
        if line == place.line:
            yield source.starts[line - 1] + start


def operators_of(source: PythonSource) -> Iterator[tuple[int, int]]:
    """Give where each operator that stands between two values, or before one, begins and ends in the text."""
    for line, start, end in _tokens(source.text)[0]:
        yield source.starts[line - 1] + start, source.starts[line - 1] + end


_Tokens = tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int], ...]]


# A file's findings come one after the other, and each asks for its tokens.
@lru_cache(maxsize=4)
def _tokens(text: str) -> _Tokens:
    """Give the operators as line, start and end, and the comments as line and start; columns count from 0."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return (), ()
    operators = tuple(
        (token.start[0], token.start[1], token.end[1])
        for token in tokens
        if token.type == tokenize.OP and token.string not in "()[]{},;.:@"
    )
    return operators, tuple(token.start for token in tokens if token.type == tokenize.COMMENT)


def _of(diagnosis: Diagnosis, path: str, findings: Findings) -> list[tuple[int, Location]]:
    return [(at, place) for at, place in enumerate(diagnosis.locations) if place.path == path and findings.hold(place)]
