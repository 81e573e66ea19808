"""What the policy looks at and what it says."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from analysis.patch.apply import FilePatch
from analysis.patch.lines import Region, changed_regions
from analysis.patch.text import decode, split_lines
from analysis.policy.comments import without_comments

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "e2e", "__mocks__"})
_TEST_NAME = re.compile(
    r"^(test_.*|conftest)\.py$|[._-](test|tests|spec)\.\w+$|^(Test\w+|\w+Tests?|\w+IT)\.(java|kt|cs|php|swift)$"
)
_SCRIPT_NAME = re.compile(
    r"\.(sh|bash|zsh|fish|ps1|bat|cmd|mk|just|rake|cmake|ya?ml|\w+proj|props|targets)$|^(gnu)?makefile|^\.?justfile$|^rakefile$|^cmakelists\.txt$"
    r"|^(dockerfile|containerfile)(\..+)?$|\.dockerfile$|^(noxfile|tasks|fabfile|dodo|setup|build)\.py$|^taskfile|^procfile$"
    r"|^(gulpfile|gruntfile)\.\w+$|\.gradle(\.kts)?$|^pom\.xml$|^build\.xml$|^build\.zig$|^mix\.exs$|^vite\.config\.\w+$|^earthfile$"
)
_SCRIPT_FOLDERS = frozenset({"scripts", "script", "bin", "ci", ".ci", "tools", "build", "hack"})
_RUNNER_NAME = re.compile(r"(^|[-_.])(run|ci|check|lint|tests?)[-_.]", re.IGNORECASE)
# A patch beyond it is refused for its size; to compare it line by line would take most of the time of a check.
_MOST_CHANGED = 400
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
class Allowed:
    """What a repository says itself: the globs of the paths that a fix may touch (none means all), and whether those
    of GitHub's workflows are among them; `why_not` says why its workflows are not, where it asked for them.
    """

    paths: tuple[str, ...] = ()
    workflow_files: bool = False
    why_not: str = "is the pipeline that judges this fix"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file as lines without their ends: all before, all after, and those only on one side.

    `code_before` and `code_after` are the same with what is only comment left empty; `regions` says where those differ.
    """

    path: str
    mode: str
    content: bytes
    before: tuple[str, ...]
    after: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    code_before: tuple[str, ...]
    code_after: tuple[str, ...]
    regions: tuple[Region, ...]

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
    def is_script(self) -> bool:
        """Whether it tells a machine what to run: a script, a build file, a program of a folder for such."""
        path = PurePosixPath(self.path.lower())
        if _SCRIPT_NAME.search(path.name) or (self.after and self.after[0].startswith("#!")):
            return True
        if path.suffix not in (".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php", ""):
            return False
        return not _SCRIPT_FOLDERS.isdisjoint(path.parts[:-1]) and (
            path.suffix == "" or _RUNNER_NAME.search(path.name) is not None
        )

    @property
    def code_removed(self) -> tuple[str, ...]:
        """The lines of code that are gone."""
        return tuple(line for one in self.regions for line in self.code_before[one.start : one.end])

    @property
    def code_added(self) -> tuple[str, ...]:
        """The lines of code that are new."""
        return tuple(line for one in self.regions for line in self.code_after[one.new_start : one.new_end])

    @property
    def is_prose(self) -> bool:
        """Whether it is text for people, in which a forbidden word is only a word."""
        return _PROSE.search(self.name.lower()) is not None

    def more_of(self, pattern: re.Pattern[str]) -> str | None:
        """Give an added line that matches, if lines that match have become more: one that only moved is not new."""
        return surplus(pattern, self.added, self.removed)

    def fewer_of(self, pattern: re.Pattern[str]) -> str | None:
        """Give a removed line that matches, if lines that match have become fewer."""
        return surplus(pattern, self.removed, self.added)

    def more_code(self, pattern: re.Pattern[str]) -> str | None:
        """As `more_of`, but comments do not count."""
        return surplus(pattern, self.code_added, self.code_removed)

    def fewer_code(self, pattern: re.Pattern[str]) -> str | None:
        """As `fewer_of`, but comments do not count: a line that is commented out is gone."""
        return surplus(pattern, self.code_removed, self.code_added)


class Searches(Protocol):
    """What tells whether a line is of a kind: a compiled pattern, or more than a pattern can say."""

    def search(self, line: str, /) -> object:
        """Give something true for a line of the kind."""


def surplus(pattern: Searches, many: Iterable[str], few: Iterable[str]) -> str | None:
    """Give a line of `many` that matches, if more lines match there than in `few`, to be shown in a message."""
    matching = [line for line in many if pattern.search(line)]
    if len(matching) <= sum(1 for line in few if pattern.search(line)):
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
    regions = changed_regions(before, after, _MOST_CHANGED)
    name = PurePosixPath(patched.path).name
    code_before, code_after = without_comments(name, before), without_comments(name, after)
    plain = code_before == before and code_after == after
    return Change(
        path=patched.path,
        mode=patched.mode,
        content=patched.after,
        before=_cut(before),
        after=_cut(after),
        removed=_cut(line for region in regions for line in before[region.start : region.end]),
        added=_cut(line for region in regions for line in after[region.new_start : region.new_end]),
        code_before=_cut(code_before),
        code_after=_cut(code_after),
        # Anew only where a comment may have swallowed lines that are the same on both sides.
        regions=regions if plain else changed_regions(code_before, code_after, _MOST_CHANGED),
    )


def _cut(lines: Iterable[str]) -> tuple[str, ...]:
    """Keep one character more than a line may have, to tell that it had more."""
    return tuple(line[: MAX_LINE + 1] for line in lines)


def _lines(content: bytes) -> tuple[str, ...]:
    return tuple(line.rstrip("\r\n") for line in split_lines(decode(content).text))
