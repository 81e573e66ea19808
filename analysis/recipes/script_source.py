"""JavaScript and TypeScript as far as recipes need it: the imports that a file opens with, and what is not code.

Only imports ahead of all other code are read, with nothing but comments, directives and blank lines between them, so
that no template, comment or string can pass for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
"""The endings of files that hold nothing but JavaScript or TypeScript."""

_BETWEEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/|\#![^\n]*|(?P<directive>(['"])use[ ]\w+\2[ \t]*;?)""", re.VERBOSE | re.DOTALL
)
_IMPORT = re.compile(
    r"""import\b\s*(?P<type>type\s+(?!from\b|,))?(?P<clause>[\w$\s{},*]*?)\s*\bfrom\s*
    (?P<quote>['"])(?P<source>[^'"\n]+)(?P=quote)(?P<rest>[ \t]*(?:with\s*\{[^{}]*\})?[ \t]*;?)""",
    re.VERBOSE,
)
_BARE = re.compile(r"""import\s*(['"])[^'"\n]+\1[ \t]*;?""")
_CLAUSE = re.compile(r"^(?:(?P<default>[\w$]+)\s*,?\s*)?(?:\{(?P<named>[^{}]*)\}|\*\s*as\s+(?P<star>[\w$]+))?$")
_SPECIFIER = re.compile(r"[^,\s][^,]*")
_NOT_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Imported:
    """One name that an import binds, where its specifier stands, and where the name itself does."""

    name: str
    start: int
    end: int
    name_at: int
    kind: str


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """An import with its names; `end` is behind its semicolon, `clause` the stretch between `import` and `from`."""

    start: int
    end: int
    clause: tuple[int, int]
    source: str
    names: tuple[Imported, ...]


def opening_imports(text: str) -> tuple[ImportStatement, ...]:
    """Read the imports that a file opens with; one with a comment inside ends the reading."""
    found: list[ImportStatement] = []
    at = 0
    while at < len(text):
        if skipped := _BETWEEN.match(text, at) or _BARE.match(text, at):
            at = skipped.end()
        elif match := _IMPORT.match(text, at):
            if (names := _names(match)) is not None:
                found.append(ImportStatement(match.start(), match.end(), match.span("clause"), match["source"], names))
            at = match.end()
        else:
            break
    return tuple(found)


def code_only(text: str) -> str:
    """Blank out comments and quoted strings, keeping every place; templates stay, since they hold code."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def uses(text: str, name: str) -> int:
    """Count how often a name stands in the code of a text."""
    return len(re.findall(rf"(?<![\w$]){re.escape(name)}(?![\w$])", code_only(text)))


def _names(match: re.Match[str]) -> tuple[Imported, ...] | None:
    clause = _CLAUSE.match(match["clause"])
    if clause is None:
        return None
    base = match.start("clause")
    return tuple(_imported(clause, base))


def _imported(clause: re.Match[str], base: int) -> Iterator[Imported]:
    if clause["default"]:
        start, end = clause.span("default")
        yield Imported(clause["default"], base + start, base + end, base + start, "default")
    if clause["star"]:
        start, end = clause.span("star")
        yield Imported(clause["star"], base + start, base + end, base + start, "star")
    for part in _SPECIFIER.finditer(clause["named"] or ""):
        written = part[0].rstrip()
        start = base + clause.start("named") + part.start()
        name = written.split()[-1]
        yield Imported(name, start, start + len(written), start + written.rindex(name), "named")
