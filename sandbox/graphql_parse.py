"""A small honest reader of GraphQL documents: operations, arguments, variables, nested selections; no fragments.

https://spec.graphql.org/October2021/#sec-Language
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.data import Json

_TOKEN = re.compile(
    r"""(?P<skip>[\s,\ufeff]+|\#[^\n]*)|(?P<block>\"{3}.*?\"{3})|(?P<string>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[_A-Za-z]\w*)|(?P<mark>\.\.\.|[!$():=@\[\]{}|&])""",
    re.DOTALL,
)
# A document of a client is shallow; a stranger's could exhaust the stack.
_DEEPEST = 50


class GraphQLSyntaxError(Exception):
    """The document cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name`` where a value stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A selected field."""

    name: str
    alias: str
    arguments: Mapping[str, object]
    selection: tuple[Field, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or mutation."""

    kind: str
    name: str | None
    selection: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(slots=True)
class _Parser:
    source: str
    tokens: list[_Token] = field(default_factory=list)
    at: int = 0

    def fail(self) -> GraphQLSyntaxError:
        token = self.tokens[self.at]
        line, column = _place(self.source, token.start)
        shown = f'"{token.text}"' if token.text else "end of file"
        return GraphQLSyntaxError(f"Parse error on {shown} at [{line}, {column}]")

    def peek(self, text: str) -> bool:
        return self.tokens[self.at].text == text and self.tokens[self.at].kind != "string"

    def take(self, text: str) -> bool:
        if self.peek(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.fail()

    def name(self) -> _Token:
        token = self.tokens[self.at]
        if token.kind != "name":
            raise self.fail()
        self.at += 1
        return token


def _place(source: str, start: int) -> tuple[int, int]:
    before = source[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            line, column = _place(source, at)
            raise GraphQLSyntaxError(f'Parse error on "{source[at]}" at [{line}, {column}]')
        if match.lastgroup and match.lastgroup != "skip":
            found.append(_Token(match.lastgroup, match.group(), at))
        at = match.end()
    return [*found, _Token("end", "", len(source))]


def parse(source: str) -> tuple[Operation, ...]:
    """The operations of a document; raises :class:`GraphQLSyntaxError`."""
    parser = _Parser(source, _tokens(source))
    operations: list[Operation] = []
    while parser.tokens[parser.at].kind != "end":
        operations.append(_operation(parser))
    if not operations:
        raise parser.fail()
    return tuple(operations)


def _operation(parser: _Parser) -> Operation:
    if parser.peek("{"):
        return Operation("query", None, _selection(parser, 0))
    kind = parser.name().text
    if kind not in {"query", "mutation"}:
        parser.at -= 1
        raise parser.fail()
    name = parser.name().text if parser.tokens[parser.at].kind == "name" else None
    if parser.take("("):
        while not parser.take(")"):
            _variable_definition(parser)
    return Operation(kind, name, _selection(parser, 0))


def _variable_definition(parser: _Parser) -> None:
    parser.expect("$")
    parser.name()
    parser.expect(":")
    depth = 0
    while parser.take("["):
        depth += 1
    parser.name()
    parser.take("!")
    for _ in range(depth):
        parser.expect("]")
        parser.take("!")
    if parser.take("="):
        _value(parser, 0)


def _selection(parser: _Parser, depth: int) -> tuple[Field, ...]:
    if depth > _DEEPEST:
        raise GraphQLSyntaxError("Query is too deep")
    parser.expect("{")
    found: list[Field] = []
    while not parser.take("}"):
        found.append(_field(parser, depth))
    return tuple(found)


def _field(parser: _Parser, depth: int) -> Field:
    token = parser.name()
    alias = name = token.text
    if parser.take(":"):
        name = parser.name().text
    arguments: dict[str, object] = {}
    if parser.take("("):
        while not parser.take(")"):
            key = parser.name().text
            parser.expect(":")
            arguments[key] = _value(parser, 0)
    selection = _selection(parser, depth + 1) if parser.peek("{") else ()
    line, column = _place(parser.source, token.start)
    return Field(name, alias, arguments, selection, line, column)


def _value(parser: _Parser, depth: int) -> object:
    if depth > _DEEPEST:
        raise GraphQLSyntaxError("Value is too deep")
    if parser.take("$"):
        return Variable(parser.name().text)
    if parser.take("["):
        items: list[object] = []
        while not parser.take("]"):
            items.append(_value(parser, depth + 1))
        return items
    if parser.take("{"):
        values: dict[str, object] = {}
        while not parser.take("}"):
            key = parser.name().text
            parser.expect(":")
            values[key] = _value(parser, depth + 1)
        return values
    return _scalar(parser)


def _scalar(parser: _Parser) -> Json:
    token = parser.tokens[parser.at]
    parser.at += 1
    if token.kind == "block":
        return token.text[3:-3]
    if token.kind in {"string", "number"}:
        try:
            value: Json = json.loads(token.text)
        except ValueError:
            parser.at -= 1
            raise parser.fail() from None
        return value
    if token.kind == "name":
        constants: dict[str, Json] = {"true": True, "false": False, "null": None}
        return constants.get(token.text, token.text)
    parser.at -= 1
    raise parser.fail()


def substitute(value: object, variables: Mapping[str, Json]) -> Json:
    """A value with its variables put in; a variable that was not given is null."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: substitute(item, variables) for key, item in value.items()}
    return value if isinstance(value, bool | int | float | str) else None
