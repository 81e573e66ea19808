"""One pass over a log: which lines are flagged, the lines around them, and the steps. All that is kept is scrubbed."""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from analysis.blocks import LINE_CUT, Chunks
from analysis.book import Book, shipped
from analysis.diagnosis import Script
from analysis.engine import CAPTURE_LIMIT, Flags
from analysis.own_secrets import NONE, OwnSecrets
from analysis.private_keys import KEY_LINES
from analysis.reader import Block, LogReader, Place, bare
from analysis.redact import mask_key_line, scrub
from analysis.rules import Rule
from analysis.steps import MARKERS, Step, StepTracker

HITS_KEPT = 200
"""First hits kept of each rule, and as many last ones: beyond that a rule only repeats itself."""
MARKS_READ = 1000
"""First structural lines read of each form in a block of a million bytes, and as many last ones."""
KEPT_BYTES = 24 << 20
"""Text held at once: a log of nothing but errors must not fill the memory."""
TAIL_LINES = 150
"""Last lines of the log, which are evidence when no rule knows better."""
_LINE_END = 1000
"""Characters kept of an overlong line's end; the rest of CAPTURE_LIMIT is its start."""
_LINE_COST = 200
"""Bytes that a kept line takes beside its text."""
_SCRIPT_LINES = 200
_SCRIPT_LETTERS = 8000
"""A longer script is not kept whole: it would stand in the database beside each failure."""
_GITHUBS_MASK = "***"
_BEFORE_MARK = 60
"""Lines kept before the runner's own error mark."""
_AFTER_MARK = 3
_STRONG = 40
_CONTEXT = {True: (30, 40), False: (8, 12)}
"""Lines kept before and after a hit, for a rule that is strong and one that is not."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that a rule flagged."""

    line: int
    rule: int


@dataclass(slots=True)
class Scan:
    """What one pass found. `text` holds the kept lines by number, cleaned and scrubbed."""

    lines: int = 0
    bytes: int = 0
    redactions: int = 0
    text: dict[int, str] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def step_of(self, line: int) -> Step:
        """Give the step that the line belongs to."""
        return self.steps[max(0, bisect_right(self.steps, line, key=lambda step: step.first) - 1)]


