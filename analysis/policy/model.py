"""What the policy looks at and what it says."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.patch.apply import FilePatch
from analysis.patch.lines import changed_regions
from analysis.patch.text import decode, split_lines

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "e2e", "__mocks__"})
_TEST_NAME = re.compile(
    r"^(test_.*|conftest)\.py$|[._-](test|tests|spec)\.\w+$|^(Test\w+|\w+Tests?|\w+IT)\.(java|kt|cs|php|swift)$"
)
_PROSE = re.compile(r"\.(md|rst|adoc)$|^(?!cmakelists|.*(requirements|constraints)).*\.txt$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a fix must not do unasked. `blocking`: only an administrator's explicit override lets it through.

    One that does not block is shown beside the fix, for the person who approves it to weigh.
    """

    path: str
    rule: str
    message: str
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file as lines without their ends: all before, all after, and those only on one side."""

    path: str
    mode: str
    content: bytes
    before: tuple[str, ...]
    after: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def is_test(self) -> bool:
        """Whether its place or name says that it holds tests."""
        folders = PurePosixPath(self.path.lower()).parts[:-1]
        return not _TEST_FOLDERS.isdisjoint(folders) or _TEST_NAME.search(self.name) is not None

    @property
    def is_prose(self) -> bool:
        """Whether it is text for people, in which a forbidden word is only a word."""
        return _PROSE.search(self.name.lower()) is not None

    def more_of(self, pattern: re.Pattern[str]) -> str | None:
        """Give an added line that matches, if lines that match have become more: one that only moved is not new."""
        matching = [line for line in self.added if pattern.search(line)]
        if len(matching) <= sum(1 for line in self.removed if pattern.search(line)):
            return None
        return matching[0].strip()[:120]

    def fewer_of(self, pattern: re.Pattern[str]) -> str | None:
        """Give a removed line that matches, if lines that match have become fewer."""
        matching = [line for line in self.removed if pattern.search(line)]
        if len(matching) <= sum(1 for line in self.added if pattern.search(line)):
            return None
        return matching[0].strip()[:120]


MAX_LINE = 2000
"""Characters of a line. A longer one is data or minified code, which nobody reads; of it, only the start is looked at,
so that no pattern's time grows with what a stranger wrote."""

Rule = Callable[[tuple[Change, ...]], Iterable[Finding]]
"""A rule sees the whole patch: a test that moves from one file to another is not a test removed."""


def change_of(patched: FilePatch) -> Change:
    """Split one patched file into what stayed, went and came."""
    before, after = _lines(patched.before or b""), _lines(patched.after)
    regions = changed_regions(before, after)
    return Change(
        path=patched.path,
        mode=patched.mode,
        content=patched.after,
        before=_cut(before),
        after=_cut(after),
        removed=_cut(line for region in regions for line in before[region.start : region.end]),
        added=_cut(line for region in regions for line in after[region.new_start : region.new_end]),
    )


def _cut(lines: Iterable[str]) -> tuple[str, ...]:
    """Keep one character more than a line may have, to tell that it had more."""
    return tuple(line[: MAX_LINE + 1] for line in lines)


def _lines(content: bytes) -> tuple[str, ...]:
    return tuple(line.rstrip("\r\n") for line in split_lines(decode(content).text))
