"""The lines of a comment that are its writer's own words: pure, and in time that grows with the text.

GitHub's markdown is read by a CommonMark parser, so what is shown as code, quoted, folded away or hidden is told from
what is said by the same rules by which people see it. Where the two could differ, a line counts as not said.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

# A rule of "-" under a line makes it a heading: in an answer by mail that is a command and a signature. References and
# the text inside a paragraph are not needed, and would take time that grows with the square of a hostile text.
_BLOCKS = MarkdownIt("commonmark").disable(["lheading", "reference", "inline", "text_join"])
_CONTAINERS = ("blockquote", "list_item")
_LINE_END = re.compile(r"\r\n?")
_PIECE = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<!--|<(/?)([a-zA-Z][a-zA-Z0-9-]*)|<[?!]")
_TICKS = re.compile("`+")
_SHUT = frozenset({"blockquote", "code", "del", "details", "pre", "samp", "table"})
"""Elements whose content is quoted, code, struck out or folded away, until they are closed."""


def spoken(text: str) -> Iterator[str]:
    """Each line that its writer says, stripped, in order; of a list only the lines below an item's first."""
    source = _LINE_END.sub("\n", text).split("\n")
    reader, outer, quotes = _Reader(), [], 0
    for token in _BLOCKS.parse(text):
        name, _, end = token.type.rpartition("_")
        if name in _CONTAINERS:
            quotes += token.nesting * (name == "blockquote")
            # What a container leaves open ends with it.
            if end == "open":
                outer.append(reader.open.copy())
            else:
                reader.open = outer.pop()
        elif token.type == "html_block":
            reader.read(token.content, code=False)
        elif token.type == "inline" and token.map is not None:
            said = reader.read(token.content, code=True)
            lines = source[token.map[0] : token.map[0] + len(said)]
            yield from (line.strip() for line, aloud in zip(lines, said, strict=False) if aloud and not quotes)


@dataclass(slots=True)
class _Reader:
    """Reads blocks one after the other; `open` are the elements that hide what follows."""

    open: Counter[str] = field(default_factory=Counter)

    def read(self, content: str, *, code: bool) -> list[bool]:
        """For each line of a block, whether it begins in the open. `code` where backticks mean code."""
        hidden = _merged(self._hidden(content, code=code))
        found, start, at = [], 0, 0
        for line in content.split("\n"):
            while at < len(hidden) and hidden[at][1] <= start:
                at += 1
            found.append(at == len(hidden) or not hidden[at][0] < start)
            start += len(line) + 1
        return found

    def _hidden(self, content: str, *, code: bool) -> Iterator[tuple[int, int]]:
        """The stretches that are not said, by their beginnings."""
        ends = _Ends(content, code=code)
        since = -1 if self.open else None
        at = 0
        while (piece := _PIECE.search(content, at)) is not None:
            at = end = ends.of(piece)
            if piece[2] is not None:
                was = since
                since = self._tag(piece[2].lower(), closing=bool(piece[1]), since=since, start=piece.start())
                if was is not None and since is None:
                    yield was, end
            if end > piece.end():
                yield piece.start(), end
        if since is not None:
            yield since, len(content) + 1

    def _tag(self, name: str, *, closing: bool, since: int | None, start: int) -> int | None:
        """Count an element; gives where the hidden stretch began that it begins or goes on with."""
        if name not in _SHUT:
            return since
        if not closing:
            self.open[name] += 1
            return start if since is None else since
        if self.open[name] > 1:
            self.open[name] -= 1
        else:
            del self.open[name]
        return since if self.open else None


class _Ends:
    """Where what begins in a block ends. What ends nowhere is looked for once, or a hostile text would take long."""

    def __init__(self, content: str, *, code: bool) -> None:
        self._content = content
        self._last = {mark: content.rfind(mark) for mark in ("-->", ">")}
        self._ticks: defaultdict[int, list[int]] = defaultdict(list)
        for run in _TICKS.finditer(content) if code else ():
            self._ticks[len(run[0])].append(run.start())

    def of(self, piece: re.Match[str]) -> int:
        """The end of a code span, a comment or a tag; where it is none, the end of the piece itself."""
        if piece[0][0] == "`":
            # A code span ends at a run of backticks as long as its own.
            same = self._ticks.get(len(piece[0]), [])
            closer = bisect_left(same, piece.end())
            return same[closer] + len(piece[0]) if closer < len(same) else piece.end()
        mark = "-->" if piece[0] == "<!--" else ">"
        if piece[0][0] == "\\" or self._last[mark] < piece.end():
            return piece.end()
        return self._content.find(mark, piece.end()) + len(mark)


def _merged(stretches: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
