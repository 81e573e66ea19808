"""YAML as GitHub reads it: nodes with their places, bounded, and scalars by YAML 1.2 (``on`` and ``yes`` are texts)."""

from __future__ import annotations

import math
import re

import yaml

from sandbox.data import Json
from sandbox.running import BrokenWorkflow
from sandbox.workflows.values import as_text

LONGEST = 512 * 1024
"""Characters of a workflow file: far beyond any that a person wrote, and read in about a second."""
DEEPEST = 50
"""Nodes within one another, and"""
MOST = 100_000
"""nodes of a file once its aliases are written out, as GitHub's own reader bounds both."""

# https://yaml.org/spec/1.2.2/#103-core-schema
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 100


class Fault(Exception):
    """A file that cannot be used as a workflow; ``node`` is where."""

    def __init__(self, message: str, node: yaml.Node | None) -> None:
        super().__init__(message)
        self.node = node


def compose(text: str) -> yaml.Node:
    """The file's root. Raises Fault, and yaml.MarkedYAMLError for what is no YAML."""
    if len(text) > LONGEST:
        raise Fault(f"The file has more than {LONGEST} characters", None)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise Fault("The file is nested too deeply", None) from None
    except (yaml.reader.ReaderError, ValueError) as error:
        raise Fault(f"The file is no text of YAML: {error}", None) from None
    if root is None:
        raise Fault("The file is empty", None)
    _measure(root, {}, 0)
    return root


def broken(path: str, error: Fault | yaml.MarkedYAMLError) -> BrokenWorkflow:
    """What is wrong with a file, and where."""
    if isinstance(error, Fault):
        mark, message = error.node.start_mark if error.node is not None else None, str(error)
    else:
        mark, message = error.problem_mark or error.context_mark, error.problem or "it is no YAML"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return BrokenWorkflow(f"Invalid workflow file: {path} (Line: {line}, Col: {column}): {message}", line, column)


def _measure(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """How many nodes there are below one, counting what aliases repeat; each node is walked once."""
    if depth > DEEPEST:
        raise Fault("The file is nested too deeply", node)
    if id(node) in known:
        if known[id(node)] == 0:
            raise Fault("An alias stands within its own anchor", node)
        return known[id(node)]
    known[id(node)] = 0
    size = 1
    for child in _children(node):
        size += _measure(child, known, depth + 1)
        if size > MOST:
            raise Fault(f"The file has more than {MOST} nodes", node)
    known[id(node)] = size
    return size


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def mapping(node: yaml.Node | None) -> yaml.MappingNode:
    """A node that must be a mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise Fault("A mapping was expected", node)
    return node


def fields(node: yaml.Node | None, allowed: frozenset[str] | None = None) -> dict[str, yaml.Node]:
    """A mapping's fields; a name twice, or one that is not allowed, is a fault."""
    found: dict[str, yaml.Node] = {}
    for key, value in mapping(node).value:
        name = text(key)
        if allowed is not None and name not in allowed:
            raise Fault(f"Unexpected value '{name}'", key)
        if name in found:
            raise Fault(f"'{name}' is already defined", key)
        found[name] = value
    return found


def text(node: yaml.Node) -> str:
    """A scalar as it is written."""
    if not isinstance(node, yaml.ScalarNode):
        raise Fault("A scalar was expected", node)
    return str(node.value)


def texts(node: yaml.Node | None) -> dict[str, str]:
    """A mapping of scalars; empty when absent or null."""
    if node is None or is_null(node):
        return {}
    return {name: _written(value) for name, value in fields(node).items()}


def _written(node: yaml.Node) -> str:
    """A scalar as an expression would show it: of 1.10 remains 1.1, of null nothing."""
    if not isinstance(node, yaml.ScalarNode):
        raise Fault("A scalar was expected", node)
    return as_text(scalar(node))


def listed(node: yaml.Node | None) -> tuple[str, ...] | None:
    """One scalar or a list of them; None when absent."""
    if node is None:
        return None
    return tuple(text(item) for item in node.value) if isinstance(node, yaml.SequenceNode) else (text(node),)


def is_null(node: yaml.Node) -> bool:
    """Whether a scalar is left out or null."""
    return isinstance(node, yaml.ScalarNode) and scalar(node) is None


def value(node: yaml.Node) -> Json:
    """A node as data."""
    if isinstance(node, yaml.MappingNode):
        return {name: value(inner) for name, inner in fields(node).items()}
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    return scalar(node) if isinstance(node, yaml.ScalarNode) else None


def scalar(node: yaml.ScalarNode) -> Json:
    """A scalar by the core schema; what stands in quotes is a text."""
    return resolved(str(node.value)) if node.style is None else str(node.value)


def resolved(written: str) -> Json:
    """What a scalar without quotes stands for."""
    if _NULL.fullmatch(written):
        return None
    if _BOOLEAN.fullmatch(written):
        return written.lower() == "true"
    if len(written) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(written):
            return int(written, 0) if written[:2] in ("0x", "0o") else int(written)
        if _FLOAT.fullmatch(written):
            number = float(written)
            return number if math.isfinite(number) else written
    return written
