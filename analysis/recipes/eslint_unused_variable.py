"""Variables that eslint found unused, where their declaration does nothing else: a literal, or a caught error's name.

A declaration that calls or reads something stays, since what it does may be wanted, and so does a parameter.
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one, rule_of
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut
from analysis.recipes.script_source import SCRIPTS, uses

_MESSAGE = re.compile(r"^'(?P<name>[\w$]{1,200})' is (?:defined|assigned a value) but never used")
_LITERAL = r"""(?:-?\d[\w.]*|'[^'\\]*'|"[^"\\]*"|true|false|null|undefined|\[\]|\{\})"""
_DECLARED = re.compile(rf"^\s*(?:const|let|var)\s+(?P<name>[\w$]+)(?:\s*=\s*{_LITERAL})?;?\s*$")
_CAUGHT = re.compile(r"\bcatch\s*\(\s*(?P<name>[\w$]+)\s*\)")


def _fits(place: Location) -> bool:
    known = rule_of(place) == "no-unused-vars" and _MESSAGE.match(place.message) is not None
    return known and place.path.endswith(SCRIPTS)


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    match, line = _MESSAGE.match(place.message), page.line(place.line)
    if match is None or line is None or place.line is None or place.column is None:
        return ()
    declared = _DECLARED.match(line)
    # Another use of the name, assignments included, would be left without its declaration.
    if declared and _stands(declared, match["name"], place.column) and uses(page.text, match["name"]) == 1:
        return (page.without(place.line, place.line),)
    for caught in _CAUGHT.finditer(line):
        if _stands(caught, match["name"], place.column):
            return (page.cut(place.line, caught.start() + len("catch"), caught.end()),)
    return ()


def _stands(found: re.Match[str], name: str, column: int) -> bool:
    return found["name"] == name and found.start("name") == column - 1


ESLINT_UNUSED_VARIABLE = Located(
    name="eslint-unused-variable",
    does="Remove unused variables",
    because="eslint found these variables unused (no-unused-vars), and declaring them does nothing else.",
    # Nothing that runs changes; but an unused variable may be a sign of something forgotten.
    confidence=0.8,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `eslint-unused-variable`."""
