"""Unused imports that ruff, flake8, pyflakes or pylint located (F401, W0611): exactly the named ones go, no others.

`__init__.py` is left alone, since an import there is often the package's public face, and so is an import under
`try`, which may be there to see whether it works (https://docs.astral.sh/ruff/rules/unused-import/).
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.import_removal import Alias, aliases_of, used_names, without
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import parse_python

# Ruff quotes with backticks, flake8 with apostrophes. What follows a semicolon is ruff saying that removal is unsafe.
_MESSAGE = re.compile(r"[`'](?P<name>[^`']{1,300})[`'] imported but unused(?!;)")
_PYLINT = re.compile(
    r"^Unused (?:import (?P<module>[\w.]+)|(?P<name>[\w.]+) imported (?:from (?P<package>[\w.]+)|as \w+))"
    r"(?: \(unused-import\))?$"
)


@dataclass(frozen=True, slots=True)
class UnusedImport:
    """The recipe `ruff-unused-import`."""

    name: str = "ruff-unused-import"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which an import was found unused."""
        return frozenset(location.path for _, location, _ in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Remove each import that still stands where the linter saw it."""
        edits: list[Edit] = []
        removed: list[str] = []
        settled: set[int] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            found = [(at, location, name) for at, location, name in _found(diagnosis) if location.path == path]
            text = text_of(files[path])
            answer = _remove(text, [(location, name) for _, location, name in found])
            if answer is None:
                continue
            edits += edits_between(path, text, answer.text)
            removed += [f"`{alias.qualified}` from `{path}`" for alias in answer.removed]
            settled |= {at for at, location, name in found if (location, name) in answer.settled}
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary=_summary(removed),
            explanation="The linter found these imports unused: " + ", ".join(removed) + ".",
            edits=tuple(edits),
            # Removing an import is right unless the module is imported for what it does when it loads.
            confidence=0.9,
            settles=frozenset(settled),
        )


@dataclass(frozen=True, slots=True)
class _Removal:
    text: str
    removed: tuple[Alias, ...]
    settled: tuple[tuple[Location, str], ...]


def _found(diagnosis: Diagnosis) -> list[tuple[int, Location, str]]:
    found = []
    for at, location in enumerate(diagnosis.locations):
        path = PurePosixPath(location.path)
        name = _name_in(location.message)
        known = location.rule in ("F401", "W0611", "unused-import", None)
        if name and known and path.suffix == ".py" and path.name != "__init__.py":
            found.append((at, location, name))
    return found


def _name_in(message: str) -> str | None:
    """Give the import's name as `aliases_of` has it."""
    if match := _MESSAGE.search(message):
        return match["name"]
    if match := _PYLINT.match(message):
        return match["module"] or (f"{match['package']}.{match['name']}" if match["package"] else match["name"])
    return None


def _remove(text: str, found: Sequence[tuple[Location, str]]) -> _Removal | None:
    source = parse_python(text)
    if source is None:
        return None
    known = aliases_of(source)
    used = used_names(source.tree)
    standing = [alias for alias in known if alias.binds not in used or _is_bound_twice(alias, known)]
    matched = [(location, name, _standing(standing, location, name)) for location, name in found]
    chosen = {alias.key: alias for _, _, alias in matched if alias is not None}
    after = without(source, chosen.values()) if chosen else None
    if after is None:
        return None
    settled = tuple((location, name) for location, name, alias in matched if alias is not None)
    return _Removal(after, tuple(chosen.values()), settled)


def _is_bound_twice(alias: Alias, known: Sequence[Alias]) -> bool:
    """Whether another import gives the name too, which may be the one that is used."""
    return any(other.binds == alias.binds and other.key != alias.key for other in known)


def _standing(known: Sequence[Alias], location: Location, name: str) -> Alias | None:
    """Find the import meant: by name, then by the line it stood on; two that fit equally well are none."""
    named = [alias for alias in known if name in (alias.qualified, f"{alias.qualified} as {alias.node.asname}")]
    line, column = location.line, location.column
    narrower = (
        [alias for alias in named if line is not None and alias.node.lineno == line and _on(alias.node, column)],
        [alias for alias in named if line is not None and alias.node.lineno == line],
        [alias for alias in named if line is not None and alias.statement.lineno <= line <= _end(alias.statement)],
        named,
    )
    fitting = next((candidates for candidates in narrower if candidates), [])
    return fitting[0] if len(fitting) == 1 and not fitting[0].guarded else None


def _on(node: ast.alias, column: int | None) -> bool:
    # Columns count from 1; ruff points at the name after `as`.
    return column is not None and node.col_offset < column <= (node.end_col_offset or 0)


def _end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _summary(removed: Sequence[str]) -> str:
    if len(removed) == 1:
        return f"Remove the unused import {removed[0]}"
    return f"Remove {len(removed)} unused imports"
