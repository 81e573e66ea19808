"""A Python file as text and tree at once, for recipes that change a few characters and must keep all others."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from analysis.patch import split_lines

# Copying and dumping a tree take six frames of Python's thousand a level, and a stranger chooses the file.
_MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A file that parses, its lines with their ends, and where each begins in the text."""

    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    tree: ast.Module

    def offset(self, line: int, column: int) -> int:
        """Turn the tree's line (from 1) and column (in UTF-8 bytes) into a place in the text."""
        before = self.lines[line - 1].encode()[:column] if line <= len(self.lines) else b""
        return self.starts[line - 1] + len(before.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class Cut:
    """Characters `start` to `end` of a text give way to `replace`."""

    start: int
    end: int
    replace: str = ""


def parse_python(text: str) -> PythonSource | None:
    """Parse a file; None if it does not, or if it holds `\\r` or form feeds, whose lines are counted differently."""
    if "\r" in text or "\f" in text:
        return None
    tree = tree_of(text)
    if tree is None:
        return None
    lines = tuple(split_lines(text))
    return PythonSource(text, lines, tuple(accumulate((len(line) for line in lines), initial=0)), tree)


def tree_of(text: str) -> ast.Module | None:
    """Parse a text; None if it is not Python as this interpreter knows it, or too deep for what walks its tree."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree if _is_shallow(tree) else None


def _is_shallow(tree: ast.Module) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False


def statement_blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Yield every list of statements: the module's body, each function's, each branch's."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                yield block


def spliced(text: str, cuts: Sequence[Cut]) -> str:
    """Apply cuts to a text; where two overlap, their union goes and the replacements stand in order."""
    parts: list[str] = []
    at = 0
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
        parts += [text[at : cut.start], cut.replace]
        at = max(at, cut.end)
    return "".join([*parts, text[at:]])


def same_meaning(tree: ast.AST, other: ast.AST) -> bool:
    """Whether two trees are equal but for where things stand."""
    return ast.dump(tree) == ast.dump(other)


def without_doc_space(tree: ast.Module) -> ast.Module:
    """Strip the lines of docstrings in place: formatters indent them anew, which changes no word of them."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            first.value.value = "\n".join(line.strip() for line in first.value.value.strip().split("\n"))
    return tree


def with_sorted_imports(tree: ast.Module) -> ast.Module:
    """Split imports that follow each other into one a name, and sort them, in place: what isort does means the same."""
    for block in statement_blocks(tree):
        block[:] = [
            statement
            for are_imports, run in groupby(block, lambda node: isinstance(node, ast.Import | ast.ImportFrom))
            for statement in (sorted(_single_imports(run), key=ast.dump) if are_imports else run)
        ]
    return tree


def _single_imports(statements: Iterator[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        match statement:
            case ast.Import(names=names):
                yield from (ast.Import([alias]) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from (ast.ImportFrom(module, [alias], level) for alias in names)
