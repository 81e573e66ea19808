"""The imports of a Go file, and Go's standard library by the names its packages export."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analysis.recipes.page import Page

_PACKAGE = re.compile(r"^package\s+\w+")
_SPEC = re.compile(r'^(?P<head>\s*(?:import\s+)?)(?:(?P<alias>[\w.]+)\s+)?"(?P<path>[^"\s]+)"\s*;?\s*(?://.*)?$')
_BLOCK = re.compile(r"^import\s*\(\s*(?://.*)?$")
_NOT_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class GoImport:
    """One import on a line of its own; `block` is the block's first and last line, None for one without a block."""

    line: int
    path: str
    alias: str | None
    block: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class GoHead:
    """How a file begins: the line of its package clause, and its imports."""

    package: int
    imports: tuple[GoImport, ...]


def go_head(page: Page) -> GoHead | None:
    """Read a file's package clause and imports; None for one that is not laid out as gofmt does."""
    lines = code_lines(page)
    package = next((at for at, line in enumerate(lines, 1) if _PACKAGE.match(line)), None)
    if package is None:
        return None
    found: list[GoImport] = []
    at = package + 1
    while at <= len(lines):
        if _BLOCK.match(page.lines[at - 1]):
            end = next((to for to in range(at + 1, len(lines) + 1) if lines[to - 1].startswith(")")), None)
            if end is None:
                return None
            found += [_spec(page, number, (at, end)) for number in range(at + 1, end) if _is_spec(page, number)]
            at = end
        elif page.lines[at - 1].startswith("import"):
            if not _is_spec(page, at):
                return None
            found.append(_spec(page, at, None))
        elif lines[at - 1].strip():
            break
        at += 1
    return GoHead(package, tuple(found))


def code_lines(page: Page) -> list[str]:
    """Give the lines with comments and literals blanked out, each as long as before."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), page.text).split("\n")


def packages_offering(name: str, members: frozenset[str]) -> tuple[str, ...]:
    """Name the standard packages called `name` that export all of the members; packages of one name are left out."""
    return tuple(path for path, exported in _standard().get(name, ()) if members <= exported)


def is_standard(path: str) -> bool:
    """Whether an import path is the standard library's: its first part has no dot, and the table or Go knows it."""
    return any(path == known for packages in _standard().values() for known, _ in packages)


@cache
def _standard() -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
    """Read the table: made from the `api` folder that Go ships, of 1.19, with what 1.20 to 1.23 added to a few."""
    text = resources.files("analysis.recipes").joinpath("go_standard.json").read_text(encoding="utf-8")
    table: dict[str, str] = json.loads(text)
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for path, names in table.items():
        found.setdefault(path.rpartition("/")[2], []).append((path, frozenset(names.split())))
    return {name: tuple(packages) for name, packages in found.items()}


def _is_spec(page: Page, number: int) -> bool:
    return _SPEC.match(page.lines[number - 1]) is not None


def _spec(page: Page, number: int, block: tuple[int, int] | None) -> GoImport:
    match = _SPEC.match(page.lines[number - 1])
    return GoImport(number, match["path"] if match else "", match["alias"] if match else None, block)
