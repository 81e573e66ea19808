"""The value of an expression: contexts looked up, operators applied, functions called."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.data import Json
from sandbox.workflows.expressions import (
    Call,
    Chain,
    Comparison,
    ExpressionError,
    Literal,
    Member,
    Named,
    Node,
    Not,
    Reach,
    Star,
)
from sandbox.workflows.values import as_text, equal, less, truthy

Function = Callable[..., Json]
LONGEST_RESULT = 1024 * 1024
"""Characters of a text that functions may build: `format` and `join` of themselves grow without end."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can name: contexts, and functions beyond those that are always there."""

    contexts: Mapping[str, Json]
    functions: Mapping[str, Function]


class _Filtered(list[Json]):
    """What ``.*`` found: the next step goes into each item."""


def evaluate(node: Node, scope: Scope) -> Json:
    """The value of a tree; what stands behind a decided ``&&`` or ``||`` is not looked at. Raises ExpressionError."""
    value: Json
    match node:
        case Literal():
            value = node.value
        case Named(name):
            value = _context(name, scope)
        case Reach(start, steps):
            value = _reached(evaluate(start, scope), steps, scope)
        case Call(name, arguments):
            value = _called(name, arguments, scope)
        case Not(operand):
            value = not truthy(evaluate(operand, scope))
        case Chain(operator, operands):
            value = _chained(operator, operands, scope)
        case Comparison(operator, left, right):
            value = _compared(operator, evaluate(left, scope), evaluate(right, scope))
    return value


def _context(name: str, scope: Scope) -> Json:
    for known, value in scope.contexts.items():
        if known.lower() == name.lower():
            return value
    raise ExpressionError(f"Unrecognized named-value: '{name}'")


def _reached(value: Json, steps: Sequence[Member | Star], scope: Scope) -> Json:
    for step in steps:
        value = _all_members(value) if isinstance(step, Star) else _member(value, evaluate(step.key, scope))
    return list(value) if isinstance(value, _Filtered) else value


def _all_members(value: Json) -> Json:
    if isinstance(value, _Filtered):
        found = [inner for item in value for inner in _items(item)]
        return _Filtered(found)
    return _Filtered(_items(value))


def _items(value: Json) -> Sequence[Json]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, Sequence) and not isinstance(value, str) else []


def _member(value: Json, key: Json) -> Json:
    """A member that is not there is null, as GitHub has it."""
    if isinstance(value, _Filtered):
        return _Filtered([found for item in value if (found := _member(item, key)) is not None])
    if isinstance(value, Mapping):
        name = as_text(key).lower()
        return next((found for known, found in value.items() if known.lower() == name), None)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(key, int | float):
        return value[int(key)] if 0 <= key < len(value) else None
    return None


def _chained(operator: str, operands: Sequence[Node], scope: Scope) -> Json:
    value: Json = None
    for operand in operands:
        value = evaluate(operand, scope)
        if truthy(value) is (operator == "||"):
            return value
    return value


def _compared(operator: str, one: Json, other: Json) -> bool:
    match operator:
        case "==":
            return equal(one, other)
        case "!=":
            return not equal(one, other)
        case "<":
            return less(one, other)
        case ">":
            return less(other, one)
        case "<=":
            return less(one, other) or equal(one, other)
        case _:
            return less(other, one) or equal(one, other)


def _called(name: str, arguments: Sequence[Node], scope: Scope) -> Json:
    function = scope.functions.get(name) or FUNCTIONS.get(name)
    if function is None:
        raise ExpressionError(f"Unrecognized function: '{name}'")
    given = [evaluate(argument, scope) for argument in arguments]
    try:
        value = function(*given)
    except (TypeError, ValueError, IndexError, RecursionError) as error:
        raise ExpressionError(f"{name}: {error}") from error
    if isinstance(value, str) and len(value) > LONGEST_RESULT:
        raise ExpressionError(f"{name}: a text of more than {LONGEST_RESULT} characters")
    return value


def _contains(where: Json, what: Json) -> Json:
    if isinstance(where, Sequence) and not isinstance(where, str):
        return any(equal(item, what) for item in where)
    return not isinstance(where, Mapping) and as_text(what).lower() in as_text(where).lower()


def _format(template: Json, *values: Json) -> Json:
    def put(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise ValueError(f"the format string is not valid: {as_text(template)}")
        return as_text(values[int(match[1][:6])])

    return re.sub(r"\{\{|\}\}|\{(\d+)\}|[{}]", put, as_text(template))


def _join(items: Json, by: Json = ",") -> Json:
    listed = items if isinstance(items, Sequence) and not isinstance(items, str) else [items]
    return as_text(by).join(as_text(item) for item in listed)


def _from_json(text: Json) -> Json:
    if not as_text(text).strip():
        raise ValueError("the text is empty")
    value: Json = json.loads(as_text(text), parse_constant=_no_constant)
    return value


def _no_constant(text: str) -> Json:
    raise ValueError(f"{text} is no JSON")


FUNCTIONS: Mapping[str, Function] = {
    "contains": _contains,
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "format": _format,
    "join": _join,
    "tojson": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    "fromjson": _from_json,
}
"""The functions that are known everywhere, by their names in lower case."""