class Scanner:
    """Reads one log, masking `own` secrets too. `scrubbing` off is for tests of the scrubber's cost alone."""

    def __init__(self, *, scrubbing: bool = True, book: Book | None = None, own: OwnSecrets = NONE) -> None:
        book = book or shipped()
        self._rules: Sequence[Rule] = book.rules
        self._gate = book.gate
        self._scrubbing = scrubbing
        self._own = own
        self._tracker = StepTracker()
        self._early: dict[int, list[Hit]] = defaultdict(list)
        self._late: dict[int, deque[Hit]] = defaultdict(lambda: deque(maxlen=HITS_KEPT))
        self._kept: dict[int, bytes] = {}
        self._size = 0
        self._lines = 0
        self._previous: list[bytes] = []
        self._owed = 0
        self._key = _KeyLines()

    def read(self, chunks: Chunks) -> Scan:
        """Make the pass."""
        reader = LogReader()
        for block in reader.blocks(chunks):
            self._block(block)
        self._tracker.finish(self._lines)
        self._keep(self._lines - len(self._previous) + 1, self._previous)
        hits = self._live_hits()
        scan = Scan(self._lines, reader.bytes, steps=self._tracker.steps)
        scan.text, scan.redactions = self._told(self._wanted(hits))
        scan.hits = [hit for hit in hits if hit.line in scan.text]
        return scan

    def _block(self, block: Block) -> None:
        flags = self._gate.flag(block.text)
        if not flags and not block.places and self._owed <= 0:
            self._previous = _last(self._previous, block.text.rsplit(b"\n", TAIL_LINES))
            self._lines += block.text.count(b"\n") + 1
            return
        first, lines = self._lines + 1, block.text.split(b"\n")
        self._lines += len(lines)
        needed = bytearray(len(lines))
        needed[: max(0, self._owed)] = b"\1" * min(len(needed), max(0, self._owed))
        self._owed -= len(lines)
        before = max(self._structure(first, lines, block.places, flags, needed), self._take_hits(first, flags, needed))
        if before:
            wanted = self._previous[-before:]
            self._keep(first - len(wanted), wanted)
        for start, end in _runs(needed):
            self._keep(first + start, lines[start:end])
        self._previous = _last(self._previous, lines)
        if self._size > KEPT_BYTES:
            self._prune()

    def _structure(
        self, first: int, lines: Sequence[bytes], told: Sequence[Place], flags: Flags, needed: bytearray
    ) -> int:
        """Take in steps, marks and keys; the answer is how many lines before this block are wanted."""
        marker = len(self._rules)
        begins, ends = marker + len(MARKERS), marker + len(MARKERS) + 1
        for index, is_end in sorted((index, key == ends) for key in (begins, ends) for index in flags.get(key, ())):
            self._key.mark(first + index, begins=not is_end)
        marked = sorted({index for each in range(marker, begins) for index in _ends(flags.get(each, []), MARKS_READ)})
        texts = self._scrubbed([_short(lines[index]) for index in marked])
        before = 0
        places = deque(told)
        for index, text in zip(marked, texts, strict=True):
            while places and places[0].index <= index:
                self._place(first, places.popleft())
            before = max(before, self._mark(first, lines, index, text, needed))
        for place in places:
            self._place(first, place)
        return before

    def _place(self, first: int, place: Place) -> None:
        step, job = self._scrubbed([place.step, place.job or ""])
        self._tracker.place(first + place.index, step, job or None)

    def _mark(self, first: int, lines: Sequence[bytes], index: int, text: str, needed: bytearray) -> int:
        script_from = self._tracker.script_from
        if text.startswith("shell: ") and script_from is not None and script_from >= first:
            script = lines[script_from - first + 1 : index]
            told = [_short(line) for line in script[:_SCRIPT_LINES]]
            clean = self._scrubbed(told)
            whole = (
                clean == told and len(told) == len(script) and all(len(bare(line)) < CAPTURE_LIMIT for line in script)
            )
            self._tracker.script(clean, _whole_script(told, text) if whole else None)
        self._tracker.mark(first + index, text)
        is_error = self._tracker.current.errors[-1:] == [first + index]
        return _want(needed, index, _BEFORE_MARK, _AFTER_MARK) if is_error else 0

    def _scrubbed(self, texts: list[str]) -> list[str]:
        return scrub("\n".join(texts), self._own).text.split("\n") if self._scrubbing and texts else texts

    def _take_hits(self, first: int, flags: Flags, needed: bytearray) -> int:
        before = 0
        for rule, indexes in flags.items():
            if rule >= len(self._rules):
                continue
            lead, trail = self._context(rule)
            early, late = self._early[rule], self._late[rule]
            for index in _ends(indexes, HITS_KEPT):
                (early if len(early) < HITS_KEPT else late).append(Hit(first + index, rule))
                before = max(before, _want(needed, index, lead, trail))
                self._owed = max(self._owed, index + trail + 1 - len(needed))
        return before

    def _context(self, rule: int) -> tuple[int, int]:
        return _CONTEXT[self._rules[rule].weight >= _STRONG]

    def _keep(self, first: int, lines: Sequence[bytes]) -> None:
        self._kept.update(zip(range(first, first + len(lines)), lines, strict=True))
        self._size += sum(map(len, lines)) + _LINE_COST * len(lines)

    def _live_hits(self) -> list[Hit]:
        live = [hit for hits in self._early.values() for hit in hits]
        live += [hit for hits in self._late.values() for hit in hits]
        return sorted(live, key=lambda hit: (hit.line, hit.rule))

    def _wanted(self, hits: Iterable[Hit]) -> Iterator[int]:
        """Lines that the hits, the runner's marks and the log's end need, some of them twice."""
        yield from range(self._lines - len(self._previous) + 1, self._lines + 1)
        for step in self._tracker.steps:
            for mark in step.errors:
                yield from range(mark - _BEFORE_MARK, mark + _AFTER_MARK + 1)
        for hit in hits:
            lead, trail = self._context(hit.rule)
            yield from range(hit.line - lead, hit.line + trail + 1)

    def _prune(self) -> None:
        """Drop what only displaced hits needed; if that is not enough, the context of the weakest hits."""
        hits = sorted(self._live_hits(), key=lambda hit: (-self._rules[hit.rule].weight, -hit.line))
        kept: dict[int, bytes] = {}
        self._size = 0
        for number in self._wanted(hits):
            line = self._kept.get(number)
            if line is not None and number not in kept:
                kept[number] = line
                self._size += len(line) + _LINE_COST
                if self._size > KEPT_BYTES // 2:
                    break
        self._kept = kept

    def _told(self, wanted: Iterable[int]) -> tuple[dict[int, str], int]:
        """Scrub what is wanted, in runs of lines, so that a secret of several lines is seen whole."""
        text: dict[int, str] = {}
        redactions = 0
        run: list[int] = []
        for number in [*sorted(self._kept.keys() & set(wanted)), -1]:
            if run and number != run[-1] + 1:
                lines = [bare(self._kept[each]).decode("utf-8", "replace") for each in run]
                if self._scrubbing:
                    scrubbed = scrub("\n".join(lines), self._own)
                    lines = scrubbed.text.split("\n")
                    redactions += scrubbed.count
                    # A key's first line may not be in this run.
                    lines = [self._key.masked(each, line) for each, line in zip(run, lines, strict=True)]
                # Cut last, so that no secret is cut in two.
                text.update(zip(run, map(_cut, lines), strict=True))
                run = []
            run.append(number)
        return text, redactions


