"""F541: an f-string without placeholders loses its `f` (https://docs.astral.sh/ruff/rules/f-string-missing-placeholders/)."""

import ast
import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import Findings, LintedPython, offset_of
from analysis.recipes.python_source import Cut, PythonSource

_PREFIX = re.compile(r"(?P<before>[rR]?)[fF](?P<after>[rR]?)(?=[\"'])")


def _cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    offset = offset_of(source, place)
    match = _PREFIX.match(source.text, offset) if offset is not None else None
    return (Cut(match.start(), match.end(), match["before"] + match["after"]),) if match else ()


class _Plain(ast.NodeTransformer):
    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        parts = [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return ast.Constant("".join(parts)) if len(parts) == len(node.values) else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value)


def _normal(tree: ast.Module) -> ast.Module:
    _Plain().visit(tree)
    return tree


PLAIN_F_STRING = LintedPython(
    name="plain-f-string",
    findings=Findings(
        frozenset({"F541", "f-string-missing-placeholders"}),
        re.compile(r"^f-string (is missing|without any) placeholders"),
    ),
    mend=_cuts,
    normal=_normal,
    says="Make strings without placeholders plain",
    why="The linter found f-strings without placeholders (F541)",
    # The string's value stays; only a forgotten placeholder would have been meant otherwise.
    confidence=0.9,
)
"""The recipe `plain-f-string`."""
