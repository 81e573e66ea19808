"""`${{ … }}`: contexts, operators and the functions that conditions and commands use.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from sandbox.data import Json

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>==|!=|<=|>=|&&|\|\||[!().,<>\[\]])"
    r"|(?P<name>[A-Za-z_*][\w-]*))"
)
_PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_LONGEST = 21_000
"""Characters of an expression, as GitHub limits it; it also bounds how deep one can be nested."""

Function = Callable[..., Json]


class ExpressionError(Exception):
    """An expression that cannot be read, or names what there is not."""


def filled(text: str, contexts: Mapping[str, Json], functions: Mapping[str, Function] | None = None) -> str:
    """`text` with each `${{ … }}` replaced by its value."""
    return _PLACE.sub(lambda match: as_text(evaluate(match[1], contexts, functions)), text)


def holds(condition: str, contexts: Mapping[str, Json], functions: Mapping[str, Function]) -> bool:
    """Whether an `if` lets its step run; without a status function it means `success() && …`."""
    inner = condition.strip()
    if (match := _PLACE.fullmatch(inner)) is not None:
        inner = match[1]
    if not re.search(r"\b(success|failure|always|cancelled)\s*\(", inner):
        return truthy(functions["success"]()) and truthy(evaluate(inner, contexts, functions))
    return truthy(evaluate(inner, contexts, functions))


def evaluate(text: str, contexts: Mapping[str, Json], functions: Mapping[str, Function] | None = None) -> Json:
    """The value of an expression. Raises ExpressionError."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"an expression has at most {_LONGEST} characters")
    parser = _Parser(text, contexts, {**_FUNCTIONS, **(functions or {})})
    try:
        return parser.whole()
    except RecursionError as error:
        raise ExpressionError("the expression is nested too deeply") from error


def truthy(value: Json) -> bool:
    """False, null, 0 and the empty text are false; all else is true."""
    return value not in (False, None, 0, "")


def as_text(value: Json) -> str:
    """A value as it stands in a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _equal(one: Json, other: Json) -> bool:
    """Texts whatever their case; values of different kinds as numbers, as GitHub compares loosely."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if type(one) is type(other) or isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return one == other
    return _number(one) == _number(other)


def _number(value: Json) -> float:
    """A value as a number; NaN, which equals nothing, where it is none."""
    if value is None or value == "":
        return 0.0
    try:
        return float(value) if isinstance(value, (str, int, float)) else math.nan
    except ValueError:
        return math.nan


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def _contains(where: Json, what: Json) -> Json:
    if isinstance(where, list):
        return any(_equal(item, what) for item in where)
    return as_text(what).lower() in as_text(where).lower()


def _format(template: Json, *values: Json) -> Json:
    return re.sub(r"\{(\d+)\}", lambda match: as_text(values[int(match[1])]), as_text(template))


_FUNCTIONS: Mapping[str, Function] = {
    "contains": _contains,
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "format": _format,
    "join": lambda items, by=",": as_text(by).join(
        as_text(item) for item in (items if isinstance(items, list) else [items])
    ),
    "tojson": lambda value: json.dumps(value, indent=2),
    "fromjson": lambda text: json.loads(as_text(text)),
}


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Json], functions: Mapping[str, Function]) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._contexts = contexts
        self._functions = functions

    def whole(self) -> Json:
        value = self._either()
        if self._at < len(self._tokens):
            raise ExpressionError(f"Unexpected symbol: '{self._tokens[self._at][1]}'")
        return value

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str) -> bool:
        if self._peek() != wanted:
            return False
        self._at += 1
        return True

    def _either(self) -> Json:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if truthy(value) else other
        return value

    def _both(self) -> Json:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if truthy(value) else value
        return value

    def _compared(self) -> Json:
        value = self._single()
        if self._take("=="):
            return _equal(value, self._single())
        if self._take("!="):
            return not _equal(value, self._single())
        for sign, holds_for in _ORDERS.items():
            if self._take(sign):
                return holds_for(_number(value), _number(self._single()))
        return value

    def _single(self) -> Json:
        if self._take("!"):
            return not truthy(self._single())
        if self._take("("):
            value = self._either()
            self._expect(")")
            return value
        if self._at >= len(self._tokens):
            raise ExpressionError("Unexpected end of expression")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        return self._named(text) if kind == "name" else self._unexpected(text)

    def _named(self, name: str) -> Json:
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        if self._take("("):
            return self._call(name)
        if name not in self._contexts:
            raise ExpressionError(f"Unrecognized named-value: '{name}'")
        value = self._contexts[name]
        while True:
            if self._take("."):
                value = _member(value, self._tokens[self._at][1] if self._at < len(self._tokens) else "")
                self._at += 1
            elif self._take("["):
                value = _member(value, as_text(self._either()))
                self._expect("]")
            else:
                return value

    def _call(self, name: str) -> Json:
        function = self._functions.get(name.lower())
        if function is None:
            raise ExpressionError(f"Unrecognized function: '{name}'")
        given: list[Json] = []
        while not self._take(")"):
            given.append(self._either())
            if self._peek() != ")":
                self._expect(",")
        try:
            return function(*given)
        except (TypeError, ValueError, IndexError) as error:
            raise ExpressionError(f"{name}: {error}") from error

    def _expect(self, wanted: str) -> None:
        if not self._take(wanted):
            self._unexpected(self._peek())

    def _unexpected(self, text: str) -> Json:
        raise ExpressionError(f"Unexpected symbol: '{text}'")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"Unexpected symbol: '{text[at:].strip()[:20]}'")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _member(value: Json, name: str) -> Json:
    """A member that is not there is null, as GitHub has it."""
    if isinstance(value, Mapping):
        return next((found for key, found in value.items() if key.lower() == name.lower()), None)
    if isinstance(value, Sequence) and not isinstance(value, str) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return None
