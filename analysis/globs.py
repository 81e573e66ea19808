"""GitHub's filter patterns, as in a workflow's `branches` and `paths`, in linear time whatever is matched.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import re2

_TOKEN = re.compile(
    r"\\(?P<plain>.)|(?P<deep>\*\*/)|(?P<any>\*\*)|(?P<some>\*)|(?P<times>[?+])|\[(?P<set>[^]]*)\]|(?P<c>.)", re.DOTALL
)
_SET = re.compile(r"\^?[A-Za-z0-9_./ -]+")


class GlobError(ValueError):
    """A pattern that says nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Globs:
    """Patterns in their order. The last that matches decides; with `!` before it, against."""

    patterns: tuple[str, ...]

    def match(self, text: str) -> bool:
        """Whether the text is meant; none are where there are no patterns."""
        meant = False
        for pattern in self.patterns:
            taken = pattern.startswith("!")
            # A name may hold what patterns are made of: `C++` is meant as it stands.
            if pattern == text or _compiled(pattern[taken:]).fullmatch(text):
                meant = not taken
        return meant


def check_globs(patterns: tuple[str, ...]) -> None:
    """Raises GlobError for the first pattern that cannot be read, and where all of them only take away."""
    for pattern in patterns:
        _compiled(pattern.removeprefix("!"))
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        raise GlobError("all patterns begin with `!`, so nothing is left; put `**` before them")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> "re2._Regexp[str]":
    try:
        return re2.compile(_regular(pattern), _options())
    except re2.error as error:
        raise GlobError("it cannot be read as a pattern") from error


def _options() -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    return options


def _regular(pattern: str) -> str:
    if not pattern:
        raise GlobError("it is empty")
    parts: list[str] = []
    for token in _TOKEN.finditer(pattern):
        if token["times"]:
            if not parts or parts[-1][-1] in "*?+":
                raise GlobError(
                    f"`{token['times']}` has no character before it; `\\{token['times']}` is the sign itself"
                )
            parts.append(token["times"])
        elif token["set"] is not None:
            if not _SET.fullmatch(token["set"]):
                raise GlobError(f"`[{token['set']}]` lists no characters")
            parts.append(f"[{token['set']}]")
        elif token["c"] == "[":
            raise GlobError("`[` is not closed; `\\[` is the sign itself")
        else:
            parts.append(_one(token))
    return "".join(parts)


def _one(token: "re.Match[str]") -> str:
    if token["deep"]:
        return "(?:.*/)?"
    if token["any"]:
        return ".*"
    return "[^/]*" if token["some"] else re2.escape(token["plain"] or token["c"])
