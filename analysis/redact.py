"""Secrets out of text, before anything is kept, shown or sent. Linear time; lines stay lines.

Forms with a mark of their own are masked wherever they stand; other values only beside a name that says "secret", and
only if they look random, since hashes and identifiers fill every log.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import re2

from analysis.secret_formats import MARKED, NAMED, PLACED

MASK = "***"
"""GitHub's own mask, so that a reader knows it."""
KEY_BEGIN = rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
"""Pattern of a private key's first line, as a scanner needs it to know the lines inside."""
KEY_END = rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY"

_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}|[A-Za-z0-9+/]{2,}={1,2}$|^\s{0,40}[A-Za-z0-9+/]{2,}$")
_KEY_LINES = 120
_LEAST_ENTROPY = 3.1


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Text with its secrets masked, and how many there were."""

    text: str
    count: int


def scrub(text: str) -> Scrubbed:
    """Mask every secret in the text; as many lines come out as went in."""
    lines = _LineScrubber()
    if "PRIVATE KEY" in text:
        text = "\n".join(lines.keys_of(line) for line in text.split("\n"))
    done = _without_forms(text)
    return Scrubbed(done.text, done.count + lines.keys)


def scrub_lines(lines: Iterable[str]) -> Iterator[Scrubbed]:
    """Mask a stream line by line; a key of several lines is followed from its first to its last."""
    following = _LineScrubber()
    for line in lines:
        before = following.keys
        done = _without_forms(following.keys_of(line))
        yield Scrubbed(done.text, done.count + following.keys - before)


class _LineScrubber:
    """Follows private keys through lines."""

    def __init__(self) -> None:
        self.keys = 0
        self._left = 0

    def keys_of(self, line: str) -> str:
        """Mask the line's part of a private key, if it stands in one."""
        if "-----END " in line:
            self._left = 0
        elif "-----BEGIN " in line and "PRIVATE KEY" in line:
            self.keys += 1
            # A key whose last line is missing must not hide what follows it: only what looks like a key goes.
            self._left = _KEY_LINES
            head, marker, body = line.partition("-----BEGIN ")
            return head + marker + mask_key_line(body) if len(body) > 60 else line
        elif self._left:
            self._left -= 1
            return mask_key_line(line)
        return line


def _without_forms(text: str) -> Scrubbed:
    data = text.encode("utf-8", "surrogatepass")
    masked, known = _masked(_known(), data, lambda _: True)
    masked, named = _masked(_named(), masked, _looks_random)
    return Scrubbed(masked.decode("utf-8", "surrogatepass"), known + named) if known + named else Scrubbed(text, 0)


def _masked(formats: "re2._Regexp[bytes]", data: bytes, believe: Callable[[bytes], bool]) -> tuple[bytes, int]:
    pieces: list[bytes] = []
    at = 0
    for found in formats.finditer(data):
        start, end = found.span(found.lastindex)
        if believe(data[start:end]):
            pieces += [data[at:start], MASK.encode()]
            at = end
    return b"".join([*pieces, data[at:]]), len(pieces) // 2


def mask_key_line(line: str) -> str:
    """Mask what may be the body of a private key in one line known to stand inside one."""
    return _KEY_TEXT.sub(MASK, line)


@cache
def _known() -> "re2._Regexp[bytes]":
    return _compiled("|".join((*PLACED, *MARKED)))


@cache
def _named() -> "re2._Regexp[bytes]":
    return _compiled(NAMED)


def _compiled(pattern: str) -> "re2._Regexp[bytes]":
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    # The default of 8 MB makes the automaton start anew all the time.
    options.max_mem = 64 << 20
    return re2.compile(pattern.encode(), options)


def _looks_random(secret: bytes) -> bool:
    """Tell a random value from a word, a path or a piece of code."""
    value = secret.decode("utf-8", "replace")
    if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return entropy >= _LEAST_ENTROPY and not re.search(r"[./_-]{2}|^[a-z]+([._/-][a-z]+)+\d*$", value)
