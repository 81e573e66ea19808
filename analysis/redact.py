"""Secrets out of text, before anything is kept, shown or sent. Linear time; lines stay lines.

Forms with a mark of their own are masked wherever they stand; other values only beside a name that says "secret", and
only if they look random, since hashes and identifiers fill every log.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

import re2

from analysis.engine import Gate, build_gate
from analysis.own_secrets import NONE, OwnSecrets
from analysis.private_keys import KeyMask, mask_inside
from analysis.secret_formats import LIKELY, MARKED, NAMED, PLACED

MASK = "***"
"""GitHub's own mask, so that a reader knows it."""

_LEAST_ENTROPY = 0.75
"""Of what a value of that length can have at most: `aaaa1111` is no secret."""
_VARIABLE = re.compile(r"%[A-Za-z0-9_]+%")
_PARTED = re.compile(r"[^A-Za-z0-9]+")
_MEASURE = re.compile(r"\d{1,4}[A-Za-z]{1,2}\d{0,4}")
"""15ms, 1920x1080, and 31T10 of a time."""
_HUMPS = re.compile(r"[A-Z]?[a-z]{2,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_SPOKEN = 0.7
_SHORT_WORD = 4
_DIGITS_OF_A_WORD = 4
_LONGEST_VALUE = 512
_PUBLIC = re.compile(rb"(?i)public.{0,20}token")
"""A name of .NET's for the hash of a key that everybody may know."""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Text with its secrets masked, and how many there were."""

    text: str
    count: int


def scrub(text: str, own: OwnSecrets = NONE) -> Scrubbed:
    """Mask every secret in the text, and what `own` patterns match; as many lines come out as went in."""
    scrubbed = _scrub(text)
    return _scrub_own(text, scrubbed, own) if own.patterns else scrubbed


def _scrub_own(text: str, scrubbed: Scrubbed, own: OwnSecrets) -> Scrubbed:
    """Mask in what is left; where a built-in mask hides a part of what a pattern meant, the whole line goes."""
    lines: list[str] = []
    count = scrubbed.count
    for before, line in zip(text.split("\n"), scrubbed.text.split("\n"), strict=True):
        masked, found = own.masked(line, MASK)
        torn = line != before and found < own.masked(before, MASK)[1]
        lines.append(MASK if torn else masked)
        count += found + torn
    return Scrubbed("\n".join(lines), count)


def _scrub(text: str) -> Scrubbed:
    keys = KeyMask(MASK)
    if "PRIVATE KEY" in text:
        text = "\n".join([keys.masked(line) for line in text.split("\n")])
    data = text.encode("utf-8", "surrogatepass")
    flags = _gate().flag(data)
    if not flags:
        return Scrubbed(text, keys.count)
    lines = data.split(b"\n")
    count = keys.count
    for form in sorted(flags):
        for index in flags[form]:
            lines[index], masked = _masked(form, lines[index])
            count += masked
    return Scrubbed(b"\n".join(lines).decode("utf-8", "surrogatepass"), count)


def mask_key_line(line: str, *, certain: bool) -> str:
    """Mask what may be the body of a private key in one line that stands inside one, or perhaps does."""
    return mask_inside(line, MASK, certain=certain)


_FORMS = (*PLACED, *MARKED, *LIKELY, *NAMED)
_CERTAIN = len(PLACED) + len(MARKED)


@cache
def _gate() -> Gate:
    return build_gate(_FORMS)


@cache
def _form(index: int) -> "re2._Regexp[bytes]":
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(_FORMS[index].encode(), options)


def _masked(form: int, line: bytes) -> tuple[bytes, int]:
    pieces: list[bytes] = []
    at = 0
    for found in _form(form).finditer(line):
        start, end = found.span(1)
        if form < _CERTAIN or (not _PUBLIC.search(line[found.start() : start]) and _looks_random(line[start:end])):
            pieces += [line[at:start], MASK.encode()]
            at = end
    return b"".join([*pieces, line[at:]]), len(pieces) // 2


def _looks_random(secret: bytes) -> bool:
    """Tell a random value from words, a path, a version, a variable or a piece of code."""
    value = secret[:_LONGEST_VALUE].decode("utf-8", "replace")
    if not any(c.isalpha() for c in value) or _VARIABLE.match(value) or all(map(_is_word, _PARTED.split(value))):
        return False
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return entropy >= _LEAST_ENTROPY * math.log2(min(len(value), 16))


def _is_word(part: str) -> bool:
    """Tell names in lower case, capitals or camelCase, with a small number behind, from letters thrown together."""
    if _MEASURE.fullmatch(part):
        return True
    letters = part.rstrip("0123456789")
    if len(part) - len(letters) > _DIGITS_OF_A_WORD or (letters and not letters.isalpha()):
        return False
    if len(letters) <= _SHORT_WORD or letters.isupper():
        return True
    spoken = sum(len(hump) for hump in _HUMPS.findall(letters) if _VOWEL.search(hump))
    return spoken >= _SPOKEN * len(letters)
