"""Local variables that a linter found never used (F841, pylint's W0612): the name goes, and what is computed stays.

`except E as e:` and `with f() as x:` lose their name, `x = f()` becomes `f()`, and `x = 1` goes as a whole. Values that
are neither a call nor without any effect are left alone (https://docs.astral.sh/ruff/rules/unused-variable/).
"""

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import (
    Cut,
    PythonSource,
    parse_python,
    same_meaning,
    spliced,
    statement_blocks,
    tree_of,
)
from analysis.recipes.statement_removal import removal_cuts, span

_MESSAGE = re.compile(
    r"^(?:[Ll]ocal variable [`'](?P<name>\w{1,100})[`'] is assigned to but never used"
    r"|Unused variable '(?P<pylints>\w{1,100})'(?: \(unused-variable\))?$)"
)
_RULES = ("F841", "W0612", "unused-variable", None)
# Whoever calls one of these reads local variables by other ways than their names.
_READS_LOCALS = frozenset({"locals", "vars", "eval", "exec", "dir"})
_Binding = ast.Assign | ast.AnnAssign | ast.ExceptHandler | ast.withitem
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class UnusedVariable:
    """The recipe `unused-variable`."""

    name: str = "unused-variable"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which a local variable was found unused."""
        return frozenset(place.path for _, place, _ in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Take each name away that is still bound where the linter saw it, and used nowhere."""
        edits: list[Edit] = []
        removed: list[str] = []
        settled: set[int] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            found = [(at, place, name) for at, place, name in _found(diagnosis) if place.path == path]
            after, done = _mended(text, found)
            edits += edits_between(path, text, after)
            removed += [f"`{name}` in `{path}`" for at, _, name in found if at in done]
            settled |= done
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary=f"Remove the unused variable {removed[0]}"
            if len(removed) == 1
            else f"Remove {len(removed)} unused variables",
            explanation=f"The linter found these variables unused: {', '.join(removed)}. "
            "What they were given is still computed where that may have an effect.",
            edits=tuple(edits),
            # Nothing reads the name; that something should have is the other way to be wrong here.
            confidence=0.8,
            settles=frozenset(settled),
        )


def _found(diagnosis: Diagnosis) -> list[tuple[int, Location, str]]:
    return [
        (at, place, match["name"] or match["pylints"])
        for at, place in enumerate(diagnosis.locations)
        if place.path.endswith(".py") and place.rule in _RULES and (match := _MESSAGE.match(place.message))
    ]


def _mended(text: str, found: Sequence[tuple[int, Location, str]]) -> tuple[str, set[int]]:
    source = parse_python(text)
    if source is None:
        return text, set()
    bound = {at: _binding(source.tree, place.line or 0, name) for at, place, name in found}
    bindings = {id(binding): binding for binding in bound.values() if binding is not None}
    expected = _without(source.tree, bindings.values())
    after = spliced(text, list(_cuts(source, list(bindings.values()))))
    tree = tree_of(after)
    if tree is None or not same_meaning(tree, expected):
        return text, set()
    return after, {at for at, binding in bound.items() if binding is not None}


def _binding(tree: ast.Module, line: int, name: str) -> _Binding | None:
    """Find what binds the name on the line; None unless it is one thing, whose name nothing in its function reads."""
    found = [
        (function, node)
        for function in _functions(tree)
        for node in ast.walk(function)
        if isinstance(node, _Binding) and line in _lines(node) and _binds(node, name)
    ]
    nodes = {id(node): node for _, node in found}
    if len(nodes) != 1 or any(_reads(function, name) for function, _ in found):
        return None
    return next(iter(nodes.values()))


def _functions(tree: ast.Module) -> Iterator[_Function]:
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            yield node


def _lines(node: _Binding) -> range:
    if isinstance(node, ast.withitem):
        return range(node.context_expr.lineno, (node.context_expr.end_lineno or 0) + 2)
    if isinstance(node, ast.ExceptHandler):
        return range(node.lineno, (node.type.end_lineno or node.lineno) + 1 if node.type else node.lineno + 1)
    return range(node.lineno, node.lineno + 1)


