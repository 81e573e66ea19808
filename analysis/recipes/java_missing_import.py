"""Classes of the Java library that a file uses without importing them, as javac, Maven and Gradle report them.

Taken are names that mean one class to everybody: `Date` (util or sql), `Path`, `Function` and the like are left to a
person, and so is any name where the file imports a whole package, or another class of that name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.java_source import JavaImport, java_imports, library_class, package_line
from analysis.recipes.model import Proposal
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut, spliced
from analysis.recipes.stretches import in_repository, stretches

_ERROR = re.compile(
    r"^(?:\[ERROR\] |\[error\] |##\[error\])?(?P<path>[^\s:]+\.java):(?:(?P<line>\d+): error: |\[(?P<at>\d+),\d+\] )"
    r"(?:error: )?cannot find symbol$"
)
_SYMBOL = re.compile(r"^(?:\[ERROR\] )?\s+symbol: +(?P<kind>class|variable) (?P<name>[A-Z]\w{0,100})$")
# The source line, the caret and the symbol follow the error.
_BELOW = 5


@dataclass(frozen=True, slots=True)
class JavaMissingImport:
    """The recipe `java-missing-import`."""

    name: str = "java-missing-import"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which a class was not found."""
        return frozenset(path for path, _, _ in _missing(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Import each, where the file's order of imports has it."""
        edits: list[Edit] = []
        added: list[str] = []
        mended: set[tuple[str, int]] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            page = Page.of(path, text_of(files[path]))
            missing = [(line, name) for where, line, name in _missing(diagnosis) if where == path]
            wanted = {name: whole for _, name in missing if (whole := _wanted(page, name)) is not None}
            edits += edits_between(path, page.text, spliced(page.text, _cuts(page, sorted(wanted.values()))))
            added += [f"`{whole}` in `{path}`" for whole in sorted(wanted.values())]
            # javac names one line several times; a line is answered when all of its names are.
            mended |= {(path, line) for line, _ in missing if all(name in wanted for at, name in missing if at == line)}
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary=f"Import {added[0]}" if len(added) == 1 else f"Import {len(added)} classes",
            explanation="javac does not find these classes, which the library has under one name: " + ", ".join(added),
            edits=tuple(edits),
            # A class of the project with the library's name would be the other meaning.
            confidence=0.9,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if (place.path, place.line) in mended),
        )


def _missing(diagnosis: Diagnosis) -> tuple[tuple[str, int, str], ...]:
    return tuple(dict.fromkeys(each for stretch in stretches(diagnosis) for each in _in_lines(stretch.lines)))


def _in_lines(lines: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    for at, line in enumerate(lines):
        match = _ERROR.match(line)
        path = in_repository(match["path"]) if match else None
        if match is None or path is None:
            continue
        below = lines[at + 1 : at + 1 + _BELOW]
        symbol = next((found for text in below if (found := _SYMBOL.match(text))), None)
        if symbol is not None:
            yield path, int(match["line"] or match["at"]), symbol["name"]


def _wanted(page: Page, name: str) -> str | None:
    imports = java_imports(page)
    taken = any(one.name == name or (one.name == "*" and not one.path.startswith("java.")) for one in imports)
    return None if taken else library_class(name, page.text)


def _cuts(page: Page, paths: Sequence[str]) -> tuple[Cut, ...]:
    if not paths:
        return ()
    plain = [one for one in java_imports(page) if not one.static]
    java = [one for one in plain if one.path.startswith("java.")]
    if java:
        return _among(page, java, paths)
    text = "".join(f"import {path};\n" for path in paths)
    if plain:
        at = page.at(plain[0].line, 0)
        return (Cut(at, at, text + "\n"),)
    package = package_line(page)
    if package is None:
        return (Cut(0, 0, text + "\n"),)
    at = page.starts[package]
    gap = "" if page.line(package + 1) == "" else "\n"
    return (Cut(at, at, "\n" + text + gap),)


def _among(page: Page, java: Sequence[JavaImport], paths: Sequence[str]) -> tuple[Cut, ...]:
    cuts: dict[int, str] = {}
    for path in paths:
        following = next((one.line for one in java if one.path > path), java[-1].line + 1)
        at = page.at(following, 0)
        cuts[at] = cuts.get(at, "") + f"import {path};\n"
    return tuple(Cut(at, at, text) for at, text in cuts.items())
