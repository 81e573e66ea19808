"""What stands between ``${{`` and ``}}``: text to a tree, with GitHub's own limits.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.data import Json

LONGEST = 21_000
"""Characters of an expression, as GitHub limits it."""
DEEPEST = 50
"""Operators and parentheses within one another, as GitHub limits it."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))"
    r"|(?P<operator>==|!=|<=|>=|&&|\|\||[!().,<>\[\]*])"
    r"|(?P<name>[A-Za-z_][\w-]*))",
    re.ASCII,
)


class ExpressionError(Exception):
    """An expression that cannot be read, or names what there is not."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Json


@dataclass(frozen=True, slots=True)
class Named:
    """A context, such as ``github``."""

    name: str


@dataclass(frozen=True, slots=True)
class Star:
    """``.*``: all members."""


@dataclass(frozen=True, slots=True)
class Member:
    """``.name`` or ``[expression]`` of what stands before it."""

    key: Node


@dataclass(frozen=True, slots=True)
class Reach:
    """A value and the way into it."""

    start: Node
    steps: tuple[Member | Star, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; the name in lower case."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``!``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by ``&&`` or ``||``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands with ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=`` between them."""

    operator: str
    left: Node
    right: Node


Node: TypeAlias = Literal | Named | Reach | Call | Not | Chain | Comparison


def parse(text: str) -> Node:
    """An expression as a tree. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"Exceeded max expression length {LONGEST}")
    return _Parser(text).whole()


def inside(node: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    yield node
    for child in _children(node):
        yield from inside(child)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Reach(start, steps):
            return (start, *(step.key for step in steps if isinstance(step, Member)))
        case Call(_, arguments):
            return arguments
        case Not(operand):
            return (operand,)
        case Chain(_, operands):
            return operands
        case Comparison(_, left, right):
            return (left, right)
        case _:
            return ()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if not self._tokens:
            raise ExpressionError("An expression was expected")
        node = self._chain("||")
        if self._at < len(self._tokens):
            self._unexpected()
        return node

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str | None:
        found = self._peek()
        if not found or found not in wanted:
            return None
        self._at += 1
        return found

    def _chain(self, operator: str) -> Node:
        following = self._comparison if operator == "&&" else lambda: self._chain("&&")
        operands = [following()]
        while self._take(operator):
            operands.append(following())
        return operands[0] if len(operands) == 1 else Chain(operator, tuple(operands))

    def _comparison(self) -> Node:
        left = self._unary()
        while operator := self._take("==", "!=", "<=", ">=", "<", ">"):
            self._deeper()
            left = Comparison(operator, left, self._unary())
        return left

    def _unary(self) -> Node:
        if not self._take("!"):
            return self._reach()
        self._deeper()
        return Not(self._unary())

    def _reach(self) -> Node:
        start = self._primary()
        steps: list[Member | Star] = []
        while mark := self._take(".", "["):
            steps.append(self._dotted() if mark == "." else self._indexed())
        return Reach(start, tuple(steps)) if steps else start

    def _dotted(self) -> Member | Star:
        if self._take("*"):
            return Star()
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != "name":
            self._unexpected()
        self._at += 1
        return Member(Literal(self._tokens[self._at - 1][1]))

    def _indexed(self) -> Member | Star:
        if self._take("*"):
            self._expect("]")
            return Star()
        key = self._nested()
        self._expect("]")
        return Member(key)

    def _primary(self) -> Node:
        if self._take("("):
            node = self._nested()
            self._expect(")")
            return node
        if self._at >= len(self._tokens):
            raise ExpressionError("Unexpected end of expression")
        kind, text = self._tokens[self._at]
        if kind == "operator":
            self._unexpected()
        self._at += 1
        if kind == "text":
            return Literal(text[1:-1].replace("''", "'"))
        return Literal(_number(text)) if kind == "number" else self._name(text)

    def _name(self, text: str) -> Node:
        constants: dict[str, Json] = {"true": True, "false": False, "null": None, "nan": float("nan")}
        if text in ("true", "false", "null", "NaN"):
            return Literal(constants[text.lower()])
        if text == "Infinity":
            return Literal(float("inf"))
        return Call(text.lower(), self._arguments()) if self._take("(") else Named(text)

    def _arguments(self) -> tuple[Node, ...]:
        given: list[Node] = []
        while not self._take(")"):
            if given:
                self._expect(",")
            given.append(self._nested())
        return tuple(given)

    def _nested(self) -> Node:
        before = self._depth
        self._deeper()
        node = self._chain("||")
        self._depth = before
        return node

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"Exceeded max expression depth {DEEPEST}")

    def _expect(self, wanted: str) -> None:
        if not self._take(wanted):
            self._unexpected()

    def _unexpected(self) -> None:
        found = self._peek()
        raise ExpressionError(f"Unexpected symbol: '{found}'" if found else "Unexpected end of expression")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"Unexpected symbol: '{text[at:end].strip()[:20]}'")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _number(text: str) -> int | float:
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.removeprefix("+"))
    if digits[:2] in ("0x", "0o"):
        return sign * int(digits, 0)
    value = sign * float(digits)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
