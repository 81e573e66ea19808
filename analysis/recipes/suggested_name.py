"""A misspelt name for which Python itself asks "Did you mean: 'x'?", or mypy says `maybe "x"?`.

Python's guess is followed only where it is one slip away (a letter left out, added, changed or swapped with the next),
where no other name of the file is as near, and where nothing in the file is called as the misspelt one.
"""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import Cut, PythonSource, parse_python, spliced
from analysis.recipes.statement_removal import span
from analysis.recipes.tracebacks import raised_in

_WORD = r"(?P<{}>[A-Za-z_]\w{{3,60}})"
_WRONG, _RIGHT = _WORD.format("wrong"), _WORD.format("right")
_NAME = re.compile(rf"^name '{_WRONG}' is not defined\. Did you mean: '{_RIGHT}'\?$")
_MESSAGES = (
    _NAME,
    re.compile(rf"has no attribute '{_WRONG}'\. Did you mean: '{_RIGHT}'\?$"),
    re.compile(rf"^cannot import name '{_WRONG}' from .*\. Did you mean: '{_RIGHT}'\?$"),
    re.compile(rf"has no attribute \"{_WRONG}\"; maybe \"{_RIGHT}\"\?$"),
)


@dataclass(frozen=True, slots=True)
class _Slip:
    path: str
    line: int
    wrong: str
    right: str
    is_attribute: bool


@dataclass(frozen=True, slots=True)
class SuggestedName:
    """The recipe `suggested-name`."""

    name: str = "suggested-name"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which a name has a suggestion."""
        return frozenset(slip.path for slip in _slips(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Write each name as suggested, wherever the file has it misspelt."""
        edits: list[Edit] = []
        done: list[_Slip] = []
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            source = parse_python(text)
            cuts: list[Cut] = []
            for slip in _slips(diagnosis):
                of_slip = _cuts(source, slip) if source is not None and slip.path == path else []
                cuts += of_slip
                done += [slip] if of_slip else []
            edits += edits_between(path, text, spliced(text, list(dict.fromkeys(cuts))))
        if not edits:
            return None
        names = ", ".join(dict.fromkeys(f"`{slip.wrong}` as `{slip.right}`" for slip in done))
        return Proposal(
            recipe=self.name,
            summary=f"Write {names}",
            explanation=f"The tool suggests to write {names}, which is one slip away, and nothing else is as near.",
            edits=tuple(edits),
            confidence=0.8,
            settles=frozenset(
                at for at, place in enumerate(diagnosis.locations) if any(slip.wrong in place.message for slip in done)
            ),
        )


def _slips(diagnosis: Diagnosis) -> tuple[_Slip, ...]:
    told = [(one.path, one.line, one.message) for one in raised_in(diagnosis)]
    told += [(place.path, place.line, place.message) for place in diagnosis.locations if place.line is not None]
    return tuple(
        dict.fromkeys(
            _Slip(path, line, match["wrong"], match["right"], pattern is not _NAME)
            for path, line, message in told
            for pattern in _MESSAGES
            if path.endswith(".py")
            and (match := pattern.search(message))
            and is_one_slip(match["wrong"], match["right"])
        )
    )


def is_one_slip(wrong: str, right: str) -> bool:
    """Whether a letter was left out, added, changed or swapped; not a digit, a capital, or an `s` for the plural."""
    if {wrong, right} == {min(wrong, right, key=len), min(wrong, right, key=len) + "s"}:
        return False
    if wrong.lower() == right.lower() or re.sub(r"\d", "", wrong) == re.sub(r"\d", "", right):
        return False
    first = next(
        (at for at, (a, b) in enumerate(zip(wrong, right, strict=False)) if a != b), min(len(wrong), len(right))
    )
    rest, other = wrong[first:], right[first:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


def _cuts(source: PythonSource, slip: _Slip) -> list[Cut]:
    found = list(_places(source, slip.wrong))
    rivals = _names(source.tree, attributes=slip.is_attribute) - {slip.wrong, slip.right}
    if slip.line not in {line for _, line in found} or _is_bound(source.tree, slip.wrong):
        return []
    if any(len(name) > 3 and is_one_slip(slip.wrong, name) for name in rivals):
        return []
    cuts = [Cut(start, start + len(slip.wrong), slip.right) for start, _ in found]
    # Before Python 3.12, what stands in an f-string is placed wrongly.
    return cuts if all(source.text[cut.start : cut.end] == slip.wrong for cut in cuts) else []


def _places(source: PythonSource, wrong: str) -> Iterator[tuple[int, int]]:
    """Give where the name is read, as itself, as an attribute or by an import, each with its line."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name == wrong:
                yield span(source, node)[0], node.lineno
            case ast.Attribute(attr=name, ctx=ast.Load()) if name == wrong:
                yield span(source, node)[1] - len(wrong), node.end_lineno or node.lineno
            case ast.alias(name=name, asname=None) if name == wrong:
                yield span(source, node)[0], node.lineno


def _is_bound(tree: ast.Module, name: str) -> bool:
    """Whether the file itself makes something of this name."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=bound, ctx=ast.Store() | ast.Del()) | ast.arg(arg=bound) if bound == name:
                return True
            case ast.Attribute(attr=bound, ctx=ast.Store() | ast.Del()) if bound == name:
                return True
            case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) | ast.ClassDef(name=bound) if (
                bound == name
            ):
                return True
            case ast.alias(asname=bound) | ast.keyword(arg=bound) | ast.Constant(value=bound) if bound == name:
                return True
    return False


def _names(tree: ast.Module, *, attributes: bool) -> frozenset[str]:
    """Give what the file calls attributes, or what it calls anything else, with Python's own names."""
    keys = ("attr",) if attributes else ("id", "arg", "name")
    names = [getattr(node, key, None) for node in ast.walk(tree) for key in keys]
    return frozenset(name for name in names if isinstance(name, str)) | frozenset(() if attributes else dir(builtins))
