"""`let` that is never assigned again (`prefer-const`), where its declaration holds that one name.

With several names in one declaration all of them would become constant, which eslint itself leaves alone
(https://eslint.org/docs/latest/rules/prefer-const).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one, rule_of
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut
from analysis.recipes.script_source import SCRIPTS, code_only

_MESSAGE = re.compile(r"^'(?P<name>[\w$]{1,200})' is never reassigned\. Use 'const' instead\.?$")
_LET = re.compile(r"(?:^|[\s(;{}])let +$")
_OPEN, _CLOSE = "([{", ")]}"
# An initializer is followed this far; one longer is left to a person.
_FAR = 20_000


def _fits(place: Location) -> bool:
    known = rule_of(place) == "prefer-const" and _MESSAGE.match(place.message) is not None
    return known and place.path.endswith(SCRIPTS)


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    match, line = _MESSAGE.match(place.message), page.line(place.line)
    if match is None or line is None or place.line is None or place.column is None:
        return ()
    start = place.column - 1
    end = start + len(match["name"])
    if line[start:end] != match["name"] or not _LET.search(line[:start]):
        return ()
    if not _alone(code_only(page.text)[page.at(place.line, end) :][:_FAR]):
        return ()
    let = line[:start].rindex("let")
    return (page.cut(place.line, let, let + 3, "const"),)


def _alone(rest: str) -> bool:
    """Whether a declaration that goes on so is initialized, and names nothing else."""
    if re.match(r"\s+(?:of|in)\b", rest):
        return True
    if not re.match(r"\s*(?::[^=,;\n]+)?=[^=>]", rest) or "`" in rest.partition("\n")[0]:
        return False
    depth = 0
    for at, character in enumerate(rest):
        depth += (character in _OPEN) - (character in _CLOSE)
        if depth < 0 or (depth == 0 and character == ","):
            return False
        if depth == 0 and character == ";":
            return True
        if depth == 0 and character == "\n" and not _goes_on(rest, at):
            return True
    return depth == 0 and len(rest) < _FAR


def _goes_on(rest: str, at: int) -> bool:
    return rest[:at].rstrip()[-1:] in "=+-*/&|?:.<>" or re.match(r"\s*[.,+\-*/&|?:=(\[`<>]", rest[at:]) is not None


ESLINT_PREFER_CONST = Located(
    name="eslint-prefer-const",
    does="Use `const` where nothing is assigned again",
    because="eslint found that these variables are never reassigned (prefer-const).",
    # The linter has seen every assignment in the scope; the declaration names this variable only.
    confidence=0.95,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `eslint-prefer-const`."""
