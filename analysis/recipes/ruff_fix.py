"""The fix that ruff itself shows below a finding, for the rules that no recipe of its own mends.

Only fixes that ruff marks as safe (`[*]`: the meaning stays, https://docs.astral.sh/ruff/linter/#fix-safety), that are
shown whole, whose lines stand in the file, and that bring no name or value which neither file nor message has.
"""

import io
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.printed_diff import Hunk, apply_hunks
from analysis.recipes.python_source import tree_of
from analysis.recipes.stretches import in_repository, stretches

_HEAD = re.compile(r"^(?P<rule>[A-Z]{1,4}\d{3,4}) \[\*\] (?P<message>.+)$")
_PLACE = re.compile(r"^ +--> (?P<path>[^:]+\.pyi?):(?P<line>\d+):\d+$")
_HELP = re.compile(r"^help: (?P<help>.+)$")
_ROW = re.compile(r"^ *(?P<number>\d+)? +(?P<sign>[|+-])(?: (?P<text>.*))?$")
_RUFF = re.compile(r"\bruff\b")
# These have recipes of their own, which read every format of ruff's and know when a finding is meant.
_OTHERS = re.compile(r"^(F401|F841|F541|F632|F821|E[127]\d\d|W\d+|COM8\d\d|RUF100)$")
# A fix longer than this is a rewrite, and what stands around it in the evidence may be cut.
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class _Fix:
    path: str
    line: int
    rule: str
    said: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class RuffFix:
    """The recipe `ruff-fix`."""

    name: str = "ruff-fix"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that ruff shows a safe fix of."""
        return frozenset(fix.path for fix in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Apply the fixes that fit, each to what the ones before it left."""
        edits: list[Edit] = []
        done: list[_Fix] = []
        for path in sorted(self.wants(diagnosis) & files.keys()):
            before = after = text_of(files[path])
            # From the last to the first, so that those above keep their lines.
            for fix in sorted(_found(diagnosis), key=lambda fix: -fix.line):
                fixed = _applied(before, after, fix) if fix.path == path else None
                if fixed is not None:
                    after = fixed
                    done.append(fix)
            edits += edits_between(path, before, after)
        if not edits:
            return None
        rules = ", ".join(sorted({fix.rule for fix in done}))
        return Proposal(
            recipe=self.name,
            summary=f"Apply ruff's own fix for {rules}",
            explanation=f"The log shows these fixes, which ruff marks as safe: {rules}.",
            edits=tuple(edits),
            confidence=0.9,
            settles=frozenset(
                at
                for at, place in enumerate(diagnosis.locations)
                if any((place.path, place.line, place.rule) == (fix.path, fix.line, fix.rule) for fix in done)
            ),
        )


def _found(diagnosis: Diagnosis) -> tuple[_Fix, ...]:
    return tuple(
        dict.fromkeys(
            fix for stretch in stretches(diagnosis) if _is_ruffs(diagnosis) for fix in _in_lines(stretch.lines)
        )
    )


def _is_ruffs(diagnosis: Diagnosis) -> bool:
    hooked = any("hook id: ruff" in block.text for block in diagnosis.evidence.blocks)
    return hooked or any(_RUFF.search(command) for command in diagnosis.commands)


def _in_lines(lines: Sequence[str]) -> Iterator[_Fix]:
    head: re.Match[str] | None = None
    place: re.Match[str] | None = None
    for at, line in enumerate(lines):
        if match := _HEAD.match(line):
            head, place = match, None
        elif head and (match := _PLACE.match(line)):
            place = match
        elif head and place and (match := _HELP.match(line)):
            path = in_repository(place["path"])
            hunks = _hunks(lines[at + 1 : at + 1 + _MOST_LINES])
            if path and hunks and not _OTHERS.match(head["rule"]):
                said = f"{head['message']} {match['help']}"
                yield _Fix(path, int(place["line"]), head["rule"], said, hunks)
            head = place = None


def _hunks(lines: Sequence[str]) -> tuple[Hunk, ...]:
    """Read the rows below `help:` to the first that is none; nothing where the end is not in sight."""
    hunks: list[Hunk] = []
    rows: list[re.Match[str]] = []
    for line in lines:
        match = _ROW.match(line)
        separates = match is not None and match["number"] is None and match["sign"] == "|"
        if match is not None and not separates:
            rows.append(match)
            continue
        if rows:
            hunks.append(_hunk(rows))
            rows = []
        if match is None and not line.startswith("----"):
            return tuple(hunks)
    return ()


def _hunk(rows: Sequence[re.Match[str]]) -> Hunk:
    # Rows are numbered as the file will be; up to its first change it is as it was.
    start = next((int(row["number"]) for row in rows if row["number"]), 1)
    old = tuple(row["text"] or "" for row in rows if row["sign"] in "|-")
    new = tuple(row["text"] or "" for row in rows if row["sign"] in "|+")
    return Hunk(start, old, new)


def _applied(before: str, now: str, fix: _Fix) -> str | None:
    after = apply_hunks(now, fix.hunks)
    if after is None or tree_of(after) is None:
        return None
    added = {token for hunk in fix.hunks for line in hunk.new if line not in hunk.old for token in _tokens(line)}
    known = {*_tokens(before), *re.findall(r"\w+", fix.said)}
    return after if added <= known else None


def _tokens(text: str) -> set[str]:
    """Give a text's names and values; keywords mean nothing by themselves."""
    found: set[str] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline):
            if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING) and not keyword.iskeyword(token.string):
                found.add(token.string)
    except (tokenize.TokenError, SyntaxError):
        # A line of its own may open what it does not close; what came before was read.
        return found
    return found
