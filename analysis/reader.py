"""From chunks of bytes to the log's own lines: one pass, bounded memory, any bytes at all.

Reads raw Actions logs (a time stamp before each line), `gh run view --log` (job TAB step TAB stamp), and plain logs of
other services, in UTF-8 or with a UTF-16 mark. Colours and control characters go, a progress bar redrawn by carriage
returns is folded to its last state, and lines are counted by line feeds alone.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BLOCK_BYTES = 1 << 20
"""What the engine reads at once: larger blocks gain nothing and cost memory."""
LINE_BYTES = 64 << 10
"""What is kept of one line, half from each end: a bundler's output or a dumped file may be one line of 50 MB."""

_HALF = LINE_BYTES // 2

_STAMP = re.compile(rb"(?:\xef\xbb\xbf)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?")
_TABBED = re.compile(rb"([^\t\n]{1,200})\t([^\t\n]{1,200})\t(?:\xef\xbb\xbf)?(?=\d{4}-\d\d-\d\dT|\xef\xbb\xbf|$)")
# Each part stops at the next escape, so that a log full of broken ones still takes linear time.
_ANSI = re.compile(rb"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[()][A-B0-2]|\x1b[=>78MDEHc]")
_CONTROL = bytes(set(range(32)) - {9, 10, 13} | {127})


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines without stamps and colours. `first` is the number of the first; `places` names job and step
    from the given index on, where the log's form tells them.
    """

    first: int
    lines: list[bytes]
    places: tuple[tuple[int, str, str], ...] = ()


class LogReader:
    """Reads one log. `bytes` and `lines` are right once `blocks` is exhausted."""

    def __init__(self) -> None:
        self.bytes = 0
        self.lines = 0
        self._place: tuple[bytes, bytes] | None = None

    def blocks(self, chunks: Iterable[bytes]) -> Iterator[Block]:
        """Give the log in blocks of whole lines."""
        for text in _whole_lines(_utf8(self._counted(chunks))):
            lines = [_cut(line) for line in text.split(b"\n")]
            first = self.lines + 1
            self.lines += len(lines)
            yield self._block(first, lines, b"\x1b" in text, b"\r" in text)

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.bytes += len(chunk)
            yield chunk

    def _block(self, first: int, lines: list[bytes], colours: bool, returns: bool) -> Block:
        places: tuple[tuple[int, str, str], ...] = ()
        if any(_TABBED.match(line[:420]) for line in lines[:3]):
            lines, places = self._untabbed(lines)
        lines = [_unstamped(line) for line in lines]
        if returns:
            lines = [_folded(line) if b"\r" in line else line for line in lines]
        text = b"\n".join(lines)
        if colours:
            text = _ANSI.sub(b"", text)
        return Block(first, text.translate(None, _CONTROL).split(b"\n"), places)

    def _untabbed(self, lines: list[bytes]) -> tuple[list[bytes], tuple[tuple[int, str, str], ...]]:
        bare: list[bytes] = []
        places: list[tuple[int, str, str]] = []
        for index, line in enumerate(lines):
            found = _TABBED.match(line[:420])
            if found is None:
                bare.append(line)
                continue
            bare.append(line[found.end() :])
            place = (found[1], found[2])
            if place != self._place:
                self._place = place
                places.append((index, _words(found[1]), _words(found[2])))
        return bare, tuple(places)


def _words(text: bytes) -> str:
    return text.translate(None, _CONTROL).decode("utf-8", "replace").strip()


def _unstamped(line: bytes) -> bytes:
    # The usual stamp has seven decimals: 2025-01-31T10:20:30.1234567Z and a space.
    if line[27:29] == b"Z " and line[10:11] == b"T" and line[19:20] == b"." and line[:2] == b"20":
        return line[29:]
    found = _STAMP.match(line[:40])
    return line if found is None else line[found.end() :]


def _folded(line: bytes) -> bytes:
    """Keep what a terminal would show last."""
    for part in reversed(line.split(b"\r")):
        if part.strip():
            return part
    return b""


def _utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Recode UTF-16, which PowerShell writes to files and marks with two bytes."""
    decoder: codecs.IncrementalDecoder | None = None
    start = b""
    started = False
    for chunk in chunks:
        if not started:
            start += chunk
            if len(start) < 2:
                continue
            started = True
            if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
                decoder = codecs.getincrementaldecoder("utf-16")("replace")
            chunk = start  # noqa: PLW2901  # the first bytes were held back to see the mark
        yield chunk if decoder is None else _encoded(decoder.decode(chunk))
    if decoder is not None:
        yield _encoded(decoder.decode(b"", final=True))
    elif not started:
        yield start


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Regroup chunks into blocks of whole lines, each without its last line feed."""
    buffer = b""
    for chunk in chunks:
        for start in range(0, len(chunk), BLOCK_BYTES):
            buffer += chunk[start : start + BLOCK_BYTES]
            if len(buffer) < BLOCK_BYTES:
                continue
            text, newline, rest = buffer.rpartition(b"\n")
            if newline:
                yield text
                buffer = rest
            else:
                # One line so far: hold both of its ends, one byte more than will stay, so that the cut is told.
                buffer = buffer[: _HALF + 1] + buffer[-_HALF:]
    if buffer:
        yield buffer.removesuffix(b"\n")


def _cut(line: bytes) -> bytes:
    """Keep both ends of an overlong line."""
    if len(line) <= LINE_BYTES:
        return line
    return line[:_HALF] + b" [... cut: of one line 64 KiB are read ...] " + line[-_HALF:]
