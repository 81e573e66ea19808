"""A standard-library module that is used but not imported: NameError in a traceback, or F821 of ruff or flake8.

Only a name that the file uses as `module.attribute`, and never binds, with attributes that the module really has, is
taken for a module; a name that is anything else was meant otherwise.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis, Location
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.import_place import with_import
from analysis.recipes.model import Proposal
from analysis.recipes.python_source import PythonSource, parse_python, same_meaning
from analysis.recipes.standard_library import is_standard, modules_offering
from analysis.recipes.stretches import in_repository, stretches

_UNDEFINED = re.compile(r"NameError: name '(\w{1,100})' is not defined|[Uu]ndefined name [`'](\w{1,100})[`']")
# pytest ends a traceback with `path:line: NameError`, the message some lines above it; Python names the file first.
_PYTEST_END = re.compile(r"^(?:E\s+)?(?P<path>[^\s:]+\.py):\d+: NameError$")
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+\.py)", line \d+|^(?P<short>[^\s:]+\.py):\d+: in \S')


@dataclass(frozen=True, slots=True)
class MissingImport:
    """The recipe `missing-import`."""

    name: str = "missing-import"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files in which a standard-library module's name was undefined."""
        return frozenset(path for path, _ in _undefined(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Insert `import module` where isort would put it, in each file that uses it and lacks it."""
        edits: list[Edit] = []
        added: list[str] = []
        mended: set[tuple[str, str]] = set()
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = text_of(files[path])
            after = text
            for name in sorted(name for where, name in _undefined(diagnosis) if where == path):
                modules = _missing(after, name)
                for module in modules:
                    after = _with(after, module)
                added += [f"`import {module}` in `{path}`" for module in modules]
                mended |= {(path, name)} if modules else set()
            edits += edits_between(path, text, after)
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary=f"Add {added[0]}" if len(added) == 1 else f"Add {len(added)} missing imports",
            explanation="These standard-library modules are used but not imported: " + ", ".join(added) + ".",
            edits=tuple(edits),
            # The name, and every attribute used of it, are the module's; a variable of that name would differ.
            confidence=0.9,
            settles=_settled(diagnosis, mended),
        )


def _undefined(diagnosis: Diagnosis) -> frozenset[tuple[str, str]]:
    found = {
        (location.path, name)
        for location in diagnosis.locations
        if location.path.endswith(".py") and (name := _name_in(location.message)) is not None
    }
    for stretch in stretches(diagnosis):
        found.update(_in_tracebacks(stretch.lines))
    return frozenset(
        (relative, name) for path, name in found if is_standard(name) and (relative := in_repository(path)) is not None
    )


def _name_in(message: str) -> str | None:
    match = _UNDEFINED.search(message)
    return (match[1] or match[2]) if match else None


def _in_tracebacks(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    frame: str | None = None
    raised: str | None = None
    for line in lines:
        if match := _FRAME.match(line):
            frame = match["path"] or match["short"]
        elif match := _PYTEST_END.match(line):
            if raised is not None:
                yield match["path"], raised
            raised = None
        elif line.removeprefix("E").lstrip().startswith("NameError: name"):
            raised = _name_in(line)
            if frame is not None and raised is not None:
                yield frame, raised
            frame = None


def _settled(diagnosis: Diagnosis, mended: set[tuple[str, str]]) -> frozenset[int]:
    return frozenset(at for at, location in enumerate(diagnosis.locations) if _answers(location, mended))


def _answers(location: Location, mended: set[tuple[str, str]]) -> bool:
    name, path = _name_in(location.message), in_repository(location.path)
    if not location.message.startswith("NameError"):
        return (path, name) in mended
    # pytest gives the error's kind where it was raised, and the whole message where the test is that failed.
    return name in {name for _, name in mended} or (name is None and path in {path for path, _ in mended})


def _missing(text: str, name: str) -> list[str]:
    source = parse_python(text)
    if source is None or _binds(source.tree, name):
        return []
    uses = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == name]
    chains = _chains(source.tree, name)
    if not chains or len(chains) != len(uses):
        return []
    return sorted(modules_offering(name, frozenset(chains)) or ())


def _chains(tree: ast.Module, name: str) -> list[tuple[str, ...]]:
    """Give each `name.a.b` of a file as `(a, b)`, the longest form of each use."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    inner = {id(node.value) for node in nodes}
    chains = []
    for node in nodes:
        parts: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        if id(node) not in inner and isinstance(base, ast.Name) and base.id == name:
            chains.append(tuple(reversed(parts)))
    return chains


def _binds(tree: ast.Module, name: str) -> bool:
    return any(name in _names_bound_by(node) for node in ast.walk(tree))


def _names_bound_by(node: ast.AST) -> Sequence[str]:
    names: Sequence[str | None] = ()
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            names = (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            names = (name,)
        case ast.ExceptHandler(name=bound) | ast.MatchAs(name=bound) | ast.MatchStar(name=bound):
            names = (bound,)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            pass
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            names = [(alias.asname or alias.name).partition(".")[0] for alias in aliases]
    return [name for name in names if name is not None]


def _with(text: str, module: str) -> str:
    source = parse_python(text)
    after = with_import(source, module) if source is not None else text
    changed = parse_python(after)
    return after if source is not None and changed is not None and _adds_only(source, changed, module) else text


def _adds_only(source: PythonSource, changed: PythonSource, module: str) -> bool:
    """Check the one difference: a top-level `import module` more."""
    statement = f"import {module}"
    added = [
        at
        for at, node in enumerate(changed.tree.body)
        if isinstance(node, ast.Import) and ast.unparse(node) == statement
    ]
    for at in added:
        rest = ast.Module([*changed.tree.body[:at], *changed.tree.body[at + 1 :]], changed.tree.type_ignores)
        if same_meaning(rest, source.tree):
            return True
    return False
