"""Blank lines as pycodestyle asks for them, with the number that it names: E301 to E306.

Comments that stand right above a definition belong to it. See https://pycodestyle.pycqa.org/en/latest/intro.html#error-codes.
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import NEVER, Findings, LintedPython, same
from analysis.recipes.python_source import Cut, PythonSource

_EXPECTED = re.compile(r"^[Ee]xpected (\d) blank line")
_BELOW = frozenset({"E301", "E302", "E305", "E306"})


def _cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    line = (place.line or 0) - 1
    if not 0 < line < len(source.lines):
        return ()
    wanted = _wanted(place, source.lines[line])
    if wanted is None:
        return ()
    if place.rule in _BELOW:
        line = _with_comments(source.lines, line)
    first = line
    while first > 0 and not source.lines[first - 1].strip():
        first -= 1
    if line - first == wanted or first == 0:
        return ()
    return (Cut(source.starts[first], source.starts[line], "\n" * wanted),)


def _wanted(place: Location, line: str) -> int | None:
    if place.rule == "E304":
        return 0
    if place.rule == "E303":
        return 1 if line.startswith((" ", "\t")) else 2
    match = _EXPECTED.match(place.message)
    return int(match[1]) if match else None


def _with_comments(lines: Sequence[str], line: int) -> int:
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    while line > 0 and lines[line - 1].startswith(f"{indent}#"):
        line -= 1
    return line


BLANK_LINES = LintedPython(
    name="blank-lines",
    findings=Findings(frozenset({*_BELOW, "E303", "E304"}), NEVER),
    mend=_cuts,
    normal=same,
    says="Set blank lines as the linter counts them",
    why="The linter counted other blank lines than it wants (E30x)",
    confidence=0.95,
)
"""The recipe `blank-lines`."""
