"""Taking names out of import statements: the text without them, checked against the tree without them."""

import ast
import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.recipes.python_source import Cut, PythonSource, same_meaning, spliced, statement_blocks, tree_of
from analysis.recipes.statement_removal import around, removal_cuts, span

_WORD = re.compile(r"\w+")
_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(#.*)?\n?$")

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

    @property
    def binds(self) -> str:
        """The name that it makes known in the file."""
        return self.node.asname or self.node.name.partition(".")[0]


def used_names(tree: ast.Module) -> frozenset[str]:
    """The names that a file reads, those in its quoted annotations and in lists such as `__all__` among them."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
    quoted = [part for node in ast.walk(tree) for part in _quoting(node)]
    strings = [node.value for part in quoted for node in ast.walk(part) if isinstance(node, ast.Constant)]
    return frozenset(read).union(*(_WORD.findall(text) for text in strings if isinstance(text, str)))


def _quoting(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.AnnAssign(annotation=annotation):
            return [annotation]
        case ast.arg(annotation=ast.expr() as annotation):
            return [annotation]
        case ast.FunctionDef(returns=ast.expr() as returns) | ast.AsyncFunctionDef(returns=ast.expr() as returns):
            return [returns]
        case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
            return [value]
        case _:
            return []


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
    cuts = removal_cuts(source, block, going, nested=nested)
    for statement in block:
        shrinks = statement not in going and bool(keys.intersection(_keys(statement)))
        if shrinks and isinstance(statement, ast.Import | ast.ImportFrom):
            of_names = _name_cuts(source, statement, keys)
            if of_names is None:
                return None
            cuts += of_names
    return cuts


def _name_cuts(source: PythonSource, statement: ast.Import | ast.ImportFrom, keys: frozenset[Key]) -> list[Cut] | None:
    spans = [span(source, alias) for alias in statement.names]
    going = [(alias.lineno, alias.col_offset) in keys for alias in statement.names]
    last_kept = max(at for at, goes in enumerate(going) if not goes)
    parenthesised = "(" in source.text[span(source, statement)[0] : spans[0][0]]
    cuts: list[Cut] = []
    for at, (alias, (start, end)) in enumerate(zip(statement.names, spans, strict=True)):
        if not going[at]:
            continue
        before, after = around(source, start, end, alias)
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
