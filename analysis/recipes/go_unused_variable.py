"""Variables that Go refuses as unused, where the declaration is a line of its own that does nothing else."""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.go_source import code_lines
from analysis.recipes.located import Located, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_MESSAGE = re.compile(
    r"^(?:declared and not used: (?P<new>\w{1,100})|(?P<old>\w{1,100}) declared (?:but|and) not used)\b"
)
_LITERAL = r"""(?:-?\d[\w.]*|"[^"\\]*"|true|false|nil|[\w.\[\]*]+\{\})"""
_DECLARED = re.compile(
    rf"^\s*(?:(?P<short>\w+)\s*:=\s*{_LITERAL}|var (?P<var>\w+)(?: [\w.\[\]*]+)?(?: = {_LITERAL})?)\s*$"
)


def _fits(place: Location) -> bool:
    return place.path.endswith(".go") and _MESSAGE.match(place.message) is not None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    match, line = _MESSAGE.match(place.message), page.line(place.line)
    if match is None or line is None or place.line is None:
        return ()
    name, declared = match["new"] or match["old"], _DECLARED.match(line)
    if declared is None or (declared["short"] or declared["var"]) != name:
        return ()
    if _named_below(code_lines(page)[place.line :], name):
        return ()
    return (page.without(place.line, place.line),)


def _named_below(lines: Sequence[str], name: str) -> bool:
    """Whether the rest of the function names it again: an assignment is no use to Go, and needs the declaration."""
    for line in lines:
        if line.startswith("}"):
            return False
        if re.search(rf"(?<![\w.]){re.escape(name)}\b", line):
            return True
    return True


GO_UNUSED_VARIABLE = Located(
    name="go-unused-variable",
    does="Remove unused variables",
    because="Go does not compile a variable that is not used; declaring these does nothing else.",
    # Nothing that runs changes; but an unused variable may be a sign of something forgotten.
    confidence=0.8,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `go-unused-variable`."""
