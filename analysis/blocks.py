"""From chunks of bytes, cut anywhere, to blocks of whole lines: always the same blocks, whatever the chunks were."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BLOCK_BYTES = 1 << 20
"""What the engine reads at once: larger blocks gain nothing and cost memory."""
LINE_BYTES = 64 << 10
"""What is kept of one line, half from each end: a bundler's output or a dumped file may be one line of 50 MB."""
LINE_CUT = " […] "
"""Stands where the middle of an overlong line is left out."""

_HALF = LINE_BYTES // 2


@dataclass(frozen=True, slots=True)
class StepStart:
    """Stands among a log's chunks where the file of another step begins, as a run's zip has them."""

    job: str
    step: str


Chunks = Iterable[bytes | StepStart]
"""A log: bytes cut anywhere, or the files of its steps one after the other."""


def parts(chunks: Chunks) -> Iterator[tuple[StepStart | None, Iterator[bytes]]]:
    """Split at each StepStart; every part must be read to its end before the next is asked for."""
    rest = iter(chunks)
    following: list[StepStart] = []

    def part() -> Iterator[bytes]:
        for chunk in rest:
            if isinstance(chunk, StepStart):
                following.append(chunk)
                return
            yield chunk

    yield None, part()
    while following:
        yield following.pop(), part()


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give blocks of whole lines, each without its last line feed, with overlong lines cut.

    A block is what fits of BLOCK_BYTES, counted along the stream: where it ends does not hang on the chunks.
    """
    pieces: list[bytes] = []
    size = 0
    for chunk in chunks:
        at = 0
        while size + len(chunk) - at >= BLOCK_BYTES:
            end = at + BLOCK_BYTES - size
            text, newline, rest = b"".join((*pieces, chunk[at:end])).rpartition(b"\n")
            if newline:
                yield _shortened(text)
            # Else one line so far: hold both of its ends, one byte more than will stay, so that the cut is told.
            pieces = [rest if newline else rest[: _HALF + 1] + rest[-_HALF:]]
            size = len(pieces[0])
            at = end
        pieces.append(chunk[at:])
        size += len(chunk) - at
    if size:
        yield _shortened(b"".join(pieces).removesuffix(b"\n"))


def _shortened(text: bytes) -> bytes:
    """Keep both ends of overlong lines; a text without any comes back as it is, for the price of a few searches."""
    at = 0
    while at + LINE_BYTES < len(text):
        newline = text.rfind(b"\n", at, at + LINE_BYTES + 1)
        if newline < 0:
            return b"\n".join([_cut(line) for line in text.split(b"\n")])
        at = newline + 1
    return text


def _cut(line: bytes) -> bytes:
    return line if len(line) <= LINE_BYTES else line[:_HALF] + LINE_CUT.encode() + line[-_HALF:]


def utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
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
            if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
                decoder = codecs.getincrementaldecoder("utf-16")("replace")
            chunk = start  # noqa: PLW2901  # the first bytes were held back to see the mark
        yield chunk if decoder is None else _encoded(decoder.decode(chunk))
    if decoder is not None:
        yield _encoded(decoder.decode(b"", final=True))
    elif not started:
        yield start


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
