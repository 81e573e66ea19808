"""Comparisons written with the wrong operator, as E711, F632, E713 and E714 name them.

`==` with `None` is mended only where its truth alone is asked, as in `if x == None`: as a value it may be an expression
of a query (https://docs.astral.sh/ruff/rules/none-comparison/).
"""

import ast
import re
from collections.abc import Iterator, Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import Findings, LintedPython
from analysis.recipes.python_source import Cut, PythonSource
from analysis.recipes.statement_removal import span

_EQUAL = re.compile(r"==|!=")
_IS = re.compile(r"\bis\s+not\b|\bis\b")
_IN = re.compile(r"\bin\b|\bis\b")
_SWAPPED = {"==": "is", "!=": "is not", "is": "==", "isnot": "!="}


def _none_cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    asked = {id(node) for node in _asked(source.tree)}
    return [
        cut
        for node in _compares(source, place)
        if id(node) in asked
        for at, operator in enumerate(node.ops)
        if isinstance(operator, ast.Eq | ast.NotEq) and any(_is_none(side) for side in _sides(node, at))
        for cut in _operator_cut(source, node, at, _EQUAL)
    ]


def _literal_cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    return [
        cut
        for node in _compares(source, place)
        for at, operator in enumerate(node.ops)
        if isinstance(operator, ast.Is | ast.IsNot) and any(_is_literal(side) for side in _sides(node, at))
        for cut in _operator_cut(source, node, at, _IS)
    ]


def _negated_cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    cuts: list[Cut] = []
    for node in ast.walk(source.tree):
        inner = _negated_by(node)
        if not isinstance(node, ast.UnaryOp) or inner is None or not _spans(node, place):
            continue
        gap_start, gap = _gap(source, inner, 0)
        operators = list(_IN.finditer(gap))
        start = span(source, node)[0]
        head = re.compile(r"not\b[ \t]*").match(source.text, start)
        if len(operators) == 1 and head and "#" not in gap:
            at, word = gap_start + operators[0].start(), operators[0][0]
            cuts += [Cut(start, head.end()), Cut(at, at + 2, "not in" if word == "in" else "is not")]
    return cuts


def _compares(source: PythonSource, place: Location) -> Iterator[ast.Compare]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Compare) and _spans(node, place):
            yield node


def _spans(node: ast.expr, place: Location) -> bool:
    line, column = place.line or 0, (place.column or 1) - 1
    first, last = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    # Some tools point before the expression's first character, some at its operator: the line decides.
    return first[0] <= line <= last[0] and (first[0] != last[0] or column < last[1])


def _asked(tree: ast.Module) -> Iterator[ast.expr]:
    """Give the expressions of which only the truth is asked."""
    for node in ast.walk(tree):
        tests: list[ast.expr] = []
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            tests = [node.test]
        elif isinstance(node, ast.comprehension):
            tests = list(node.ifs)
        while tests:
            test = tests.pop()
            yield test
            if isinstance(test, ast.BoolOp):
                tests += test.values
            elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
                tests.append(test.operand)


def _sides(node: ast.Compare, at: int) -> tuple[ast.expr, ast.expr]:
    return (node.left if at == 0 else node.comparators[at - 1]), node.comparators[at]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_literal(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes | int | float | complex)
        and not (isinstance(node.value, bool))
    )


def _negated_by(node: ast.AST) -> ast.Compare | None:
    """Give the comparison under a `not` that an operator of its own could say."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[ast.In() | ast.Is()]) as inner):
            return inner
        case _:
            return None


def _gap(source: PythonSource, node: ast.Compare, at: int) -> tuple[int, str]:
    """Give where the text between two operands begins, and that text."""
    left, right = _sides(node, at)
    start, end = span(source, left)[1], span(source, right)[0]
    return start, source.text[start:end]


def _operator_cut(source: PythonSource, node: ast.Compare, at: int, operator: re.Pattern[str]) -> Iterator[Cut]:
    start, gap = _gap(source, node, at)
    found = list(operator.finditer(gap))
    if len(found) != 1 or "#" in gap:
        return
    [match] = found
    word = _SWAPPED["".join(match[0].split())]
    if word.startswith("is"):
        before = "" if gap[: match.start()].endswith((" ", "\t", "\n")) else " "
        after = "" if gap[match.end() :].startswith((" ", "\t", "\n")) else " "
        word = f"{before}{word}{after}"
    yield Cut(start + match.start(), start + match.end(), word)


class _Identity(ast.NodeTransformer):
    """Writes each comparison with `None` or a literal by identity, as one of two equals."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for at, operator in enumerate(node.ops):
            if any(_is_none(side) or _is_literal(side) for side in _sides(node, at)):
                node.ops[at] = _BY_VALUE.get(type(operator), type(operator))()
        return node


_BY_VALUE: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Is: ast.Eq, ast.IsNot: ast.NotEq}


class _Negation(ast.NodeTransformer):
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        inner = _negated_by(node)
        if inner is not None:
            inner.ops = [ast.NotIn() if isinstance(inner.ops[0], ast.In) else ast.IsNot()]
            return inner
        return node


def _by_value(tree: ast.Module) -> ast.Module:
    _Identity().visit(tree)
    return tree


def _negated(tree: ast.Module) -> ast.Module:
    _Negation().visit(tree)
    return tree


NONE_COMPARISON = LintedPython(
    name="none-comparison",
    findings=Findings(frozenset({"E711", "none-comparison"}), re.compile(r"^[Cc]omparison to [`']?None")),
    mend=_none_cuts,
    normal=_by_value,
    says="Compare with `None` by `is`",
    why="The linter found comparisons with `None` by `==` (E711), of which only the truth is asked,",
    # A class may answer `==` as it likes, and hardly does so for None where a truth is asked.
    confidence=0.85,
)
"""The recipe `none-comparison`."""
LITERAL_COMPARISON = LintedPython(
    name="literal-comparison",
    findings=Findings(
        frozenset({"F632", "is-literal"}), re.compile(r"^[Uu]se [`']?==(/!=)?[`']? to compare constant literals")
    ),
    mend=_literal_cuts,
    normal=_by_value,
    says="Compare with literals by `==`",
    why="The linter found comparisons with literals by `is` (F632), which hold by chance,",
    confidence=0.95,
)
"""The recipe `literal-comparison`."""
NEGATED_COMPARISON = LintedPython(
    name="negated-comparison",
    findings=Findings(
        frozenset({"E713", "E714", "not-in-test", "not-is-test"}),
        re.compile(r"^[Tt]est for (membership|object identity) should be [`']?(not in|is not)"),
    ),
    mend=_negated_cuts,
    normal=_negated,
    says="Write `not in` and `is not`",
    why="The linter found negated comparisons (E713, E714)",
    confidence=0.95,
)
"""The recipe `negated-comparison`."""
