"""Findings of eslint that name one character or one stretch of white space, mended as `eslint --fix` does.

Each rule is named with its message, since the same rule asks for opposite things by its options
(https://eslint.org/docs/latest/rules/#layout--formatting). Plugin names before a rule are not looked at.
"""

import re
from collections.abc import Callable, Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one, rule_of
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut
from analysis.recipes.script_source import SCRIPTS

_INDENT = re.compile(r"^Expected indentation of (?P<want>\d{1,3}) (?P<unit>space|tab)s? but found \d+( \w+)?")
_BLANK = re.compile(r"^More than (?P<most>\d{1,2}) blank lines? not allowed")
_QUOTES = re.compile(r"^Strings must use (?P<kind>double|single)quote")
_STRING = re.compile(r"""(?P<quote>['"])(?P<body>[^'"\\`\n]*)(?P=quote)""")
_TYPEOF = re.compile(r"\btypeof\s+[\w$.]+\s*$")
# A line that starts so goes on from the last one where that has no semicolon.
_GOES_ON = re.compile(r"\s*[(\[`+\-/*.,]")

Fix = Callable[[Page, str, int, int], Sequence[Cut]]


def _missing(character: str) -> Fix:
    """Insert a character behind what stands before the column."""

    def fix(page: Page, line: str, number: int, column: int) -> Sequence[Cut]:
        stands = 0 < column <= len(line) and not line[column - 1].isspace() and line[column : column + 1] != character
        return (page.cut(number, column, column, character),) if stands else ()

    return fix


def _unwanted(character: str) -> Fix:
    def fix(page: Page, line: str, number: int, column: int) -> Sequence[Cut]:
        stands = line[column : column + 1] == character
        return (page.cut(number, column, column + 1),) if stands else ()

    return fix


def _extra_semicolon(page: Page, line: str, number: int, column: int) -> Sequence[Cut]:
    below = next((text for text in page.lines[number:] if text.strip()), "")
    ends = line[column:].rstrip() == ";" and not _GOES_ON.match(below)
    return (page.cut(number, column, column + 1),) if ends else ()


def _trailing(page: Page, line: str, number: int, _column: int) -> Sequence[Cut]:
    kept = len(line.rstrip(" \t"))
    return (page.cut(number, kept, len(line)),) if kept < len(line) else ()


def _end_of_file(page: Page, _line: str, number: int, _column: int) -> Sequence[Cut]:
    end = len(page.text)
    return (Cut(end, end, "\n"),) if number == len(page.lines) and page.text and page.lines[-1] else ()


def _indent(page: Page, line: str, number: int, match: re.Match[str]) -> Sequence[Cut]:
    found = len(line) - len(line.lstrip(" \t"))
    wanted = (" " if match["unit"] == "space" else "\t") * int(match["want"])
    return (page.cut(number, 0, found, wanted),) if line[:found] != wanted and line.strip() else ()


def _blank_lines(page: Page, number: int, most: int) -> Sequence[Cut]:
    first = last = number
    if page.lines[number - 1].strip():
        return ()
    while first > 1 and not page.lines[first - 2].strip():
        first -= 1
    while last < len(page.lines) - 1 and not page.lines[last].strip():
        last += 1
    return (page.without(first + most, last),) if last - first + 1 > most else ()


def _quoted(page: Page, line: str, number: int, column: int, quote: str) -> Sequence[Cut]:
    match = _STRING.match(line, column)
    if match is None or match["quote"] == quote:
        return ()
    return (page.cut(number, match.start(), match.end(), f"{quote}{match['body']}{quote}"),)


def _strictly(page: Page, line: str, number: int, column: int) -> Sequence[Cut]:
    """Compare `typeof` with a string strictly, which is the one case in which both ways give the same."""
    operator = line[column : column + 2]
    same = _TYPEOF.search(line[:column]) and re.match(r"\s*['\"]\w+['\"]", line[column + 2 :])
    return (page.cut(number, column + 2, column + 2, "="),) if same and operator in ("==", "!=") else ()


def _debugger(page: Page, line: str, number: int, _column: int) -> Sequence[Cut]:
    return (page.without(number, number),) if line.strip() in ("debugger", "debugger;") else ()


_FIXES: dict[tuple[str, str], Fix] = {
    ("semi", "Missing semicolon"): _missing(";"),
    ("semi", "Extra semicolon"): _extra_semicolon,
    ("no-extra-semi", "Unnecessary semicolon"): _unwanted(";"),
    ("comma-dangle", "Missing trailing comma"): _missing(","),
    ("comma-dangle", "Unexpected trailing comma"): _unwanted(","),
    ("no-trailing-spaces", "Trailing spaces not allowed"): _trailing,
    ("eol-last", "Newline required at end of file but not found"): _end_of_file,
    ("no-debugger", "Unexpected 'debugger' statement"): _debugger,
    ("eqeqeq", "Expected '===' and instead saw '=='"): _strictly,
    ("eqeqeq", "Expected '!==' and instead saw '!='"): _strictly,
}
_BY_OPTION = {"indent": _INDENT, "no-multiple-empty-lines": _BLANK, "quotes": _QUOTES}


def _fits(place: Location) -> bool:
    return place.path.endswith(SCRIPTS) and (_known(place) is not None or _option(place) is not None)


def _known(place: Location) -> Fix | None:
    return _FIXES.get((rule_of(place), place.message.rstrip(".")))


def _option(place: Location) -> re.Match[str] | None:
    pattern = _BY_OPTION.get(rule_of(place))
    return pattern.match(place.message) if pattern is not None else None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    line, number, column = page.line(place.line), place.line, place.column
    if line is None or number is None or column is None:
        return ()
    if fix := _known(place):
        return fix(page, line, number, column - 1)
    match = _option(place)
    if match is None:
        return ()
    if match.re is _INDENT:
        return _indent(page, line, number, match)
    if match.re is _BLANK:
        return _blank_lines(page, number, int(match["most"]))
    return _quoted(page, line, number, column - 1, '"' if match["kind"] == "double" else "'")


ESLINT_STYLE = Located(
    name="eslint-style",
    does="Mend what eslint found of style",
    because="eslint named the rule, the place and what it wants there; these are the changes its own `--fix` makes.",
    # White space, semicolons, commas and quotes at the places named; nothing that runs changes.
    confidence=0.95,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `eslint-style`."""
