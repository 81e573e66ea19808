"""From chunks of bytes to the log's own lines: one pass, bounded memory, any bytes at all.

Reads raw Actions logs (a time stamp before each line), `gh run view --log` (job TAB step TAB stamp), the files of a
run's zip, and the logs of GitLab, Azure, CircleCI, Travis, Jenkins and Buildkite, in UTF-8 or with a UTF-16 mark.
Colours and control characters go, a progress bar redrawn by carriage returns is folded to its last state, and lines are
counted by line feeds alone.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.blocks import Chunks, StepStart, parts, utf8, whole_lines

_MARK = codecs.BOM_UTF8
_STAMP = re.compile(
    # Actions and Azure; GitLab names the stream after it: `00O ` or, where a line goes on, `00O+`.
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?: [0-9a-f]{2}[EO][ +]| |$)"
    # Jenkins' Timestamper.
    rb"|\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z\](?: |$)"
)
_STAMP_BYTES = 40
STAMP_ENDS = r"Z |Z\] |[EO][ +]"
"""Pattern of what may stand before a line's own start: the gate reads lines with their stamps."""

# A job's or step's name may hold anything, a tab too; the stamp after the last tab tells where it ends.
_TABBED = re.compile(rb"([^\n]{1,400}?)\t([^\t\n]{0,400})\t(?:\xef\xbb\xbf)?(?=\d{4}-\d\d-\d\dT\d\d:)")
_TABBED_BARE = re.compile(rb"([^\t\n]{1,400})\t([^\t\n]{1,400})\t")
_NAMES_BYTES = 840
_SNIFFED_LINES = 20

# ECMA-48's control sequences; Jenkins hides its notes in one, Buildkite's times and links are strings up to BEL or ST.
# Each part stops at the next escape, so that a log full of broken ones still takes linear time.
_ANSI = re.compile(
    rb"\x1b(?:\[8mha:[^\x1b\n]*\x1b\[0m|\[[0-?]*[ -/]*[@-~]|[\]_P^X][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Z]"
    rb"|[=>78MDEHc\\])"
)
_CONTROL = bytes(set(range(32)) - {9, 10, 13} | {127})
# GitLab's sections and Travis' folds: markers on a line of their own, hidden by carriage return and "clear line".
_SECTION = re.compile(
    rb"(section_(?:start|end):\d{1,12}:|travis_(?:fold|time):(?:start|end):)([\w.-]{1,100})[^\r\n]{0,200}\r"
)


@dataclass(frozen=True, slots=True)
class Place:
    """From this line of a block on, the log itself names the step, and perhaps the job."""

    index: int
    step: str
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines without colours, joined by line feeds, each still with its time stamp."""

    text: bytes
    places: tuple[Place, ...] = ()

    @property
    def lines(self) -> list[bytes]:
        """The log's own words line by line: without stamps too."""
        return [bare(line) for line in self.text.split(b"\n")]


class LogReader:
    """Reads one log. `bytes` is right once `blocks` is exhausted."""

    def __init__(self) -> None:
        self.bytes = 0
        self._tabbed: bool | None = None
        self._prefix = b"\n"

    def blocks(self, chunks: Chunks) -> Iterator[Block]:
        """Give the log in blocks of whole lines."""
        for start, part in parts(chunks):
            places = [] if start is None else [_place_of(start)]
            for text in whole_lines(utf8(self._counted(part))):
                yield self._block(text, places)
                places = []

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.bytes += len(chunk)
            yield chunk

    def _block(self, text: bytes, places: list[Place]) -> Block:
        if b"\xef" in text and _MARK in text:
            text = b"\n".join([line.removeprefix(_MARK) for line in text.split(b"\n")])
        if self._tabbed is None:
            self._tabbed = any(_TABBED.match(line[:_NAMES_BYTES]) for line in text.split(b"\n", _SNIFFED_LINES))
        if self._tabbed:
            text = self._untabbed(text, places)
        if b"\x1b" in text:
            text = _ANSI.sub(b"", text)
        if b"\r" in text:
            text = _folded(text, places)
        return Block(text.translate(None, _CONTROL), tuple(places))

    def _untabbed(self, text: bytes, places: list[Place]) -> bytes:
        lines: list[bytes] = []
        for index, line in enumerate(text.split(b"\n")):
            prefix = self._prefix
            if not line.startswith(prefix):
                found = _TABBED.match(line[:_NAMES_BYTES]) or _TABBED_BARE.match(line[:_NAMES_BYTES])
                if found is None:
                    lines.append(line)
                    continue
                prefix = self._prefix = found[1] + b"\t" + found[2] + b"\t"
                places.append(Place(index, _words(found[2]), _words(found[1])))
            lines.append(line[len(prefix) :].removeprefix(_MARK))
        return b"\n".join(lines)


def _place_of(start: StepStart) -> Place:
    step, job = (_words(name.encode("utf-8", "replace")) for name in (start.step, start.job))
    return Place(0, step, job)


def bare(line: bytes) -> bytes:
    """Take the time stamp from one line."""
    # The usual one has seven decimals: 2025-01-31T10:20:30.1234567Z and a space.
    if line[27:29] == b"Z " and line[10:11] == b"T" and line[19:20] == b"." and line[:2] == b"20":
        return line[29:]
    if line[:1].isdigit() or line[:1] == b"[":
        found = _STAMP.match(line[:_STAMP_BYTES])
        return line if found is None else line[found.end() :]
    return line


def _words(text: bytes) -> str:
    return " ".join(_ANSI.sub(b"", text).translate(None, _CONTROL).decode("utf-8", "replace").split())


def _folded(text: bytes, places: list[Place]) -> bytes:
    """Keep of each line what a terminal would show last, and take in the sections that it opens and closes."""
    if b"section_" in text or b"travis_fold:" in text:
        text = _sectioned(text, places)
    text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if b"\r" in text:
        text = b"\n".join([_last_state(line) if b"\r" in line else line for line in text.split(b"\n")])
    return text


def _sectioned(text: bytes, places: list[Place]) -> bytes:
    """Take the markers of sections out; one line may close one and open the next."""
    lines = text.split(b"\n")
    for index, line in enumerate(lines):
        if b"\r" in line and (found := _SECTION.findall(line[:_NAMES_BYTES])):
            told = [(kind, name) for kind, name in found if not kind.startswith(b"travis_time")]
            places += [Place(index, _words(name) if b"start" in kind else "") for kind, name in told[-1:]]
            lines[index] = _SECTION.sub(b"", line[:_NAMES_BYTES]) + line[_NAMES_BYTES:]
    places.sort(key=lambda place: place.index)
    return b"\n".join(lines)


def _last_state(line: bytes) -> bytes:
    return next((part for part in reversed(line.split(b"\r")) if part.strip()), b"")