class _KeyLines:
    """Where private keys stand: from a BEGIN line to its END, or perhaps for the longest a key can be."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._ended: list[bool] = []

    def mark(self, line: int, *, begins: bool) -> None:
        if self._lasts:
            self._ended[-1] = self._ended[-1] or (not begins and line <= self._lasts[-1])
            self._lasts[-1] = min(self._lasts[-1], line)
        if begins:
            self._firsts.append(line)
            self._lasts.append(line + KEY_LINES)
            self._ended.append(False)

    def masked(self, line: int, text: str) -> str:
        at = bisect_left(self._firsts, line) - 1
        inside = at >= 0 and line < self._lasts[at] and not text.isspace()
        return mask_key_line(text, certain=self._ended[at]) if inside else text


def _whole_script(lines: Sequence[str], text: str) -> Script | None:
    """Give the script of these lines, unless GitHub masked some of it or it is too long; `text` names the shell."""
    script = "\n".join(lines) + "\n"
    if _GITHUBS_MASK in script or len(script) > _SCRIPT_LETTERS:
        return None
    return Script(script, text.removeprefix("shell: "))


def _short(line: bytes) -> str:
    return bare(line)[:CAPTURE_LIMIT].decode("utf-8", "replace")


def _cut(text: str) -> str:
    if len(text) <= CAPTURE_LIMIT:
        return text
    return text[: CAPTURE_LIMIT - len(LINE_CUT) - _LINE_END] + LINE_CUT + text[-_LINE_END:]


def _ends(indexes: list[int], count: int) -> list[int]:
    return indexes if len(indexes) <= 2 * count else indexes[:count] + indexes[-count:]


def _want(needed: bytearray, index: int, lead: int, trail: int) -> int:
    start, end = index - lead, min(len(needed), index + trail + 1)
    needed[max(0, start) : end] = b"\1" * (end - max(0, start))
    return max(0, -start)


def _runs(needed: bytearray) -> Iterator[tuple[int, int]]:
    start = needed.find(1)
    while start >= 0:
        end = needed.find(0, start)
        yield start, len(needed) if end < 0 else end
        start = -1 if end < 0 else needed.find(1, end)


def _last(previous: list[bytes], lines: list[bytes]) -> list[bytes]:
    return (previous + lines[-TAIL_LINES:])[-TAIL_LINES:]
