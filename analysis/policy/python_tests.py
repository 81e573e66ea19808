"""What a Python test file tests and asserts, counted in its tree: a comment, a string or dead code does not count."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

from analysis.recipes.python_source import tree_of

# A longer file takes tens of milliseconds to parse, twice; its lines are counted instead.
_MAX_LINES = 3000
_MOST_FILES = 20
_EXACT_CALL = re.compile(
    r"assert(?!Not|IsNot|IsInstance|Almost)\w*(Equals?|Is|IsNone|Same)$|assert_called\w*_with$|assert_\w*equal$"
)
_ASSERTING = ("assert", "fail", "raises", "warns", "check", "expect")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tests and cases there are, assertions that can be reached, that always are, and with one answer."""

    tests: int
    cases: int
    assertions: int
    certain: int
    exact: int


# Several rules ask for the same two texts, one after the other.
@lru_cache(maxsize=2 * _MOST_FILES)
def counted(lines: tuple[str, ...]) -> Counted | None:
    """Count a file; None if it does not parse or is too long."""
    tree = _tree(lines)
    if tree is None:
        return None
    tests = list(_tests(tree))
    cases = sum(_cases(decorator) for test in tests for decorator in test.decorator_list)
    return Counted(len(tests), cases, _reached(tree.body), _certain(tree.body), sum(map(_exact, ast.walk(tree))))


def same_program(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether only layout and comments differ."""
    if _words(before) != _words(after):
        return False
    old, new = _tree(before), _tree(after)
    return old is not None and new is not None and _dumped(old) == _dumped(new)


def _words(lines: Sequence[str]) -> Counter[str]:
    """Give what no formatter changes but in its order: to compare these first spares most files two parses."""
    code = (line for line in lines if not line.lstrip().startswith("#"))
    return Counter(word for line in code for word in re.findall(r"\w+", line.lower()))


def _dumped(tree: ast.Module) -> list[str]:
    """Leave out statements that are only a text: formatters indent docstrings anew."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, [one for one in block if not _is_text(one)])
    return [ast.dump(statement) for statement in tree.body]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _tree(lines: Sequence[str]) -> ast.Module | None:
    return tree_of("\n".join(lines)) if len(lines) <= _MAX_LINES else None


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give what pytest and unittest collect: functions of the module, methods of a class that is one of tests."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            if node.name.startswith("Test") or any(ast.unparse(base) != "object" for base in node.bases):
                yield from (inner for inner in node.body if _is_test(inner))
        elif _is_test(node):
            yield node


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _cases(decorator: ast.expr) -> int:
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("parametrize")):
        return 0
    values = decorator.args[1] if len(decorator.args) > 1 else None
    return len(values.elts) if isinstance(values, ast.List | ast.Tuple) else 0


def _reached(block: Sequence[ast.stmt]) -> int:
    """Count the assertions of a block that can be reached: none after a `return`, none under `if False`."""
    count = 0
    for statement in block:
        count += _own(statement, block) + sum(_reached(inner) for inner in _inner(statement))
        if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
            break
    return count


def _certain(block: Sequence[ast.stmt]) -> int:
    """Count the assertions that run whenever their function does: none in a branch, none whose failure is caught."""
    count = 0
    for statement in block:
        count += _own(statement, block)
        if isinstance(statement, ast.Try | ast.TryStar):
            count += _certain(statement.finalbody) + (0 if statement.handlers else _certain(statement.body))
        elif not isinstance(statement, ast.If | ast.While | ast.Match) and not _suppresses(statement):
            count += sum(_certain(inner) for inner in _inner(statement))
        if _may_leave(statement):
            break
    return count


def _may_leave(statement: ast.stmt) -> bool:
    """Whether what follows it may never run: it leaves the test, or a branch of it does."""
    if isinstance(statement, ast.If):
        return any(
            isinstance(one, ast.Return | ast.Continue | ast.Break) for one in (*statement.body, *statement.orelse)
        )
    return isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break)


def _suppresses(statement: ast.stmt) -> bool:
    items = statement.items if isinstance(statement, ast.With | ast.AsyncWith) else []
    return any("suppress" in ast.unparse(item.context_expr) for item in items)


def _inner(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    if isinstance(statement, ast.For) and isinstance(statement.iter, ast.List | ast.Tuple) and not statement.iter.elts:
        return
    if (
        isinstance(statement, ast.If | ast.While)
        and isinstance(statement.test, ast.Constant)
        and not statement.test.value
    ):
        yield statement.orelse
        return
    for name in ("body", "orelse", "finalbody"):
        if isinstance(block := getattr(statement, name, None), list):
            yield block
    for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield branch.body


def _exact(node: ast.AST) -> int:
    """Count what leaves one answer: an equality that is asserted, or a call of that meaning."""
    if isinstance(node, ast.Assert):
        compared = [one for one in ast.walk(node) if isinstance(one, ast.Compare)]
        return sum(
            isinstance(op, ast.Eq | ast.Is) and not _is_truth(value) for one in compared for op, value in _sides(one)
        )
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return 0
    return int(_EXACT_CALL.match(node.func.attr) is not None and not any(map(_is_truth, node.args)))


def _sides(node: ast.Compare) -> Iterator[tuple[ast.cmpop, ast.expr]]:
    return zip(node.ops, node.comparators, strict=True)


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _own(statement: ast.stmt, block: Sequence[ast.stmt]) -> int:
    """Count what a statement itself asserts, apart from the statements inside it."""
    if isinstance(statement, ast.Raise):
        return int(statement.exc is not None and "AssertionError" in ast.dump(statement.exc))
    if isinstance(statement, ast.Assert):
        return 0 if _is_vacuous(statement.test, block) else 1
    if isinstance(statement, ast.With | ast.AsyncWith):
        return sum(_asserting_calls(item.context_expr) for item in statement.items)
    return 0 if any(True for _ in _inner(statement)) else _asserting_calls(statement)


def _asserting_calls(node: ast.AST) -> int:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    names = [func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls]
    return sum(1 for name in names if name.startswith(_ASSERTING))


def _is_vacuous(test: ast.expr, block: Sequence[ast.stmt]) -> bool:
    """Whether it cannot be false: a constant, a filled tuple, a value compared with itself or with its own copy."""
    if isinstance(test, ast.Tuple):
        return bool(test.elts)
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_is_vacuous(value, block) for value in test.values)
    if not (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
    ):
        return False
    left, right = ast.dump(test.left), ast.dump(test.comparators[0])
    copies = {
        one.targets[0].id: ast.dump(one.value)
        for one in block
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.Call)
    }
    name = test.comparators[0]
    return left == right or (isinstance(name, ast.Name) and copies.get(name.id) == left)
