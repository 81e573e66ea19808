"""Which lines of a block of log match which patterns, in linear time whatever the log says.

Hyperscan reads a whole block at once and names the patterns; where it cannot be loaded, google-re2 reads line by line
and flags the same lines. Captures are google-re2's, on flagged lines cut short: Python's own `re` backtracks, and one
pattern of the `path:line: error` kind takes seconds on a line of 64 KB. Why these two:
`docs/decisions/0002-two-engines-scan-logs.md`.
"""

import re
import threading
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from typing import Protocol

import re2

from analysis.reader import STAMP_ENDS
from analysis.rules import Rule, gate_pattern, rule_book

try:
    import hyperscan

    from analysis.compiled import compiled_database
except ImportError:  # no wheel for this platform: google-re2 does the same, slower
    HAS_HYPERSCAN = False
else:
    HAS_HYPERSCAN = True

CAPTURE_LIMIT = 4096
"""Characters of a line that captures see: no tool's message needs more, and a stranger's line may have 50 MB."""
REPORTS_AT_ONCE = 100_000
"""Matches taken from one block of a million bytes before its lines are asked one by one: `a:1:1:1:…` ends a match at
every other letter, and each costs a call into Python."""

Flags = dict[int, list[int]]
"""By index of the pattern: the lines it matches, in order, each once."""


class Gate(Protocol):
    """Names the lines that each pattern flags."""

    def flag(self, text: bytes) -> Flags:
        """Read lines joined by line feeds; they count from 0."""
        ...


class HyperscanGate:
    """Scans the lines as one buffer. Safe from several threads."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = tuple(patterns)
        self._database = compiled_database(self._patterns)
        self._local = threading.local()

    def flag(self, text: bytes) -> Flags:
        """Scan once; a match is told by its end, so the line is found by counting line feeds up to it."""
        ends: list[tuple[int, int]] = []
        append = ends.append

        def on_match(pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            append((end, pattern))
            return len(ends) >= REPORTS_AT_ONCE

        try:
            self._database.scan(text, match_event_handler=on_match, scratch=self._scratch("block", self._database))
        except hyperscan.ScanTerminated:
            return self._flag_each(text)
        ends.sort()
        flags: Flags = {}
        line = at = 0
        for end, pattern in ends:
            # A match never holds a line feed, but `$` may end just before one.
            line += text.count(b"\n", at, end)
            at = end
            _add(flags, pattern, line)
        return flags

    def _flag_each(self, text: bytes) -> Flags:
        """Ask line by line, each pattern once: the price is bounded by lines and patterns, not by letters."""
        flags: Flags = {}
        scratch = self._scratch("line", self._single)
        line = 0

        def on_match(pattern: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            _add(flags, pattern, line)

        for line, each in enumerate(text.split(b"\n")):  # noqa: B007  # read by on_match
            self._single.scan(each, match_event_handler=on_match, scratch=scratch)
        return flags

    @cached_property
    def _single(self) -> "hyperscan.Database":
        return compiled_database(self._patterns, hyperscan.HS_FLAG_SINGLEMATCH)

    def _scratch(self, name: str, database: "hyperscan.Database") -> "hyperscan.Scratch":
        # Hyperscan's working memory serves one scan at a time.
        scratch: hyperscan.Scratch | None = getattr(self._local, name, None)
        if scratch is None:
            scratch = hyperscan.Scratch(database)
            setattr(self._local, name, scratch)
        return scratch


class Re2Gate:
    """The drop-in, line by line: literals that a pattern cannot do without are looked for first, then the pattern.

    One set of all patterns would be simpler, and a thousand times slower while its automaton is still being built.
    """

    def __init__(self, patterns: Sequence[bytes]) -> None:
        options = re2.Options()
        options.log_errors = False
        # Bytes in, bytes matched, as Hyperscan does.
        options.encoding = re2.Options.Encoding.LATIN1
        # Of each pattern; its automaton starts anew when that is spent.
        options.max_mem = 1 << 20
        # The filter looks for literals as UTF-8, and a class of such letters leaves it with halves of them.
        self._plain = [index for index, pattern in enumerate(patterns) if _is_plain(pattern)]
        self._others = [index for index, pattern in enumerate(patterns) if not _is_plain(pattern)]
        self._filter = re2.Filter()
        for index in self._plain:
            self._filter.Add(patterns[index], options)
        self._filter.Compile()
        options.max_mem = 16 << 20
        self._set = re2.Set.SearchSet(options)
        for index in self._others:
            self._set.Add(patterns[index])
        self._set.Compile()

    def flag(self, text: bytes) -> Flags:
        """Ask about each line."""
        flags: Flags = {}
        for line, each in enumerate(text.split(b"\n")):
            for found in self._filter.Match(each) or ():
                _add(flags, self._plain[found], line)
            for found in self._set.Match(each) or ():
                _add(flags, self._others[found], line)
        return flags


def _is_plain(pattern: bytes) -> bool:
    return pattern.isascii() and not re.search(rb"\\x", pattern)


def _add(flags: Flags, pattern: int, line: int) -> None:
    lines = flags.setdefault(pattern, [])
    if not lines or lines[-1] != line:
        lines.append(line)


def build_gate(patterns: Sequence[str]) -> Gate:
    """Compile with the fastest engine this platform has."""
    encoded = [pattern.encode() for pattern in patterns]
    return HyperscanGate(encoded) if HAS_HYPERSCAN else Re2Gate(encoded)


@cache
def rule_patterns() -> tuple[str, ...]:
    """The gate's pattern of each rule of the book, in its order."""
    return tuple(over_lines(gate_pattern(rule), strict=rule.strict) for rule in rule_book().rules)


_AFTER_PREFIX = r"(?:^|[ \t\]|>:])"
# What is escaped or in a class is no start, and one that lets a prefix come before it already needs no more.
_TOKENS = re.compile(
    re.escape(_AFTER_PREFIX) + r"|\\[WD]|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\^(?:\|\[ )?",
    re.DOTALL,
)
_WITHIN_LINES = {r"\W": r"[^\w\n]", r"\D": r"[^\d\n]"}


def over_lines(pattern: str, *, strict: bool) -> str:
    """Fit a pattern to blocks of lines with their time stamps: it flags what it matched in bare lines, and a few more.

    `^` lets a stamp come before it and, unless `strict`, a runner's or a service's prefix. No part takes a line feed.
    """

    def fitted(found: re.Match[str]) -> str:
        part = found[0]
        if not part.startswith("^"):
            return _WITHIN_LINES.get(part, part)
        if strict and len(part) > 1:
            return part  # `^|[ `: the space may be a stamp's last letter
        return (f"(?:^|{STAMP_ENDS})" if strict else _AFTER_PREFIX) + part[1:]

    return _TOKENS.sub(fitted, pattern)


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> "re2._Regexp[str]":
    """Compile one pattern for captures: the shipped ones once a process, a repository's as long as there is room."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def capture(rule: Rule, text: str) -> dict[str, str] | None:
    """Give the named groups of the rule in one line, or None where it does not match after all."""
    return captured(rule.pattern, text)


def captured(pattern: str, text: str) -> dict[str, str] | None:
    """Give the named groups of a pattern in one line, or None where it does not match."""
    found = compiled(pattern).search(text[:CAPTURE_LIMIT])
    if found is None:
        return None
    return {name: value for name, value in found.groupdict().items() if value is not None}
