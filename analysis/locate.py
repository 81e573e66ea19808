"""Places in the repository that tools named, and the tests that failed."""

import re
from dataclasses import dataclass, field

from analysis.diagnosis import Category, Level, Location
from analysis.findings import Finding
from analysis.normal import relative
from analysis.rules import Role

LOCATIONS_KEPT = 1000
"""A linter's first run may name a hundred thousand places; a check run shows fifty at a time."""
TESTS_KEPT = 1000
"""A broken import fails every test there is."""
_MESSAGE_LENGTH = 500
_ROWS_BELOW = 2000
_PLACE_BELOW = 8
_EXPLAINED_BELOW = 100
_FRAME_BELOW = 60
_FRAMES_KEPT = 100
"""A recursion that never ends has a thousand frames."""
_TEST_FILE = re.compile(
    r"(?:^|[/_.-])(?:tests?|spec)(?:[/_.-]|$)|(?:^|/)conftest\.py$|[a-z0-9](?:Tests?|Spec|Suite|IT)\.\w+$"
)

_INSTALLED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.venv|\.tox|\.nox|\.cargo/registry|rustc/[0-9a-f]+|\.m2|gems|\.rbenv"
    r"|hostedtoolcache|go/pkg/mod|\.yarn|\.pnpm|\.pub-cache|vendor/(?:bundle|composer|phpunit|laravel)|usr/(?:lib|local/lib|share|include)"
    r"|lib/python\d(?:\.\d+)?|_actions)/"
)
"""Folders of what was installed: places there are nobody's to mend."""
_SAY_EACH = frozenset({"codespell"})
"""Tools that name each word of a line apart; others repeat themselves in other words."""
_SITE = re.compile(r"^.*/(?:site|dist)-packages/")
_FOREIGN = re.compile(
    r"^(?:node:|internal/|<|java/|javax/|jdk/|sun/|com/sun/|org/junit/|junit/|org/gradle/|org/apache/maven/|org/testng/"
    r"|org/assertj/|org/mockito/|org/hamcrest/|kotlin/|kotlinx/|scala/|groovy/|org/codehaus/|org/springframework/test/"
    r"|worker/org/|com/google/common/truth/|/rustc/|library/(?:std|core|alloc)/)"
)
"""How a frame's path begins that belongs to a language's own library or its test runner."""
_LEVELS = {"warning": Level.WARNING, "warn": Level.WARNING, "w": Level.WARNING, "note": Level.NOTE, "info": Level.NOTE,
           "information": Level.NOTE, "hint": Level.NOTE, "help": Level.NOTE, "remark": Level.NOTE, "style": Level.NOTE,
           "suggestion": Level.NOTE, "notice": Level.NOTE}  # fmt: skip


@dataclass(slots=True)
class _Places:
    """Locations in order, each place once."""

    found: list[Location] = field(default_factory=list)
    at: dict[tuple[str, int | None], list[Location]] = field(default_factory=dict)

    def add(self, location: Location) -> None:
        if _INSTALLED.search(location.path):
            return
        same = self.at.setdefault((location.path, location.line), [])
        for other in same:
            same_column = location.column is None or other.column is None or location.column == other.column
            if location.column is None and _are_two(location, other):
                continue
            if same_column and (location.rule is None or other.rule is None or location.rule == other.rule):
                return
        if len(self.found) < LOCATIONS_KEPT:
            same.append(location)
            self.found.append(location)


def _are_two(location: Location, other: Location) -> bool:
    """Whether a tool that tells no columns says two things of one line, each on a line of its log."""
    return (
        other.column is None
        and location.tool == other.tool
        and location.message != other.message
        and location.log_line != other.log_line
        and location.tool in _SAY_EACH
    )


def locations(found: list[Finding]) -> tuple[Location, ...]:
    """Walk the findings once: rows take their file from above, places their message, errors their stack's frame.

    Where a summary alone names a place (`make: *** [Makefile:3: test] Error 1`), it is better than none.
    """
    quiet = {finding.line for finding in found if finding.rule.role is Role.NOISE}
    walk = _Walk()
    # Of several rules that read one line, a tool's own says more of it than a common form.
    for finding in sorted(found, key=lambda finding: (finding.line, finding.rule.tool is None)):
        if finding.line not in quiet:
            walk.step(finding)
    places = walk.places.found or walk.restated.found
    lined = {location.path for location in places if location.line is not None}
    return tuple(each for each in places if each.line is not None or each.path not in lined)


