"""Lines that are only comments, blanked: what is commented out is not there."""

import re
from collections.abc import Iterator, Sequence

_SLASHES = re.compile(
    r"\.([mc]?[jt]s|[jt]sx|go|rs|java|kts?|scala|groovy|gradle|swift|dart|c|h|cc|cpp|cxx|hpp|hh|cs|php|zig|jsonc?|s?css|less)$"
)
_DASHES = re.compile(r"\.(lua|sql|hs|elm)$")
_MARKUP = re.compile(r"\.(xml|html|vue|svelte|\w+proj|props|targets|config)$")


def without_comments(name: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Give as many lines, those that only comment empty. A comment behind code stays: it is the line's own."""
    name = name.lower()
    if _SLASHES.search(name):
        return tuple(_outside(lines, "//", "/*", "*/"))
    if _MARKUP.search(name):
        return tuple(_outside(lines, "<!--", "<!--", "-->"))
    if _DASHES.search(name):
        return tuple(_outside(lines, "--", "--[[", "]]"))
    return tuple(_outside(lines, "#", "=begin", "=end"))


def _outside(lines: Sequence[str], leader: str, opening: str, closing: str) -> Iterator[str]:
    inside = False
    for line in lines:
        text = line.lstrip()
        # A glob such as `src/**/*.js` is no comment: one begins its line.
        if not inside and text.startswith(opening):
            inside = closing not in text[len(opening) :]
            yield ""
        elif inside:
            inside = closing not in text
            yield ""
        else:
            yield "" if text.startswith(leader) and not _is_directive(text) else line


def _is_directive(text: str) -> bool:
    """Rust's attributes, C's preprocessor and a script's first line begin like comments of other languages."""
    return text.startswith(("#[", "#!", "//go:build", "// +build"))
