"""Offences of rubocop that have one answer beyond white space: quotes, a redundant `return`, the frozen-string comment.

The comment makes a file's string literals immutable, so it is added only where nothing in the file changes a string in
place (https://docs.rubocop.org/rubocop/cops_style.html#stylefrozenstringliteralcomment).
"""

import re
from collections.abc import Callable, Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_RUBY = (".rb", ".rake", ".gemspec", "Gemfile", "Rakefile", ".ru")
_DOUBLE = re.compile(r'"(?P<body>[^"\'\\#\n]*)"')
_SINGLE = re.compile(r"'(?P<body>[^\"'\\#\n]*)'")
_RETURN = re.compile(r"return (?P<value>[^,\n]+)$")
_CHANGES = re.compile(
    r"<<(?![~-]?['\"A-Z])|\w!|\b(?:force_encoding|concat|insert|prepend|replace|clear|setbyte)\b|\]\s*=[^=~]"
)
_MAGIC = re.compile(r"^#!|^#.*\b(?:en)?coding:", re.IGNORECASE)


def _quotes(page: Page, number: int, column: int, *, single: bool) -> Sequence[Cut]:
    match = (_DOUBLE if single else _SINGLE).match(page.lines[number - 1], column)
    quote = "'" if single else '"'
    return (page.cut(number, match.start(), match.end(), quote + match["body"] + quote),) if match else ()


def _frozen(page: Page, _number: int, _column: int) -> Sequence[Cut]:
    if "frozen_string_literal" in page.text or _CHANGES.search(page.text):
        return ()
    head = 0
    while head < len(page.lines) and _MAGIC.match(page.lines[head]):
        head += 1
    gap = "" if head < len(page.lines) and not page.lines[head].strip() else "\n"
    at = page.at(head + 1, 0) if head < len(page.lines) else len(page.text)
    return (Cut(at, at, f"# frozen_string_literal: true\n{gap}"),)


def _redundant_return(page: Page, number: int, column: int) -> Sequence[Cut]:
    match = _RETURN.match(page.lines[number - 1], column)
    return (page.cut(number, column, match.start("value")),) if match else ()


_FIXES: dict[tuple[str, str], Callable[[Page, int, int], Sequence[Cut]]] = {
    ("Style/StringLiterals", "Prefer single-quoted strings"): lambda *at: _quotes(*at, single=True),
    ("Style/StringLiterals", "Prefer double-quoted strings"): lambda *at: _quotes(*at, single=False),
    ("Style/FrozenStringLiteralComment", "Missing frozen string literal comment"): _frozen,
    ("Style/RedundantReturn", "Redundant return detected"): _redundant_return,
}


def _fix(place: Location) -> Callable[[Page, int, int], Sequence[Cut]] | None:
    said = place.message.replace("`", "")
    return next((fix for (rule, words), fix in _FIXES.items() if place.rule == rule and said.startswith(words)), None)


def _fits(place: Location) -> bool:
    return place.level == "error" and place.path.endswith(_RUBY) and _fix(place) is not None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    fix = _fix(place)
    if fix is None or place.line is None or place.column is None or page.line(place.line) is None:
        return ()
    return fix(page, place.line, place.column - 1)


RUBOCOP_LITERAL = Located(
    name="rubocop-literal",
    does="Do as rubocop corrects",
    because="rubocop named these places, and what it wants there; these are the changes its own `-a` or `-A` makes.",
    # Quotes around the same text and a `return` that changes nothing; the comment only where no string is changed.
    confidence=0.9,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `rubocop-literal`."""
