"""W605: a backslash that escapes nothing is doubled, or its string becomes a raw one: the value is the same.

See https://docs.astral.sh/ruff/rules/invalid-escape-sequence/.
"""

import ast
import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import Findings, LintedPython, offset_of, same
from analysis.recipes.python_source import Cut, PythonSource, tree_of
from analysis.recipes.statement_removal import span


def _cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    offset = offset_of(source, place)
    if offset is None or source.text[offset] != "\\":
        return ()
    string = _string_at(source, offset)
    if string is not None and _is_same_raw(source.text[string[0] : string[1]]):
        return (Cut(string[0], string[0], "r"),)
    return (Cut(offset, offset, "\\"),)


def _string_at(source: PythonSource, offset: int) -> tuple[int, int] | None:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            start, end = span(source, node)
            if start <= offset < end:
                return start, end
    return None


def _is_same_raw(literal: str) -> bool:
    """Whether the literal, one string without a prefix, has the same value with an `r` before it."""
    plain, raw = tree_of(literal), tree_of("r" + literal)
    return literal[:1] in "\"'" and plain is not None and raw is not None and ast.dump(plain) == ast.dump(raw)


INVALID_ESCAPE = LintedPython(
    name="invalid-escape",
    findings=Findings(frozenset({"W605", "invalid-escape-sequence"}), re.compile(r"^[Ii]nvalid escape sequence")),
    mend=_cuts,
    normal=same,
    says="Write backslashes that escape nothing as Python will read them",
    why="The linter found backslashes that escape nothing (W605)",
    confidence=0.95,
)
"""The recipe `invalid-escape`."""
