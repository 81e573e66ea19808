"""Which lines of a block of log match which rules, in linear time whatever the log says.

Hyperscan reads a whole block at once and names the rules; where it cannot be loaded, google-re2 reads line by line and
flags the same lines. Captures are google-re2's, on flagged lines cut short: Python's own `re` backtracks, and one
pattern of the `path:line: error` kind takes seconds on a line of 64 KB.
"""

import threading
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import re2

from analysis.rules import Rule, gate_pattern, rule_book

try:
    import hyperscan
except ImportError:  # no wheel for this platform: google-re2 does the same, slower
    HAS_HYPERSCAN = False
else:
    HAS_HYPERSCAN = True

CAPTURE_LIMIT = 4096
"""Characters of a line that captures see: no tool's message needs more, and a stranger's line may have 50 MB."""


class Gate(Protocol):
    """Names the rules that flag each line."""

    def flag(self, lines: Sequence[bytes]) -> list[tuple[int, int]]:
        """Give (index of the line, index of the pattern) in order of lines, each pair once."""
        ...


class HyperscanGate:
    """Scans the lines as one buffer. Safe from several threads."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=list(patterns),
            ids=list(range(len(patterns))),
            flags=[hyperscan.HS_FLAG_MULTILINE] * len(patterns),
        )
        self._local = threading.local()

    def flag(self, lines: Sequence[bytes]) -> list[tuple[int, int]]:
        """Scan once; a match is told by its end, so the line is found by counting newlines up to it."""
        buffer = b"\n".join(lines)
        ends: list[tuple[int, int]] = []
        append = ends.append

        def on_match(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append((end, pattern))

        self._database.scan(buffer, match_event_handler=on_match, scratch=self._scratch())
        ends.sort()
        flagged: dict[tuple[int, int], None] = {}
        line = at = 0
        for end, pattern in ends:
            # A match never holds a newline, but `$` may end just before one.
            line += buffer.count(b"\n", at, end)
            at = end
            flagged[line, pattern] = None
        return list(flagged)

    def _scratch(self) -> "hyperscan.Scratch":
        # Hyperscan's working memory serves one scan at a time.
        scratch: hyperscan.Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


class Re2Gate:
    """The drop-in: one set of all patterns, asked line by line."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        options = re2.Options()
        # Bytes in, bytes matched, as Hyperscan does.
        options.encoding = re2.Options.Encoding.LATIN1
        # The default of 8 MB makes the automaton start anew all the time.
        options.max_mem = 256 << 20
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()

    def flag(self, lines: Sequence[bytes]) -> list[tuple[int, int]]:
        """Ask the set about each line."""
        return [(index, found) for index, line in enumerate(lines) for found in sorted(self._set.Match(line) or ())]


def build_gate(patterns: Sequence[str]) -> Gate:
    """Compile with the fastest engine this platform has."""
    encoded = [pattern.encode() for pattern in patterns]
    return HyperscanGate(encoded) if HAS_HYPERSCAN else Re2Gate(encoded)


@cache
def rule_patterns() -> tuple[str, ...]:
    """The gate's pattern of each rule of the book, in its order."""
    return tuple(gate_pattern(rule) for rule in rule_book().rules)


@cache
def compiled(pattern: str) -> "re2._Regexp[str]":
    """Compile one pattern for captures, once a process."""
    return re2.compile(pattern)


def capture(rule: Rule, text: str) -> dict[str, str] | None:
    """Give the named groups of the rule in one line, or None where it does not match after all."""
    found = compiled(rule.pattern).search(text[:CAPTURE_LIMIT])
    if found is None:
        return None
    return {name: value for name, value in found.groupdict().items() if value is not None}
