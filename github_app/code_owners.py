"""CODEOWNERS -> who owns a path: pure matching by GitHub's documented rules.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
They are gitignore's but for `!`, `[ ]` and `\\#`, which GitHub does not know: a line with them is skipped, as GitHub
skips it. The last line that matches a path decides; one without owners takes the owners away.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file that is there holds."""
MOST_BYTES = 3 * 1024 * 1024
"""A larger file GitHub does not load."""
_LONGEST_PATTERN = 4096
"""Characters, as of a path on GitHub's disks: no longer pattern matches anything."""

_WORD = re.compile(r"(?:\\.|[^\s\\])+")
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+")
_GLOB = re.compile(r"\\(?P<plain>.)|(?P<some>\*+)|(?P<one>\?)|(?P<c>.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OwnedPattern:
    """A line: the pattern, and its owners as they stand there: `@login`, `@organisation/team` or an address."""

    pattern: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """A file, line by line."""

    lines: tuple[OwnedPattern, ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a path; none where nobody owns it."""
        for line in reversed(self.lines):
            found = _compiled(line.pattern)
            if found is not None and found.fullmatch(path):
                return line.owners
        return ()


def read_code_owners(data: bytes) -> CodeOwners:
    """Read a file. Any bytes give an answer: GitHub skips the lines that it cannot read."""
    if len(data) > MOST_BYTES:
        return CodeOwners()
    return CodeOwners(tuple(_lines(data.decode("utf-8-sig", "replace"))))


def _lines(text: str) -> Iterator[OwnedPattern]:
    for line in text.split("\n"):
        words = _words(line)
        if words and _is_read(words[0]) and all(_OWNER.fullmatch(owner) for owner in words[1:]):
            yield OwnedPattern(words[0], tuple(words[1:]))


def _words(line: str) -> list[str]:
    """The words before a comment; a space with `\\` before it is one of a pattern."""
    words: list[str] = []
    for word in _WORD.findall(line):
        if word.startswith("#"):
            break
        words.append(word)
    return words


def _is_read(pattern: str) -> bool:
    return len(pattern) <= _LONGEST_PATTERN and not pattern.startswith("!") and not {"[", "]"} & set(pattern)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> "re2._Regexp[str] | None":
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(_regular(pattern), options)
    except re2.error:
        return None


def _regular(pattern: str) -> str:
    """The pattern as a regular expression over whole paths."""
    segments = pattern.split("/")
    if segments[0] == "":
        segments = segments[1:]
    elif len(segments) == 1 or segments[1:] == [""]:
        # Without a slash before its end it is looked for in every folder.
        segments = ["**", *segments]
    if segments[-1:] == [""]:
        segments[-1] = "**"
    parts: list[str] = []
    last = len(segments) - 1
    for at, segment in enumerate(segments):
        if segment == "**":
            parts.append(".+" if at == last else "(?:.*/)?")
        else:
            parts.append(_segment(segment) + ("/" if at < last else _below(segment)))
    return "".join(parts)


def _below(segment: str) -> str:
    """What is within a folder of that name belongs to it; but `docs/*` means the files of `docs` alone."""
    return "" if segment == "*" else "(?:/.*)?"


def _segment(segment: str) -> str:
    def one(token: "re.Match[str]") -> str:
        if token["some"]:
            return "[^/]*"
        return "[^/]" if token["one"] else str(re2.escape(token["plain"] or token["c"]))

    return "[^/]+" if segment == "*" else _GLOB.sub(one, segment)
