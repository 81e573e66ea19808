"""What makes one failure like another, whatever the project calls its things: hashed parts of what the tool said.

The parts are the tool, its rules, and the words and pairs of words of its messages, with names, paths and numbers taken
out; names count once, beside them. Two failures are as alike as the Jaccard of their parts. MinHash
(https://en.wikipedia.org/wiki/MinHash) makes bands of them that like failures share, so that an index finds those few
that are worth comparing. CRC-32 and SHA-256 are the same in every process and on every machine; Python's `hash` is not.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis, Level
from analysis.normal import normal

SCHEME = 1
"""Raise it with every change of what is hashed: what was hashed in another way is compared with nothing, and made anew
by upkeep."""
BANDS = 32
ROWS = 2
"""Hashes in a band: messages of Jaccard 0.4 share one of 32 bands in 996 of 1,000 cases, those of 0.1 in 275."""
MOST_SHINGLES = 200
"""Of one failure, the smallest hashes: a sample of all, so that a message of a thousand words costs no more to keep."""
_MOST_MESSAGES = 10
"""Places whose messages count: a linter of a thousand findings says the same few things."""
_TEXT = 20_000
"""Characters of a text that a person brings: a screen or two of a log."""
# How often a part counts: a rule says more than a word, and the same words of another tool are another mistake.
_TOOL_WEIGHT = 3
_RULE_WEIGHT = 4
_MOST_NAMES = 10

_QUOTED = re.compile(
    r"`([^`']{1,120})[`']|\u2018([^\u2019]{1,120})\u2019|\"([^\"]{1,120})\"|(?<!\w)'([^']{1,120})'(?!\w)"
)
_WORD = re.compile(r"<[a-z]{1,20}>|[^\W_](?:[\w.:/@+#*()-]*[\w)])?|[^\w\s<>]{2,8}")
_NAME = re.compile(r"[/_(]|\.\w|:\w")
"""A word of the project's: a path, a call, a dotted or an underscored name."""
_EMPTY = frozenset(
    {"a", "an", "the", "to", "of", "in", "is", "was", "at", "on", "for", "and", "or", "by", "with", "error", "line"}
    | {"file", "<n>", "<q>", "<name>"}
)
"""Words that every failure shares tell none from another."""
_PRIME = (1 << 61) - 1


def _permutation(number: int) -> tuple[int, int]:
    factor, start = struct.unpack(">QQ", hashlib.sha256(f"likeness {number}".encode()).digest()[:16])
    return factor % (_PRIME - 1) + 1, start % _PRIME


_PERMUTATIONS = tuple(_permutation(number) for number in range(BANDS * ROWS))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Hashes of 32 bits with a sign, sorted and each once, and the hashes of BANDS bands of them."""

    shingles: tuple[int, ...]
    bands: tuple[int, ...]


def likeness(diagnosis: Diagnosis) -> Likeness:
    """What a diagnosed failure is compared by."""
    wrong = [place for place in diagnosis.locations if place.level is Level.ERROR]
    rules = {place.rule.lower() for place in wrong if place.rule}
    root = [] if diagnosis.root_line is None else [diagnosis.root_line.text]
    said = [diagnosis.message, *root, *(place.message for place in wrong[:_MOST_MESSAGES])]
    return _hashed(_parts(diagnosis.tool, diagnosis.category.value, rules, said))


def likeness_of_message(tool: str | None, category: str, message: str) -> Likeness:
    """What a failure is compared by of which no more is known than its normalised message."""
    return _hashed(_parts(tool, category, (), [message]))


def likeness_of_text(text: str) -> Likeness:
    """What a text is compared by that somebody brings: it is read as the log that it is a part of."""
    return likeness(analyze([text[:_TEXT].encode("utf-8", "replace")]))


def _hashed(parts: Iterable[str]) -> Likeness:
    hashes = sorted({zlib.crc32(part.encode("utf-8", "surrogatepass")) for part in parts})[:MOST_SHINGLES]
    return Likeness(tuple(map(_signed, hashes)), tuple(map(_signed, _bands(hashes))) if hashes else ())


def _parts(tool: str | None, category: str, rules: Collection[str], said: Iterable[str]) -> Iterator[str]:
    if tool:
        yield from (f"tool {at} {tool}" for at in range(_TOOL_WEIGHT))
    yield f"category {category}"
    for rule in rules:
        yield from (f"rule {at} {rule}" for at in range(_RULE_WEIGHT))
    for message in dict.fromkeys(said):
        words, names = _words(normal(message))
        yield from (f"word {word}" for word in words if word not in _EMPTY)
        yield from (f"pair {one} {two}" for one, two in pairwise(words) if not {one, two} <= _EMPTY)
        yield from (f"name {name}" for name in names[:_MOST_NAMES])


def _words(text: str) -> tuple[list[str], list[str]]:
    """The words in order, with a mark where a name stood, and the names."""
    names: list[str] = []

    def quoted(found: re.Match[str]) -> str:
        names.append(next(part for part in found.groups() if part))
        return " <q> "

    words = []
    for word in _WORD.findall(_QUOTED.sub(quoted, text)):
        if _NAME.search(word):
            names.append(word)
        words.append("<name>" if _NAME.search(word) else word.lower())
    return words, [name.lower() for name in names]


def _bands(hashes: list[int]) -> Iterator[int]:
    least = [min((factor * one + start) % _PRIME for one in hashes) for factor, start in _PERMUTATIONS]
    for band in range(BANDS):
        yield zlib.crc32(struct.pack(f">I{ROWS}Q", band, *least[band * ROWS : (band + 1) * ROWS]))


def _signed(number: int) -> int:
    """As PostgreSQL's integer holds it."""
    return number - (1 << 32) if number >= 1 << 31 else number
