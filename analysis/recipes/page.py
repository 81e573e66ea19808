"""A file by its lines, as tools speak of it, and the cuts that change it."""

from dataclasses import dataclass
from itertools import accumulate

from analysis.recipes.python_source import Cut


@dataclass(frozen=True, slots=True)
class Page:
    """A file's text, its lines without their ends, and where each begins. Lines count from 1, columns here from 0.

    The lines are `text.split("\\n")`: the end of the last line is an empty line like any other.
    """

    path: str
    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, path: str, text: str) -> "Page":
        """Read a text as a page."""
        lines = tuple(text.split("\n"))
        return cls(path, text, lines, tuple(accumulate((len(line) + 1 for line in lines), initial=0)))

    def line(self, number: int | None) -> str | None:
        """Give a line; None for one that the file has not."""
        return self.lines[number - 1] if number is not None and 1 <= number <= len(self.lines) else None

    def cut(self, number: int, start: int, end: int, replace: str = "") -> Cut:
        """Let columns `start` to `end` of a line give way."""
        return Cut(self.starts[number - 1] + start, self.starts[number - 1] + end, replace)

    def without(self, first: int, last: int) -> Cut:
        """Take whole lines out, both included, with the line end behind them."""
        return Cut(self.starts[first - 1], min(self.starts[last], len(self.text)))

    def at(self, number: int, column: int) -> int:
        """Turn a line and a column into a place in the text."""
        return self.starts[number - 1] + column

    def place(self, offset: int) -> int:
        """Give the number of the line that a place of the text is on."""
        return self.text.count("\n", 0, offset) + 1
