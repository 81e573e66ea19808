"""GitHub's own problem matchers, as a repository brings them: JSON in, rules of this analysis out.

https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md

Their regular expressions are JavaScript's and number what they capture; ours are RE2's and name it. What RE2 cannot say
in linear time (looking around, referring back) is refused with the place.
"""

import re

import msgspec
import re2

from analysis.book import own_gate
from analysis.diagnosis import Level
from analysis.engine import compiled
from analysis.rules import Role, Rule

MOST_MATCHERS = 50
"""Of one repository: each is compiled for every log of it."""
MOST_LINES = 10
"""Of one matcher, each with a pattern of its own."""
LONGEST_PATTERN = 2_000
"""Characters: the longest of actions/toolkit's own is a tenth of it."""
MOST_BYTES = 256 * 1024
"""Of one file: fifty matchers are a tenth of it."""
_WEIGHT = 86
# The captures that matter here; `fromPath` names a project's file, which no check run can show.
_NAMES = {"file": "path", "line": "line", "column": "column", "endLine": "end_line", "severity": "level",
          "code": "rule", "message": "message"}  # fmt: skip
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "notice": Level.NOTE}
_GROUP = re.compile(r"\((?!\?)|\(\?<(?![=!])(\w+)>")
_SKIPPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class MatcherError(ValueError):
    """A problem matcher that cannot be used; the text names file, owner and what is wrong."""


class _Pattern(msgspec.Struct):
    regexp: str
    file: int | None = None
    line: int | None = None
    column: int | None = None
    endLine: int | None = None  # noqa: N815 - GitHub's own name
    severity: int | None = None
    code: int | None = None
    message: int | None = None
    loop: bool = False


class _Matcher(msgspec.Struct):
    owner: str
    pattern: list[_Pattern]
    severity: str = "error"


class _File(msgspec.Struct):
    problemMatcher: list[_Matcher]  # noqa: N815 - GitHub's own name


def read_problem_matchers(data: bytes, source: str) -> tuple[Rule, ...]:
    """The rules of one file. Raises MatcherError, which names `source` and the owner."""
    if len(data) > MOST_BYTES:
        raise MatcherError(f"{source}: larger than {MOST_BYTES // 1024} KiB")
    try:
        found = msgspec.json.decode(data, type=_File).problemMatcher
    except (msgspec.DecodeError, RecursionError) as error:
        raise MatcherError(f"{source}: {error}") from error
    if len(found) > MOST_MATCHERS:
        raise MatcherError(f"{source}: {len(found)} matchers; {MOST_MATCHERS} at most")
    return tuple(_rule(matcher, f"{source}: {matcher.owner}") for matcher in found)


def _rule(matcher: _Matcher, where: str) -> Rule:
    """One rule a matcher: its last line is looked for, and those before it are asked for above."""
    level = _LEVELS.get(matcher.severity.lower())
    if level is None:
        raise MatcherError(f"{where}: severity {matcher.severity!r} is none of {', '.join(_LEVELS)}")
    if not 1 <= len(matcher.pattern) <= MOST_LINES:
        raise MatcherError(f"{where}: {len(matcher.pattern)} patterns; 1 to {MOST_LINES}")
    if all(pattern.message is None for pattern in matcher.pattern):
        raise MatcherError(f"{where}: no pattern captures a message")
    if any(pattern.loop for pattern in matcher.pattern[:-1]):
        raise MatcherError(f"{where}: only the last pattern may loop")
    *before, last = [_pattern(one, f"{where}: pattern {at}") for at, one in enumerate(matcher.pattern, start=1)]
    rule = Rule(
        name=f"{matcher.owner}/problem",
        tool=matcher.owner,
        category=None,
        role=Role.ERROR,
        weight=_WEIGHT,
        level=level,
        pattern=last,
        examples=(),
        strict=False,
        before=tuple(before),
        loops=matcher.pattern[-1].loop,
    )
    try:
        own_gate([rule])
    except re2.error as error:
        raise MatcherError(f"{where}: its last pattern is too large") from error
    return rule


def _pattern(pattern: _Pattern, where: str) -> str:
    if len(pattern.regexp) > LONGEST_PATTERN:
        raise MatcherError(f"{where}: longer than {LONGEST_PATTERN} characters")
    wanted = {number: name for field, name in _NAMES.items() if (number := getattr(pattern, field)) is not None}
    text = _named(pattern.regexp, wanted, where)
    try:
        compiled(text)
    except re2.error as error:
        raise MatcherError(f"{where}: not readable in linear time ({error}): {pattern.regexp[:200]}") from error
    return text


def _named(regexp: str, wanted: dict[int, str], where: str) -> str:
    """Name the captures that are wanted, and make the others plain groups."""
    parts: list[str] = []
    at = count = 0
    while at < len(regexp):
        if skipped := _SKIPPED.match(regexp, at):
            parts.append(_escaped(skipped[0]))
            at = skipped.end()
        elif group := _GROUP.match(regexp, at):
            count += 1
            parts.append(f"(?P<{wanted[count]}>" if count in wanted else "(?:")
            at = group.end()
        else:
            parts.append(regexp[at])
            at += 1
    if missing := sorted(set(wanted) - set(range(1, count + 1))):
        raise MatcherError(f"{where}: it names capture {missing[0]}, and has {count}")
    return "".join(parts)


def _escaped(part: str) -> str:
    """JavaScript's escapes as RE2 writes them."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", r"\\x{\1}", part)
