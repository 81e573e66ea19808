"""The corrected line that shellcheck prints under `Did you mean:`, where all its findings there are about quoting.

Double quotes around a word keep it one word. That is what is meant unless the script counts on the splitting, which a
line with an option list, a loop or an unquoted `$@`-like expansion may (https://www.shellcheck.net/wiki/SC2086).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut, spliced
from analysis.recipes.stretches import Stretch, in_repository, stretches

_PLACE = re.compile(r"^In (?P<path>\S.*) line (?P<line>\d+):$")
_FINDING = re.compile(r"^\s*\^-*\^?\s*(?:-- )?(?P<rule>SC\d{4}) \((?:error|warning|info|style)\): ")
_MEANT = "Did you mean:"
# Quoting, `cd` that stops where it fails, `$(...)` for backticks, `read -r`.
_CERTAIN = frozenset({"SC2086", "SC2164", "SC2006", "SC2046", "SC2162", "SC2068", "SC2248", "SC2250"})
# A variable of such a name holds several words on purpose.
_SEVERAL = re.compile(r"\$\{?\w*(?:opts?|options?|args?|flags?|params?|list|files|cmd|command)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Meant:
    path: str
    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ShellcheckSuggestion:
    """The recipe `shellcheck-suggestion`."""

    name: str = "shellcheck-suggestion"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the scripts for which a line was corrected."""
        return frozenset(meant.path for meant in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Put each corrected line in the place of the line that shellcheck showed."""
        edits: list[Edit] = []
        done: set[tuple[str, int]] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            page = Page.of(path, text_of(files[path]))
            fitting = [meant for meant in _found(diagnosis) if meant.path == path and _stands(page, meant)]
            cuts: list[Cut] = [page.cut(meant.line, 0, len(meant.old), meant.new) for meant in fitting]
            edits += edits_between(path, page.text, spliced(page.text, cuts))
            done |= {(path, meant.line) for meant in fitting}
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary="Write the lines as shellcheck corrects them",
            explanation="shellcheck printed these lines under `Did you mean:`, each for the line that it showed.",
            edits=tuple(edits),
            # Quoting is right unless a variable is meant to hold several words, which its name then mostly says.
            confidence=0.85,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if (place.path, place.line) in done),
        )


def _found(diagnosis: Diagnosis) -> tuple[_Meant, ...]:
    return tuple(dict.fromkeys(meant for stretch in stretches(diagnosis) for meant in _in_stretch(stretch)))


def _in_stretch(stretch: Stretch) -> Iterator[_Meant]:
    lines = stretch.lines
    for at, line in enumerate(lines):
        match = _PLACE.match(line)
        path = in_repository(match["path"]) if match else None
        if match and path and (meant := _meant(lines[at + 1 :], path, int(match["line"]))):
            yield meant


def _meant(below: Sequence[str], path: str, number: int) -> _Meant | None:
    """Read the line shown, its findings, and the corrected line, which an empty line ends."""
    rules: list[str] = []
    at = 1
    while at < len(below) and (finding := _FINDING.match(below[at])):
        rules.append(finding["rule"])
        at += 1
    if not rules or not _CERTAIN.issuperset(rules):
        return None
    if at + 3 >= len(below) or below[at].strip() or below[at + 1].strip() != _MEANT or below[at + 3].strip():
        return None
    old, new = below[0], below[at + 2]
    return None if old == new or _SEVERAL.search(old) or re.match(r"\s*for\b", old) else _Meant(path, number, old, new)


def _stands(page: Page, meant: _Meant) -> bool:
    return page.line(meant.line) == meant.old
