"""One pass over a log: which lines are flagged, the lines around them, and the steps. All that is kept is scrubbed."""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from analysis.engine import CAPTURE_LIMIT, Gate, build_gate, rule_patterns
from analysis.reader import Block, LogReader
from analysis.redact import KEY_BEGIN, KEY_END, mask_key_line, scrub
from analysis.rules import Rule, rule_book
from analysis.steps import MARKERS, Step, StepTracker

HITS_KEPT = 200
"""First hits kept of each rule, and as many last ones: beyond that a rule only repeats itself."""
KEPT_BYTES = 24 << 20
"""Text held at once: a log of nothing but errors must not fill the memory."""
TAIL_LINES = 150
"""Last lines of the log, which are evidence when no rule knows better."""
_BEFORE_MARK = 60
"""Lines kept before the runner's own error mark."""
_CONTEXT = {True: (30, 40), False: (8, 12)}


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
    """Reads one log. `scrubbing` off is for tests of the scrubber's cost alone."""

    def __init__(self, *, scrubbing: bool = True) -> None:
        self._rules: Sequence[Rule] = rule_book().rules
        self._gate = _gate()
        self._scrubbing = scrubbing
        self._scan = Scan()
        self._tracker = StepTracker()
        self._early: dict[int, list[Hit]] = defaultdict(list)
        self._late: dict[int, deque[Hit]] = defaultdict(lambda: deque(maxlen=HITS_KEPT))
        self._previous: list[bytes] = []
        self._owed = 0
        self._size = 0
        self._key = _KeyLines()

    def read(self, chunks: Iterable[bytes]) -> Scan:
        """Make the pass."""
        reader = LogReader()
        for block in reader.blocks(chunks):
            self._block(block)
        scan = self._scan
        scan.lines, scan.bytes = reader.lines, reader.bytes
        self._tracker.finish(scan.lines)
        scan.steps = self._tracker.steps
        self._keep(scan.lines - len(self._previous) + 1, self._previous, range(len(self._previous)))
        scan.hits = [hit for hit in self._live_hits() if hit.line in scan.text]
        return scan

    def _block(self, block: Block) -> None:
        needed = bytearray(len(block.lines))
        needed[: max(0, self._owed)] = b"\1" * min(len(needed), max(0, self._owed))
        before = 0
        self._owed -= len(block.lines)
        by_rule: dict[int, list[int]] = defaultdict(list)
        places = deque(block.places)
        for index, pattern in self._gate.flag(block.lines):
            while places and places[0][0] <= index:
                at, job, step = places.popleft()
                self._tracker.place(block.first + at, job, step)
            if pattern < len(self._rules):
                by_rule[pattern].append(index)
                continue
            before = max(before, self._marker(block, index, pattern - len(self._rules), needed))
        for at, job, step in places:
            self._tracker.place(block.first + at, job, step)
        before = max(before, self._take_hits(block, by_rule, needed))
        if before:
            count = min(before, len(self._previous))
            start = len(self._previous) - count
            self._keep(block.first - count, self._previous[start:], range(count))
        self._keep(block.first, block.lines, _indexes(needed))
        self._previous = (self._previous + block.lines)[-TAIL_LINES:]
        if self._size > KEPT_BYTES:
            self._prune()

    def _marker(self, block: Block, index: int, marker: int, needed: bytearray) -> int:
        """Take in a structural line; the answer is how many lines before this block are wanted."""
        line = block.first + index
        if marker >= len(MARKERS):
            self._key.mark(line, begins=marker == len(MARKERS))
            return 0
        text = block.lines[index][:CAPTURE_LIMIT].decode("utf-8", "replace")
        self._tracker.mark(line, scrub(text).text if self._scrubbing else text)
        if text.startswith("##[error]"):
            return _want(needed, index, _BEFORE_MARK, 3)
        return 0

    def _take_hits(self, block: Block, by_rule: dict[int, list[int]], needed: bytearray) -> int:
        before = 0
        for rule, indexes in by_rule.items():
            if len(indexes) > 2 * HITS_KEPT:
                indexes = indexes[:HITS_KEPT] + indexes[-HITS_KEPT:]  # noqa: PLW2901  # the cap of the docstring above
            lead, trail = _CONTEXT[self._rules[rule].weight >= 40]
            for index in indexes:
                hit = Hit(block.first + index, rule)
                early = self._early[rule]
                if len(early) < HITS_KEPT:
                    early.append(hit)
                else:
                    self._late[rule].append(hit)
                before = max(before, _want(needed, index, lead, trail))
                self._owed = max(self._owed, index + trail + 1 - len(needed))
        return before

    def _keep(self, first: int, lines: Sequence[bytes], indexes: Iterable[int]) -> None:
        """Store lines in runs, so that a secret of several lines is seen whole."""
        kept = self._scan.text
        run: list[tuple[int, str]] = []
        for index in indexes:
            number = first + index
            if number in kept:
                continue
            if run and run[-1][0] != number - 1:
                self._store(run)
                run = []
            run.append((number, _short(lines[index])))
        if run:
            self._store(run)

    def _store(self, run: list[tuple[int, str]]) -> None:
        texts = [text for _, text in run]
        if self._scrubbing:
            scrubbed = scrub("\n".join(texts))
            texts = scrubbed.text.split("\n")
            self._scan.redactions += scrubbed.count
        for (number, _), text in zip(run, texts, strict=True):
            if self._scrubbing and self._key.holds(number) and text.strip():
                text = mask_key_line(text)  # noqa: PLW2901  # the key's first line may not be in this run
            self._scan.text[number] = text
            self._size += len(text) + 100

    def _live_hits(self) -> list[Hit]:
        live = [hit for hits in self._early.values() for hit in hits]
        live += [hit for hits in self._late.values() for hit in hits]
        return sorted(live, key=lambda hit: (hit.line, hit.rule))

    def _prune(self) -> None:
        """Drop the context of the weakest hits until half the room is free."""
        kept, room = self._scan.text, KEPT_BYTES // 2
        wanted: set[int] = set()
        for hit in sorted(self._live_hits(), key=lambda hit: (-self._rules[hit.rule].weight, -hit.line)):
            for number in range(hit.line - 8, hit.line + 12):
                if number in kept and number not in wanted:
                    wanted.add(number)
                    room -= len(kept[number]) + 100
            if room <= 0:
                break
        self._scan.text = {number: kept[number] for number in sorted(wanted)}
        self._size = sum(len(text) + 100 for text in self._scan.text.values())