def _binds(node: _Binding, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=bound)], value=value):
            return bound == name and (_is_idle(value) or isinstance(value, ast.Call | ast.Await))
        case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value):
            return bound == name and (_is_idle(value) or isinstance(value, ast.Call | ast.Await))
        case ast.ExceptHandler(name=bound) | ast.withitem(optional_vars=ast.Name(id=bound)):
            return bound == name
        case _:
            return False


def _is_idle(value: ast.expr) -> bool:
    """Whether computing a value does nothing else: it is made of literals and names alone."""
    idle = (ast.Constant, ast.Name, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Load, ast.Lambda, ast.UnaryOp, ast.USub)
    if isinstance(value, ast.Lambda):
        return True
    return all(isinstance(node, idle) and not isinstance(node, ast.Lambda) for node in ast.walk(value))


def _reads(function: _Function, name: str) -> bool:
    for node in ast.walk(function):
        match node:
            case ast.Name(id=used, ctx=ast.Load() | ast.Del()) if used == name or used in _READS_LOCALS:
                return True
            case ast.Global(names=names) | ast.Nonlocal(names=names) if name in names:
                return True
    return False


def _goes(node: ast.AST, ids: frozenset[tuple[int, int]]) -> bool:
    idle = isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _is_idle(node.value)
    return idle and _key(node) in ids


def _key(node: ast.AST) -> tuple[int, int]:
    place = node.optional_vars if isinstance(node, ast.withitem) else node
    return getattr(place, "lineno", 0), getattr(place, "col_offset", -1)


def _cuts(source: PythonSource, bindings: Sequence[_Binding]) -> Iterator[Cut]:
    keys = frozenset(_key(node) for node in bindings)
    for block in statement_blocks(source.tree):
        going = [statement for statement in block if _goes(statement, keys)]
        yield from removal_cuts(source, block, going, nested=block is not source.tree.body)
    for node in bindings:
        if not _goes(node, keys):
            yield from _name_cut(source, node)


def _name_cut(source: PythonSource, node: _Binding) -> Iterator[Cut]:
    """Cut the name and the word or sign that binds it."""
    match node:
        case ast.Assign(targets=[target]):
            start, rest = span(source, target)[0], re.compile(r"\w+\s*=\s*")
        case ast.AnnAssign(annotation=annotation):
            start, rest = span(source, annotation)[1], re.compile(r"[\s)\"']*=\s*")
        case ast.ExceptHandler(type=ast.expr() as kind):
            start, rest = span(source, kind)[1], re.compile(r"\s*\)*(?P<as>\s+as\s+\w+)")
        case ast.withitem(context_expr=manager):
            start, rest = span(source, manager)[1], re.compile(r"\s*\)*(?P<as>\s+as\s+\w+)")
        case _:
            return
    match_ = rest.match(source.text, start)
    if match_ is None:
        return
    if "as" in match_.groupdict():
        yield Cut(*match_.span("as"))
    else:
        yield Cut(span(source, node)[0] if isinstance(node, ast.stmt) else start, match_.end())


def _without(tree: ast.Module, bindings: Iterable[_Binding]) -> ast.Module:
    """Give the tree as it should be."""
    keys = frozenset(_key(node) for node in bindings)
    expected = copy.deepcopy(tree)
    for node in ast.walk(expected):
        if isinstance(node, ast.ExceptHandler) and _key(node) in keys:
            node.name = None
        elif isinstance(node, ast.withitem) and _key(node) in keys:
            node.optional_vars = None
    for block in statement_blocks(expected):
        kept = [_bare(statement, keys) for statement in block if not _goes(statement, keys)]
        block[:] = kept or [ast.Pass()]
    return expected


def _bare(statement: ast.stmt, keys: frozenset[tuple[int, int]]) -> ast.stmt:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None and _key(statement) in keys:
        return ast.Expr(statement.value)
    return statement
