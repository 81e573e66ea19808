"""Where isort (and ruff's I001) would put an `import module` of the standard library into a file."""

import ast
import re
import sys
from collections.abc import Sequence

from analysis.recipes.python_source import Cut, PythonSource, spliced

_FUTURE = "__future__"


def with_import(source: PythonSource, module: str) -> str:
    """Give the text with `import module` at the top: sections, order and blank lines as isort's defaults have them."""
    imports = _leading_imports(source.tree)
    if not imports:
        return _after_header(source, module)
    plain = [node for node in imports if isinstance(node, ast.Import) and _is_standard(node)]
    following = next((node for node in plain if _order(node.names[0].name) > _order(module)), None)
    if following is not None:
        return _before(source, following, module, first=following is imports[0])
    if plain:
        return _insert(source, _end_line(plain[-1]), f"import {module}\n")
    return _first_plain(source, imports, module)


def _leading_imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    body = tree.body[1:] if _docstring(tree) is not None else tree.body
    imports: list[ast.Import | ast.ImportFrom] = []
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        imports.append(statement)
    return imports


def _docstring(tree: ast.Module) -> ast.stmt | None:
    return tree.body[0] if ast.get_docstring(tree, clean=False) is not None else None


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    return "." * node.level + (node.module or "")


def _is_standard(node: ast.Import | ast.ImportFrom) -> bool:
    return _module(node).partition(".")[0] in sys.stdlib_module_names


def _order(module: str) -> list[tuple[int, str, int]]:
    """Sort as isort does: letter case aside, and numbers by value (`a2` before `a10`)."""
    parts = re.findall(r"\d+|\D+", module.lower())
    return [(0, "", int(part)) if part.isdecimal() else (1, part, 0) for part in parts]


def _first_plain(source: PythonSource, imports: Sequence[ast.Import | ast.ImportFrom], module: str) -> str:
    """Place the first `import x` of the standard library: ahead of its `from x import y`, behind `__future__`."""
    futures = [node for node in imports if _module(node) == _FUTURE]
    others = [node for node in imports if _module(node) != _FUTURE]
    standard = next((node for node in others if _is_standard(node)), None)
    if standard is not None:
        return _before(source, standard, module, first=standard is imports[0])
    if futures:
        return _insert(source, _end_line(futures[-1]), f"\nimport {module}\n")
    return _before(source, others[0], module, first=True, blank_after=True)


def _before(source: PythonSource, node: ast.stmt, module: str, *, first: bool, blank_after: bool = False) -> str:
    line = node.lineno - 1
    # A comment directly above an import belongs to it; above the first it may be the file's own header.
    while not first and source.lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return _insert(source, line, f"import {module}\n" + ("\n" if blank_after else ""))


def _after_header(source: PythonSource, module: str) -> str:
    """Place the only import of a file: behind its docstring, or behind the comments it opens with."""
    docstring = _docstring(source.tree)
    line = _end_line(docstring) if docstring is not None else _comment_lines(source)
    rest = source.tree.body[1:] if docstring is not None else source.tree.body
    below = line
    while below < len(source.lines) and not source.lines[below].strip():
        below += 1
    text = ("\n" if line else "") + f"import {module}\n" + ("\n" * _gap(rest) if below < len(source.lines) else "")
    head = "" if line == 0 or source.lines[line - 1].endswith("\n") else "\n"
    return spliced(source.text, [Cut(source.starts[line], source.starts[below], head + text)])


def _gap(rest: Sequence[ast.stmt]) -> int:
    defines = rest and isinstance(rest[0], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return 2 if defines else 1


def _comment_lines(source: PythonSource) -> int:
    """Count the comment lines that a file opens with, if a blank line parts them from what follows."""
    count = 0
    while count < len(source.lines) and source.lines[count].startswith("#"):
        count += 1
    parted = count < len(source.lines) and not source.lines[count].strip()
    return count if parted or (count and source.lines[0].startswith("#!")) else 0


def _end_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _insert(source: PythonSource, line: int, text: str) -> str:
    head = "" if line == 0 or source.lines[line - 1].endswith("\n") else "\n"
    return spliced(source.text, [Cut(source.starts[line], source.starts[line], head + text)])