class _KeyLines:
    """Where private keys stand: from a BEGIN line to its END, or for the longest a key can be."""

    _LONGEST = 120

    def __init__(self) -> None:
        self._ranges: deque[list[int]] = deque(maxlen=1000)

    def mark(self, line: int, *, begins: bool) -> None:
        if begins:
            self._ranges.append([line, line + self._LONGEST])
        elif self._ranges and line <= self._ranges[-1][1]:
            self._ranges[-1][1] = line

    def holds(self, line: int) -> bool:
        return any(first < line < last for first, last in self._ranges)


def _short(line: bytes) -> str:
    return line[: 2 * CAPTURE_LIMIT].decode("utf-8", "replace")[:CAPTURE_LIMIT]


def _want(needed: bytearray, index: int, lead: int, trail: int) -> int:
    start, end = index - lead, min(len(needed), index + trail + 1)
    needed[max(0, start) : end] = b"\1" * (end - max(0, start))
    return max(0, -start)


def _indexes(needed: bytearray) -> Iterable[int]:
    index = needed.find(1)
    while index >= 0:
        yield index
        index = needed.find(1, index + 1)


@cache
def _gate() -> Gate:
    extra = [marker.decode() for marker in (*MARKERS, KEY_BEGIN, KEY_END)]
    return build_gate([*rule_patterns(), *extra])
