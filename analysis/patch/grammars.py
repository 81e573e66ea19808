"""Whether a file is well formed in a language that Python has no parser for: tree-sitter's grammars say so.

Each language comes as a wheel of its own and is loaded when the first file of that kind is proved.
"""

import importlib
import time
from dataclasses import dataclass, field
from functools import cache

from tree_sitter import Language, Node, Parser, Tree

# The parser asks for a piece at a time: one at once would keep it from asking whether it may go on.
_PIECE = 4096


class TooLong(Exception):
    """The time is up before the file was read to its end: it is neither well formed nor ill formed."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's module, `tree_sitter_NAME`, and the function in it that gives the grammar."""

    module: str
    function: str = "language"


@dataclass(slots=True)
class Allowance:
    """The processor time, in seconds, that may yet be spent. Some inputs cost a grammar the square of their length."""

    seconds: float
    _since: float = field(default_factory=time.thread_time)

    def is_spent(self) -> bool:
        """Whether nothing is left; counted in this thread's own time, so that a busy machine changes no answer."""
        return time.thread_time() - self._since > self.seconds


def fault(grammar: Grammar, content: bytes, allowance: Allowance) -> str | None:
    """Say where and how a file is ill formed; None if it is not. Raises TooLong."""
    tree = _tree(grammar, content, allowance)
    return _told(_first_fault(tree.root_node)) if tree.root_node.has_error else None


def _tree(grammar: Grammar, content: bytes, allowance: Allowance) -> Tree:
    if allowance.is_spent():
        raise TooLong
    try:
        return Parser(_language(grammar)).parse(
            lambda offset, _: content[offset : offset + _PIECE],
            progress_callback=lambda _offset, _has_error: allowance.is_spent(),
        )
    except ValueError as error:
        raise TooLong from error


@cache
def _language(grammar: Grammar) -> Language:
    module = importlib.import_module(f"tree_sitter_{grammar.module}")
    return Language(getattr(module, grammar.function)())


def _first_fault(node: Node) -> Node:
    """Go down to the first node that is itself an error, or stands for a token that is missing."""
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node


def _told(node: Node) -> str:
    line = node.start_point[0] + 1
    if node.is_missing:
        return f"{node.type!r} is missing on line {line}"
    text = (node.text or b"").decode(errors="replace").strip()
    shown = text.splitlines()[0][:40] if text else ""
    return f"line {line} is not understood at {shown!a}"
