"""Syntax errors whose mend Python itself names: a colon at a line's end, and parentheses around what `print` prints.

The file must parse once all of them are mended; what the mend does not make whole is left to a person.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, split_lines, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import tree_of
from analysis.recipes.tracebacks import raised_in

_HINT = re.compile(
    r"[Ee]xpected [`']:['`](?:$|, found newline)|Missing parentheses in call to 'print'\. Did you mean print\("
)
_PRINT = re.compile(
    r"^(?P<head>[ \t]*(?:[^'\"#\n]*:[ \t]*)?print)[ \t]+(?P<what>[^\s>(][^\n]*?)(?P<rest>[ \t]*(?:#[^'\"\n]*)?\n?)$"
)
_LINE_END = re.compile(r"[ \t]*(?:#[^'\"\n]*)?\n?$")
# Python tells of one syntax error at a time; a file of more has not merely lost a colon.
_MOST = 20


@dataclass(frozen=True, slots=True)
class SyntaxHint:
    """The recipe `syntax-hint`."""

    name: str = "syntax-hint"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that do not parse for want of what Python names."""
        return frozenset(path for path, _ in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Write what is missing in each of the files that parses with it."""
        edits: list[Edit] = []
        lines = {(path, line) for path, line in _found(diagnosis)}
        for path in sorted({path for path, _ in lines} & files.keys()):
            text = text_of(files[path])
            after = _mended(text, {line for where, line in lines if where == path})
            edits += edits_between(path, text, after) if after is not None else ()
        if not edits:
            return None
        done = sorted({edit.path for edit in edits})
        names = ", ".join(f"`{path}`" for path in done)
        return Proposal(
            recipe=self.name,
            summary=f"Write what Python's syntax wants in {names}",
            explanation=f"Python names what it misses in {names}: a colon, or parentheses; with it the file parses.",
            edits=tuple(edits),
            confidence=0.9,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if place.path in done),
        )


def _found(diagnosis: Diagnosis) -> Iterator[tuple[str, int]]:
    for one in raised_in(diagnosis):
        if one.kind == "SyntaxError" and _HINT.search(one.message) and one.path.endswith(".py"):
            yield one.path, one.line
    for place in diagnosis.locations:
        if place.line is not None and _HINT.search(place.message) and place.path.endswith(".py"):
            yield place.path, place.line


def _mended(text: str, told: set[int]) -> str | None:
    """Mend line after line while Python names a mend; None if the text does not parse in the end, or did before."""
    lines = split_lines(text)
    mended: set[int] = set()
    for _ in range(_MOST):
        error = _error("".join(lines))
        if error is None or error.lineno is None or not 1 <= error.lineno <= len(lines):
            break
        line = error.lineno
        better = _better(lines[line - 1], error.msg) if line not in mended else None
        if better is None:
            return None
        mended.add(line)
        lines[line - 1] = better
    after = "".join(lines)
    return after if mended and not told.isdisjoint(mended) and tree_of(after) is not None else None


def _error(text: str) -> SyntaxError | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _better(line: str, message: str) -> str | None:
    if message == "expected ':'":
        end = _LINE_END.search(line)
        return None if end is None else line[: end.start()] + ":" + line[end.start() :]
    match = _PRINT.match(line) if message.startswith("Missing parentheses in call to 'print'") else None
    if match is None or match["what"].endswith((",", "\\")):
        return None
    return f"{match['head']}({match['what']}){match['rest']}"