class _Walk:
    """What the lines above said that the next ones may complete."""

    def __init__(self) -> None:
        self.places = _Places()
        self.restated = _Places()
        self._file: Finding | None = None
        self._says: Finding | None = None
        self._unplaced: Finding | None = None
        self._called: Finding | None = None
        self._frames: list[Finding] = []

    def step(self, finding: Finding) -> None:
        """Take in the next finding."""
        match finding.rule.role:
            case Role.FILE:
                self._head(finding)
            case Role.SAYS:
                self._says = finding
            case Role.ROW:
                self._row(finding)
            case Role.PLACE:
                self._place(finding)
            case Role.FRAME:
                self._call(finding)
            case Role.SUMMARY:
                self._summary(finding)
            case Role.TEST:
                self._test(finding)
            case Role.ERROR | Role.WARNING:
                self._error(finding)

    def _head(self, file: Finding) -> None:
        self._file = file
        # A file of tests that failed is a place, whether or not its tests are listed below.
        if file.rule.category is Category.TEST:
            self.places.add(_location(file, file.groups["path"], file))

    def _summary(self, summary: Finding) -> None:
        if "path" in summary.groups:
            self.restated.add(_location(summary, summary.groups["path"], summary))

    def _row(self, row: Finding) -> None:
        if self._file is not None and row.line - self._file.line <= _ROWS_BELOW:
            place = row if "line" in row.groups else self._file
            self.places.add(_location(row, self._file.groups["path"], place))

    def _place(self, place: Finding) -> None:
        says, self._says = self._says, None
        if says is not None and place.line - says.line <= _reach(says, place):
            self.places.add(_location(says, place.groups["path"], place))
        elif self._unplaced is not None and place.line - self._unplaced.line <= _PLACE_BELOW:
            self.places.add(_location(self._unplaced, place.groups["path"], place))
        elif "message" in place.groups:
            self.places.add(_location(place, place.groups["path"], place))

    def _call(self, frame: Finding) -> None:
        if not _is_own(frame):
            return
        if frame.rule.above:
            self._frames = [*self._frames[-_FRAMES_KEPT:], frame]
        elif self._unplaced is not None and frame.line - self._unplaced.line <= _FRAME_BELOW:
            self.places.add(_location(self._unplaced, _frame_path(frame), frame))
            self._called, self._unplaced = self._unplaced, None
            self._seek_test(frame)
        elif self._called is not None and frame.line - self._called.line <= _FRAME_BELOW:
            self._seek_test(frame)

    def _seek_test(self, frame: Finding) -> None:
        """Of a stack that stands below its error, the first call in a test is the one that made it."""
        if self._called is not None and _TEST_FILE.search(_frame_path(frame)):
            self.places.add(_location(self._called, _frame_path(frame), frame))
            self._called = None

    def _test(self, test: Finding) -> None:
        file = test if "path" in test.groups else self._file
        if file is not None and file.rule.tool == test.rule.tool and test.line - file.line <= _ROWS_BELOW:
            self.places.add(_location(test, file.groups["path"], test))
        self._unplaced = test

    def _error(self, error: Finding) -> None:
        if "path" in error.groups:
            self.places.add(_location(error, error.groups["path"], error))
            self._unplaced = None
        elif error.rule.role is Role.ERROR and not self._take_frames(error):
            self._unplaced = error

    def _take_frames(self, error: Finding) -> bool:
        """Place an error at the innermost call above it that is the repository's own, and at the test that made it."""
        frames = [each for each in self._frames if error.line - each.line <= _FRAME_BELOW]
        self._frames = []
        if not frames:
            return False
        inner = frames[-1]
        test = next((each for each in reversed(frames) if _TEST_FILE.search(each.groups["path"])), inner)
        self.places.add(_location(error, inner.groups["path"], inner))
        if test is not inner:
            self.places.add(_location(error, test.groups["path"], test))
        return True


def _reach(says: Finding, place: Finding) -> int:
    """How far below its message a place may stand: a test runner explains at length in between."""
    return (
        _PLACE_BELOW
        if says.rule.category is not Category.TEST or says.rule.tool != place.rule.tool
        else _EXPLAINED_BELOW
    )


def failed_tests(found: list[Finding]) -> tuple[str, ...]:
    """Name the tests that failed, each once, in the order of the log."""
    quiet = {finding.line for finding in found if finding.rule.role is Role.NOISE}
    told: dict[int, Finding] = {}
    for finding in found:
        # Two runners may number their lists alike: the one that knows the form best names the test.
        if "test" in finding.groups and finding.line not in quiet:
            best = told.setdefault(finding.line, finding)
            told[finding.line] = finding if finding.rule.weight > best.rule.weight else best
    names = (finding.groups["test"].strip() for finding in told.values())
    return tuple(dict.fromkeys(name for name in names if name))[:TESTS_KEPT]


def _location(says: Finding, path: str, place: Finding) -> Location:
    groups = {
        **says.groups,
        **{key: value for key, value in place.groups.items() if key in {"line", "column", "end_line"}},
    }
    # Of an installed package the tests are its own repository's: it was installed to be tested.
    own = _SITE.sub("", path) if "test" in says.groups else path
    return Location(
        path=relative(own),
        line=_number(groups.get("line")),
        column=_number(groups.get("column")),
        end_line=_number(groups.get("end_line")),
        level=_LEVELS.get(groups.get("level", "").lower(), says.rule.level),
        message=(groups.get("message") or groups.get("test") or says.text).strip()[:_MESSAGE_LENGTH],
        rule=groups.get("rule"),
        tool=says.rule.tool or place.rule.tool or "unknown",
        log_line=says.line,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _is_own(frame: Finding) -> bool:
    path = relative(_frame_path(frame)).lstrip("/")
    foreign = _FOREIGN.search(path) or _INSTALLED.search(path) or frame.groups["path"].startswith(("/usr/", "<"))
    return not foreign


def _frame_path(frame: Finding) -> str:
    """Give the frame's path; a Java frame names a class, whose package is its folder."""
    package = frame.groups.get("package")
    return frame.groups["path"] if package is None else package.replace(".", "/") + frame.groups["path"]
