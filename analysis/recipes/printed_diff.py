"""Diffs as formatters print them into a log: read whole or not at all, and applied exactly or not at all.

A file's text is taken as `text.split("\\n")`, so that the end of its last line is an empty line like any other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.recipes.stretches import Stretch, in_repository

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_RUSTFMT = re.compile(r"^Diff in (?P<path>.+?\.rs)(?: at line |:)(?P<line>\d+):$")
_NO_END = "\\ No newline at end of file"


class Incomplete(Exception):
    """A diff begins or ends outside the lines at hand, or is not one."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """From line `start` (from 1) on stands `old`, which becomes `new`. `at_end`: `old` must end the file."""

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class PrintedDiff:
    """One file's diff, its two header lines as printed (empty for rustfmt), and whether lines around bound it."""

    path: str
    headers: tuple[str, str]
    hunks: tuple[Hunk, ...]


def unified_diffs(stretch: Stretch) -> tuple[PrintedDiff, ...]:
    """Read every unified diff of a stretch. Raises Incomplete if one is cut at either end."""
    lines = stretch.lines
    diffs: list[PrintedDiff] = []
    at = 0
    while at < len(lines):
        if _HUNK.match(lines[at]):
            raise Incomplete("a hunk stands without its file's name")
        if not _is_header(lines, at):
            at += 1
            continue
        headers, at = (lines[at], lines[at + 1]), at + 2
        hunks: list[Hunk] = []
        while at < len(lines) and (match := _HUNK.match(lines[at])):
            hunk, at = _unified_hunk(lines, at + 1, match)
            hunks.append(hunk)
        if at >= len(lines) and not stretch.ends_log:
            raise Incomplete("what follows the last hunk was left out")
        if path := _path(headers[1]):
            diffs.append(PrintedDiff(path, headers, tuple(hunks)))
    return tuple(diffs)


def rustfmt_diffs(stretch: Stretch) -> tuple[PrintedDiff, ...]:
    """Read the hunks that `rustfmt --check` prints, which name file and line but no length.

    Raises Incomplete where the first has no line before it, or the last none behind it.
    """
    lines = stretch.lines
    hunks: dict[str, list[Hunk]] = {}
    at = 0
    while at < len(lines):
        match = _RUSTFMT.match(lines[at])
        if match is None:
            at += 1
            continue
        if at == 0:
            raise Incomplete("what stands before the first hunk was left out")
        body = at + 1
        at = body
        while at < len(lines) and lines[at][:1] in ("", " ", "+", "-") and not _RUSTFMT.match(lines[at]):
            at += 1
        if at == len(lines) and not stretch.ends_log:
            raise Incomplete("what follows the last hunk was left out")
        if path := in_repository(match["path"]):
            hunks.setdefault(path, []).append(_rustfmt_hunk(int(match["line"]), lines[body:at]))
    return tuple(PrintedDiff(path, ("", ""), tuple(of_path)) for path, of_path in hunks.items())


def apply_hunks(text: str, hunks: Sequence[Hunk]) -> str | None:
    """Apply hunks to a text; None unless each one's old lines stand at its place, or exactly once elsewhere."""
    lines = text.split("\n")
    placed = [(place, hunk) for hunk in hunks if (place := _place(lines, hunk)) is not None]
    if len(placed) != len(hunks):
        return None
    end = len(lines)
    for place, hunk in sorted(placed, key=lambda pair: -pair[0]):
        if place + len(hunk.old) > end:
            return None
        lines[place : place + len(hunk.old)] = hunk.new
        end = place
    return "\n".join(lines)


def _is_header(lines: Sequence[str], at: int) -> bool:
    if at + 2 >= len(lines):
        return False
    return lines[at].startswith("--- ") and lines[at + 1].startswith("+++ ") and _HUNK.match(lines[at + 2]) is not None


def _path(header: str) -> str | None:
    name = header.removeprefix("+++ ").partition("\t")[0].strip()
    return in_repository(name.removeprefix("b/"))


def _unified_hunk(lines: Sequence[str], at: int, match: re.Match[str]) -> tuple[Hunk, int]:
    old_left, new_left = int(match[2] or 1), int(match[4] or 1)
    old: list[str] = []
    new: list[str] = []
    open_old = open_new = False
    while old_left or new_left or (at < len(lines) and lines[at] == _NO_END):
        if at >= len(lines):
            raise Incomplete("a hunk is cut off")
        sign, rest = lines[at][:1] or " ", lines[at][1:]
        if sign == "\\":
            open_old, open_new = open_old or lines[at - 1][:1] != "+", open_new or lines[at - 1][:1] != "-"
        elif sign not in " +-":
            raise Incomplete("a hunk is broken off by another line")
        if sign in " -":
            old.append(rest)
            old_left -= 1
        if sign in " +":
            new.append(rest)
            new_left -= 1
        at += 1
    # A side whose last line has an end goes on to the empty line behind it, if the other side has none.
    if open_old != open_new:
        (new if open_old else old).append("")
    start = int(match[1]) + (0 if match[2] != "0" else 1)
    return Hunk(start, tuple(old), tuple(new), at_end=open_old or open_new), at


def _rustfmt_hunk(line: int, body: Sequence[str]) -> Hunk:
    old = [text[1:] for text in body if text[:1] in ("", " ", "-")]
    new = [text[1:] for text in body if text[:1] in ("", " ", "+")]
    return Hunk(line, tuple(old), tuple(new))


def _place(lines: Sequence[str], hunk: Hunk) -> int | None:
    stated = hunk.start - 1
    if _stands(lines, hunk, stated):
        return stated
    places = [at for at in range(len(lines) - len(hunk.old) + 1) if hunk.old and _stands(lines, hunk, at)]
    return places[0] if len(places) == 1 else None


def _stands(lines: Sequence[str], hunk: Hunk, at: int) -> bool:
    end = at + len(hunk.old)
    return at >= 0 and tuple(lines[at:end]) == hunk.old and (not hunk.at_end or end == len(lines))
