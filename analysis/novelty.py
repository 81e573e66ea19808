"""What green runs of a job say, so that what a failed one says for the first time stands out.

Learned from logs of runs that passed: one key a line, of its step and its words without digits and hex letters, which
change from run to run. Used to rank and never to filter; with nothing learned, nothing changes. The idea is that of
rust-log-analyzer (https://github.com/rust-lang/rust-log-analyzer) and LogSage (https://arxiv.org/abs/2506.03691).
"""

import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from analysis.reader import LogReader, bare

LINES_KEPT = 60_000
"""Distinct lines of one job: the noisiest have some ten thousand, and eight bytes each are kept."""
_LINE_BYTES = 300
"""Of a line: its start tells what it is."""
_CHANGING = b"0123456789abcdefABCDEF"
_GROUP = b"##[group]Run "


@dataclass(frozen=True, slots=True)
class Normal:
    """The keys of lines that green runs said."""

    keys: frozenset[int] = frozenset()

    def knows(self, step: str | None, text: str) -> bool:
        """Whether a green run said a line in a step, named as the log's header names it."""
        if not self.keys:
            return False
        return _key(step_name(step or "").encode(), text.encode("utf-8", "replace")) in self.keys

    def packed(self) -> bytes:
        """The keys for keeping, some five bytes each."""
        return zlib.compress(array("Q", sorted(self.keys)).tobytes(), 6)


NOTHING = Normal()


def unpacked(data: bytes) -> Normal:
    """What `packed` gave. Raises ValueError for anything else, and for more than could have been kept."""
    try:
        raw = zlib.decompressobj().decompress(data, LINES_KEPT * 8 + 1)
        return Normal(frozenset(_numbers(raw)))
    except zlib.error as error:
        raise ValueError(f"these are no learned lines: {error}") from error


def together(learned: Iterable[Normal]) -> Normal:
    """What any of several green runs said."""
    return Normal(frozenset().union(*(one.keys for one in learned)))


def learn(chunks: Iterable[bytes]) -> Normal:
    """Read the log of a job that passed. Any bytes at all give an answer; beyond the cap, later lines are left out."""
    keys: set[int] = set()
    step = b""
    for block in LogReader().blocks(chunks):
        for line in map(bare, block.text.split(b"\n")):
            if line.startswith(_GROUP):
                step = _name(line)
            if len(keys) >= LINES_KEPT:
                return Normal(frozenset(keys))
            keys.add(_key(step, line))
    return Normal(frozenset(keys))


def step_name(header: str) -> str:
    """A step as lines are keyed by it, from the name that its header in the log gives."""
    return header.removeprefix("Run ").strip()[:200]


def _name(line: bytes) -> bytes:
    return step_name(line.removeprefix(b"##[group]").decode("utf-8", "replace")).encode()


def _key(step: bytes, line: bytes) -> int:
    words = line[:_LINE_BYTES].strip().translate(None, _CHANGING)
    return int.from_bytes(blake2b(step + b"\0" + words, digest_size=8).digest())


def _numbers(raw: bytes) -> "array[int]":
    if len(raw) % 8 or len(raw) > LINES_KEPT * 8:
        raise ValueError("these are no learned lines: their size is none that is kept")
    return array("Q", raw)
