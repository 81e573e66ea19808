"""Filters of branches, tags and paths, by GitHub's cheat sheet, in linear time.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import re2

_PART = re.compile(r"\\(?P<escaped>.)|(?P<deep>\*\*/?)|(?P<star>\*)|(?P<set>\[[A-Za-z0-9-]+\])|(?P<plain>.)", re.DOTALL)
_LONGEST = 1000


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether a list of patterns lets a name pass: the last that fits decides, and ``!`` takes back."""
    wanted = False
    for pattern in patterns:
        if fits(pattern.removeprefix("!"), name):
            wanted = not pattern.startswith("!")
    return wanted


def fits(pattern: str, name: str) -> bool:
    """Whether one pattern, without ``!``, fits the whole of a name."""
    return len(pattern) <= _LONGEST and _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re2._Regexp:
    """As a regular expression over the whole name."""
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    return re2.compile(_translated(pattern), options)


def _translated(pattern: str) -> str:
    """``?`` and ``+`` repeat what stands before them; at the start or after a star they are themselves."""
    found: list[str] = []
    repeatable = False
    for part in _PART.finditer(pattern):
        if part["plain"] in ("?", "+") and repeatable:
            found.append(part["plain"])
            repeatable = False
            continue
        repeatable = part["deep"] is None and part["star"] is None
        found.append(_one(part))
    return "".join(found)


def _one(part: re.Match[str]) -> str:
    if part["deep"]:
        # Any folders, none included.
        return "(?:.*/)?" if part["deep"].endswith("/") else ".*"
    if part["star"]:
        return "[^/]*"
    return part["set"] or re2.escape(part["escaped"] or part["plain"])
