"""A test goes on expecting the same: what it compares with is not edited to match."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from analysis.policy.asking import asserting_lines, says_what_is_expected, squeezed
from analysis.policy.model import Change, Finding

_LITERAL = re.compile(
    r"\"(?:[^\"\\]|\\.){0,400}\"|'(?:[^'\\]|\\.){0,400}'|`[^`]{0,400}`|\b\d[\w.]*|\b(?:True|False|None|true|false|null|nil|undefined|NaN|Infinity)\b"
)
_TABLE = re.compile(
    r"parametrize|\.each\b|\b(test_?)?(cases|tests|table|data|rows|examples|want|expect\w*|golden)\b\s*(:?=|:)|\[\]struct|Examples|(CsvSource|ValueSource|InlineData|TestCase|DataRow|TestWith)\b",
    re.IGNORECASE,
)
_SNAPSHOT = re.compile(
    r"(^|/)(__snapshots__|snapshots|__image_snapshots__|golden|goldens|goldenfiles|expected|expectations|baselines?)/|\.(snap|ambr|golden|approved\.\w+|snapshot|expected|stdout|stderr)$"
    r"|[._-](expected|golden|approved|snapshot)\.\w+$|(^|/)(expected|golden)[._-]\w+[^/]*$",
    re.IGNORECASE,
)
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Exit)\b")
_BROAD_ERRORS = frozenset({"Exception", "BaseException", "RuntimeException", "Error", "StandardError"})
_MESSAGE = re.compile(r"[\s%{\\]")
_TRUTHS = frozenset({"true", "false", "none", "null", "nil", "undefined"})
_FALLBACK = re.compile(r"\?\?|\|\||\s\bor\b\s|\?:|\bunwrap_or|\.getOrElse\(|\.orElse\(")
# A table of cases or an assertion seldom begins further above than this.
_LOOK_ABOVE = 40


def snapshots(change: Change) -> Iterator[Finding]:
    """Find a file that tests compare with and that is rewritten."""
    if change.before and _SNAPSHOT.search(change.path) and squeezed(change.before) != squeezed(change.after):
        what = "rewrites what a test compares with: only a person knows which of the two is right"
        yield Finding(change.path, "snapshot-changed", what)


def expectations(change: Change, source: tuple[Change, ...]) -> Iterator[Finding]:
    """Find assertions that are the same but for the value; `source` is what the patch changes that is no test."""
    old = _asking(change, change.code_before, [(r.start, r.end) for r in change.regions])
    new = _asking(change, change.code_after, [(r.new_start, r.new_end) for r in change.regions])
    for skeleton in old.keys() & new.keys():
        gone, come = _unmatched(old[skeleton], new[skeleton])
        if gone and come:
            follows = _follows(gone, come, source)
            how = ", as the code does" if follows else "; only a person knows which is right"
            what = f"changes what a test expects{how}: {come[0].strip()[:120]}"
            yield Finding(change.path, "expectation-changed", what, blocking=not follows)


def demands_lost(change: Change) -> Iterator[Finding]:
    """Find assertions that were written anew and no longer name a value or an error that they named."""
    kept = {one for line in change.code_added for one in _demands(line)}
    for region in change.regions:
        old, new = change.code_before[region.start : region.end], change.code_after[region.new_start : region.new_end]
        removed, added = asserting_lines(change, old), asserting_lines(change, new)
        if not removed or not added or _words(old) == _words(new):
            continue
        lost = next((one for line in removed for one in _demands(line) if one not in kept), None)
        if lost is not None:
            yield Finding(change.path, "test-loosened", f"no longer asks for {lost[:40]}: {added[0].strip()[:120]}")
        elif len(_FALLBACK.findall("\n".join(added))) > len(_FALLBACK.findall("\n".join(old))):
            yield Finding(change.path, "test-loosened", f"is content with another value: {added[0].strip()[:120]}")


def _demands(line: str) -> list[str]:
    """Give the numbers, names and errors of a line: no texts for people, and nothing that is only true or false."""
    values = [one for one in _literals(line) if not _MESSAGE.search(one) and one.lower() not in _TRUTHS]
    return [*values, *(name for name in _ERROR.findall(line) if name not in _BROAD_ERRORS)]


def _words(lines: Sequence[str]) -> Counter[str]:
    return Counter(word for line in lines for word in re.findall(r"\w+", line))


def _unmatched(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Leave out of both the lines whose values are the same: those only moved."""
    gone, come = list(old), []
    for line in new:
        same = next((one for one in gone if _literals(one) == _literals(line)), None)
        if same is None:
            come.append(line)
        else:
            gone.remove(same)
    return gone, come


def _asking(change: Change, lines: Sequence[str], spans: list[tuple[int, int]]) -> dict[str, list[str]]:
    """Give the changed lines that say what is expected, by what is left of them without their values."""
    found: dict[str, list[str]] = defaultdict(list)
    for start, end in spans:
        for at in range(start, end):
            if lines[at].strip() and (says_what_is_expected(change, lines[at]) or _in_asking(change, lines, at)):
                found[squeezed([_LITERAL.sub("#", lines[at])])].append(lines[at])
    return found


def _in_asking(change: Change, lines: Sequence[str], at: int) -> bool:
    """Whether the line stands inside an assertion or a table of cases that began above it."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    for above in range(at - 1, max(-1, at - _LOOK_ABOVE), -1):
        line = lines[above]
        own = len(line) - len(line.lstrip())
        if not line.strip() or own >= indent:
            continue
        if line.rstrip().endswith(("(", "[", "{", "`", '"""', "({", "([")):
            if says_what_is_expected(change, line) or _TABLE.search(line):
                return True
            indent = own
            continue
        return False
    return bool(_TABLE.search(lines[at]))


def _literals(line: str) -> list[str]:
    return [literal.replace("'", '"').replace("`", '"') for literal in _LITERAL.findall(line)]


def _follows(gone: list[str], come: list[str], source: tuple[Change, ...]) -> bool:
    """Whether the code of the same patch replaces the same value by the same other one."""
    before, after = ({value for line in lines for value in _literals(line)} for lines in (gone, come))
    removed = "\n".join(line for change in source for line in change.removed)
    added = "\n".join(line for change in source for line in change.added)
    return (
        before != after
        and all(value.strip('"') in added for value in after - before)
        and all(value.strip('"') in removed for value in before - after)
    )
