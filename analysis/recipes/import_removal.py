"""Taking names out of import statements: the text without them, checked against the tree without them."""

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.recipes.python_source import Cut, PythonSource, same_meaning, spliced, statement_blocks, tree_of

_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(#.*)?\n?$")
_NOTHING_BUT_COMMENT = re.compile(r"[ \t]*(#.*)?\n?$")

Key = tuple[int, int]
"""Line and column of an imported name: what tells two of the same name apart."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One imported name, its statement, and whether a `try` stands around it."""

    qualified: str
    node: ast.alias
    statement: ast.Import | ast.ImportFrom
    guarded: bool

    @property
    def key(self) -> Key:
        """Where it stands."""
        return self.node.lineno, self.node.col_offset


def aliases_of(source: PythonSource) -> tuple[Alias, ...]:
    """List every imported name of a file, named as linters name it (`.g.h` for `from .g import h`)."""
    guarded = {
        id(inner)
        for outer in ast.walk(source.tree)
        if isinstance(outer, ast.Try | ast.TryStar)
        for inner in ast.walk(outer)
    }
    return tuple(
        Alias(_qualified(node, alias), alias, node, id(node) in guarded)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )


def without(source: PythonSource, removed: Iterable[Alias]) -> str | None:
    """Give the text without these names; None if that cannot be done so that only they are missing.

    A block that would be empty gets `pass`. Blank lines around a removed statement stay as formatters want them.
    """
    keys = frozenset(alias.key for alias in removed)
    cuts: list[Cut] = []
    for block in statement_blocks(source.tree):
        of_block = _block_cuts(source, block, keys, nested=block is not source.tree.body)
        if of_block is None:
            return None
        cuts += of_block
    after = spliced(source.text, cuts)
    tree = tree_of(after)
    return after if tree is not None and same_meaning(tree, _pruned(source.tree, keys)) else None


def _qualified(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    if isinstance(node, ast.Import):
        return alias.name
    return "." * node.level + (f"{node.module}." if node.module else "") + alias.name


def _keys(statement: ast.stmt) -> list[Key]:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    return [(alias.lineno, alias.col_offset) for alias in statement.names]


def _pruned(tree: ast.Module, keys: frozenset[Key]) -> ast.Module:
    pruned = copy.deepcopy(tree)
    for block in statement_blocks(pruned):
        kept = [statement for statement in block if not _goes(statement, keys)]
        for statement in kept:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                statement.names = [alias for alias in statement.names if (alias.lineno, alias.col_offset) not in keys]
        block[:] = kept or ([] if block is pruned.body else [ast.Pass()])
    return pruned


def _goes(statement: ast.stmt, keys: frozenset[Key]) -> bool:
    names = _keys(statement)
    return bool(names) and keys.issuperset(names)


def _block_cuts(
    source: PythonSource, block: Sequence[ast.stmt], keys: frozenset[Key], *, nested: bool
) -> list[Cut] | None:
    going = [statement for statement in block if _goes(statement, keys)]
    emptied = nested and len(going) == len(block)
    cuts: list[Cut] = []
    lines: set[int] = set()
    for statement in block:
        if emptied and statement is block[0]:
            cuts.append(Cut(*_span(source, statement), "pass"))
        elif statement in going and _alone(source, statement):
            lines.update(range(statement.lineno - 1, _end_line(statement)))
        elif statement in going:
            cuts.append(_inline(source, statement))
        elif keys.intersection(_keys(statement)) and isinstance(statement, ast.Import | ast.ImportFrom):
            of_names = _name_cuts(source, statement, keys)
            if of_names is None:
                return None
            cuts += of_names
    first = block[0].lineno - 1 if nested else None
    return cuts + [_line_cut(source, start, end, first) for start, end in _runs(source, lines)]


def _end_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _span(source: PythonSource, node: ast.stmt | ast.alias) -> tuple[int, int]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return source.offset(node.lineno, node.col_offset), source.offset(end_line, end_column)


def _around(source: PythonSource, start: int, end: int, node: ast.stmt | ast.alias) -> tuple[str, str]:
    """Give what stands before it on its first line and after it on its last."""
    last = node.end_lineno or node.lineno
    return source.text[source.starts[node.lineno - 1] : start], source.text[end : source.starts[last]]


def _alone(source: PythonSource, statement: ast.stmt) -> bool:
    before, after = _around(source, *_span(source, statement), statement)
    return not before.strip() and bool(_NOTHING_BUT_COMMENT.match(after))


def _inline(source: PythonSource, statement: ast.stmt) -> Cut:
    """Cut a statement that shares its line with others, and one of the semicolons beside it."""
    start, end = _span(source, statement)
    before, after = _around(source, start, end, statement)
    following = re.match(r"[ \t]*;[ \t]*(?=\S)", after)
    if following:
        return Cut(start, end + following.end())
    return Cut(start - (len(before) - len(before.rstrip("; \t"))), end)


def _name_cuts(source: PythonSource, statement: ast.Import | ast.ImportFrom, keys: frozenset[Key]) -> list[Cut] | None:
    spans = [_span(source, alias) for alias in statement.names]
    going = [(alias.lineno, alias.col_offset) in keys for alias in statement.names]
    last_kept = max(at for at, goes in enumerate(going) if not goes)
    parenthesised = "(" in source.text[_span(source, statement)[0] : spans[0][0]]
    cuts: list[Cut] = []
    for at, (alias, (start, end)) in enumerate(zip(statement.names, spans, strict=True)):
        if not going[at]:
            continue
        before, after = _around(source, start, end, alias)
        if parenthesised and not before.strip() and _REST_OF_LINE.match(after):
            cuts.append(Cut(start - len(before), end + len(after)))
        elif at < last_kept:
            cuts.append(Cut(start, spans[at + 1][0]))
        else:
            cuts.append(Cut(spans[at - 1][1], end))
            if "#" in source.text[spans[at - 1][1] : end]:
                # The comment belongs to the name before, which may stay.
                return None
    return cuts


def _runs(source: PythonSource, lines: set[int]) -> Iterator[tuple[int, int]]:
    """Give stretches of removed lines; only blank lines between two make them one."""
    start: int | None = None
    end = 0
    for line in sorted(lines):
        if start is not None and any(source.lines[between].strip() for between in range(end, line)):
            yield start, end
            start = None
        start = line if start is None else start
        end = line + 1
    if start is not None:
        yield start, end


def _line_cut(source: PythonSource, start: int, end: int, block_start: int | None) -> Cut:
    above, below = start, end
    while above > 0 and not source.lines[above - 1].strip():
        above -= 1
    while below < len(source.lines) and not source.lines[below].strip():
        below += 1
    blank_above, blank_below = start - above, below - end
    if above == 0 or below == len(source.lines):
        keep = 0
    elif start == block_start:
        keep = blank_above
    else:
        keep = max(blank_above, blank_below)
    return Cut(source.starts[above], source.starts[below], "\n" * keep)
