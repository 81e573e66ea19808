"""Names that TypeScript does not know, where it says which one was meant and the two differ by a slip of the hand.

The compiler suggests by likeness alone, up to two letters in five; a name that differs by more than a slip
is left to a person (TS2551, TS2552, TS2561, TS2724 and TS2820).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut
from analysis.recipes.script_source import SCRIPTS
from analysis.recipes.slip import is_slip

_NAME = r"[\w$]{1,200}"
_MESSAGES = {
    "TS2551": rf"^Property '(?P<written>{_NAME})' does not exist on type .*\. Did you mean '(?P<meant>{_NAME})'\?$",
    "TS2552": rf"^Cannot find name '(?P<written>{_NAME})'\. Did you mean '(?P<meant>{_NAME})'\?$",
    "TS2561": rf"^Object literal may only specify known properties, but '(?P<written>{_NAME})' does not exist in type "
    rf".*\. Did you mean to write '(?P<meant>{_NAME})'\?$",
    "TS2724": rf"^'.*' has no exported member named '(?P<written>{_NAME})'\. Did you mean '(?P<meant>{_NAME})'\?$",
    "TS2820": r"""^Type '"(?P<written>[\w -]{1,200})"' is not assignable to type .*\. """
    r"""Did you mean '"(?P<meant>[\w -]{1,200})"'\?$""",
}
_PATTERNS = {rule: re.compile(pattern) for rule, pattern in _MESSAGES.items()}


def _match(place: Location) -> re.Match[str] | None:
    pattern = _PATTERNS.get(place.rule or "")
    match = pattern.match(place.message) if pattern is not None else None
    return match if match is not None and is_slip(match["written"], match["meant"]) else None


def _fits(place: Location) -> bool:
    return place.path.endswith(SCRIPTS) and _match(place) is not None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    match, line = _match(place), page.line(place.line)
    if match is None or line is None or place.line is None or place.column is None:
        return ()
    start = place.column - 1
    quoted = place.rule == "TS2820" and line[start : start + 1] in ("'", '"')
    start += quoted
    end = start + len(match["written"])
    whole = not re.match(r"[\w$]", line[end : end + 1])
    # A shorthand `{ totl }` would need both names.
    shorthand = place.rule == "TS2561" and not line[end:].lstrip().startswith(":")
    if line[start:end] != match["written"] or not whole or shorthand:
        return ()
    return (page.cut(place.line, start, end, match["meant"]),)


TSC_DID_YOU_MEAN = Located(
    name="tsc-did-you-mean",
    does="Correct mistyped names",
    because="TypeScript knows no such names, and says which one each is a slip of.",
    # The compiler vouches that the name exists there; that it is the one meant rests on likeness.
    confidence=0.85,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `tsc-did-you-mean`."""
