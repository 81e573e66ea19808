"""Spaces, commas and semicolons that pycodestyle or ruff place to the column; the tree stays the same to the last node.

Answered are the E2 codes of https://pycodestyle.pycqa.org/en/latest/intro.html#error-codes as flake8 prints them, E401,
E703, and ruff's COM812 and COM819.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import NEVER, Findings, LintedPython, comments_on, offset_of, operators_of
from analysis.recipes.python_source import Cut, PythonSource, with_sorted_imports
from analysis.recipes.statement_removal import around, span

_Mend = Callable[[PythonSource, int, Location], Iterator[Cut]]
_SPACES = re.compile(r"[ \t]+")
_COMMENT_HEAD = re.compile(r"#+[ \t]*")


def _cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    offset = _offset(source, place)
    mend = _MENDS.get(place.rule or "")
    return tuple(mend(source, offset, place)) if mend is not None and offset is not None else ()


def _offset(source: PythonSource, place: Location) -> int | None:
    """Turn the finding's place into one of the text; some tools point behind a line's last character."""
    offset = offset_of(source, place)
    if offset is None and place.line is not None and place.line <= len(source.lines):
        end = source.starts[place.line - 1] + len(source.lines[place.line - 1])
        return end if place.column == len(source.lines[place.line - 1]) + 1 else None
    return offset


def _no_space(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    if match := _SPACES.match(source.text, offset):
        yield Cut(match.start(), match.end())


def _one_space(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    if match := _SPACES.match(source.text, offset):
        yield Cut(match.start(), match.end(), " ")


def _space_here(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    if not source.text[offset : offset + 1].isspace():
        yield Cut(offset, offset, " ")


def _space_after(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    if source.text[offset : offset + 1] in (",", ";", ":") and not source.text[offset + 1 : offset + 2].isspace():
        yield Cut(offset + 1, offset + 1, " ")


def _around_operator(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    for start, end in operators_of(source):
        if offset in (start, end):
            if not source.text[start - 1 : start].isspace():
                yield Cut(start, start, " ")
            if not source.text[end : end + 1].isspace():
                yield Cut(end, end, " ")


def _two_before_comment(source: PythonSource, _offset: int, place: Location) -> Iterator[Cut]:
    for start in comments_on(source, place):
        before = source.text[:start].rstrip(" \t")
        yield Cut(len(before), start, "  ")


def _comment_head(source: PythonSource, _offset: int, place: Location) -> Iterator[Cut]:
    for start in comments_on(source, place):
        head = _COMMENT_HEAD.match(source.text, start)
        if head and source.text[head.end() : head.end() + 1] not in ("", "\n"):
            yield Cut(start, head.end(), "# ")


def _no_mark(source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    if source.text[offset : offset + 1] in (",", ";"):
        yield Cut(offset, offset + 1)


def _comma_here(_source: PythonSource, offset: int, _place: Location) -> Iterator[Cut]:
    yield Cut(offset, offset, ",")


def _one_import_a_line(source: PythonSource, _offset: int, place: Location) -> Iterator[Cut]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import) and node.lineno == place.line == node.end_lineno and len(node.names) > 1:
            start, end = span(source, node)
            before, after = around(source, start, end, node)
            if not before.strip() and not after.strip():
                yield Cut(start, end, f"\n{before}".join(f"import {ast.unparse(name)}" for name in node.names))


_MENDS: Mapping[str, _Mend] = {
    **dict.fromkeys(("E201", "E202", "E203", "E204", "E211", "E251"), _no_space),
    **dict.fromkeys(("E221", "E222", "E241", "E271", "E272"), _one_space),
    **dict.fromkeys(("E225", "E226", "E227", "E228", "E252"), _around_operator),
    "E231": _space_after,
    "E261": _two_before_comment,
    **dict.fromkeys(("E262", "E265", "E266"), _comment_head),
    "E275": _space_here,
    "E401": _one_import_a_line,
    "E703": _no_mark,
    "COM812": _comma_here,
    "COM819": _no_mark,
}

PYTHON_SPACING = LintedPython(
    name="python-spacing",
    findings=Findings(frozenset(_MENDS), NEVER),
    mend=_cuts,
    normal=with_sorted_imports,
    says="Set spaces and marks as the linter wants them",
    why="The linter found spaces, commas or semicolons out of place",
    confidence=0.95,
)
"""The recipe `python-spacing`."""
