"""The rules that a log is read by, with the gate that finds their lines: those shipped, and a repository's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from analysis.engine import Flags, Gate, Re2Gate, build_gate, over_lines, rule_patterns
from analysis.private_keys import KEY_BEGIN, KEY_END
from analysis.rules import Rule, gate_pattern, rule_book
from analysis.steps import MARKERS


@dataclass(frozen=True, slots=True)
class Book:
    """Rules in order; the gate names them by their place, and behind them the lines of a log's own structure."""

    rules: tuple[Rule, ...]
    gate: Gate


@cache
def shipped() -> Book:
    """The rules of `matchers/`, compiled once a process."""
    structure = [over_lines(marker, strict=True) for marker in (*MARKERS, KEY_BEGIN, KEY_END)]
    return Book(rule_book().rules, build_gate([*rule_patterns(), *structure]))


def with_own(own: Sequence[Rule]) -> Book:
    """The shipped rules and a repository's own; theirs alone are compiled anew.

    By google-re2, which bounds what a pattern may take to compile: a stranger's may be made to take long.
    """
    book = shipped()
    if not own:
        return book
    return Book((*book.rules, *own), _Joined(book.gate, len(book.rules), own_gate(own), len(own)))


def own_gate(own: Sequence[Rule]) -> Gate:
    """The gate of rules that are not shipped. Raises re2.error where one is too large."""
    return Re2Gate([over_lines(gate_pattern(rule), strict=rule.strict).encode() for rule in own])


@dataclass(frozen=True, slots=True)
class _Joined:
    shipped: Gate
    rules: int
    own: Gate
    count: int

    def flag(self, text: bytes) -> Flags:
        """Ask both; the structure's places move behind the added rules."""
        flags = {key if key < self.rules else key + self.count: lines for key, lines in self.shipped.flag(text).items()}
        return flags | {key + self.rules: lines for key, lines in self.own.flag(text).items()}
