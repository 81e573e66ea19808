"""A test goes on being able to fail: on every path, for the one error it named, as near as it said."""

import re
from collections.abc import Iterator, Sequence

from analysis.policy.asking import asserting_lines
from analysis.policy.model import Change, Finding, surplus

_VACUOUS = re.compile(
    r"^\s*assert\s*\(?\s*(True|1|not\s+False|not\s+None)\s*\)?\s*([,#]|$)|^\s*assert\s+[\"'][^\"']+[\"']\s*($|#)|\bor\s+True\b|\|\|\s*true\b|\bif\s+\(?\s*(false|False|0)\b"
    r"|\bfalse\s*&&|\bFalse\s+and\b|\.not\.toThrow\(\s*\w"
    r"|assert(True|_true|\.ok|\.isTrue|\.True)?\(\s*(true|True|t,\s*true)\s*[,)]|assert!\(\s*true\s*[,)]|assertFalse\(\s*(false|False)\s*[,)]"
    r"|expect\(\s*(true|1)\s*\)|assertThat\(\s*true\s*\)|(EXPECT|ASSERT)_TRUE\(\s*(true|1)\s*\)|assert_?(Equals?|eq)!?\(\s*(\w+)\s*,\s*\6\s*[,)]"
    r"|DoesNotThrowAnything"
    r"|\bAssert\.True\(\s*true|assert\s+true\b|XCTAssert(True)?\(\s*true\s*\)|CHECK_NOFAIL|\bexpected\s*=\s*(Exception|Throwable|RuntimeException)\b|DoesNotPerformAssertions|expectNotToPerformAssertions"
)
_WEAK = re.compile(
    r"expect\.(any|anything|objectContaining|stringMatching|stringContaining|arrayContaining|closeTo)\(|mock\.ANY|\bANY\b|\banything\b|"
    r"\.to(BeTruthy|BeFalsy|BeDefined|BeInstanceOf|HaveBeenCalled)\(|\.not\.to(BeNull|BeUndefined|BeNil)\(|\bto\s+be_(truthy|present|a|an|kind_of)\b"
    r"|\bnot_to\s+be_nil\b|assert_not_nil|assert_instance_of|(is|assert)(IsInstance|Is?Not(Null|None|Nil|Empty)|NotZero)\(|assert\w*Not(Null|Nil|Empty)\("
    r"|Is\.Not\.Null|\.(NotNull|NotNil|NotEmpty|NotZero)\(|XCTAssertNotNil|matches!\(.*_\s*\)"
)
_SWALLOWED = re.compile(
    r"^\s*except(\s+\(?(Base)?(Exception|AssertionError)\b.*)?:|\bsuppress\(\s*(Base)?(Exception|AssertionError)"
    r"|\bcatch\s*(\(\s*(_|e|ex|err|error|\\?(\w+\\)*(Exception|Throwable|Error|AssertionError|Assertion\w+)(\s+\$?\w+)?)?\s*\))?\s*\{"
    r"|\bcatch\s*\(\s*(final\s+)?(\w+\s*\|\s*)*(Exception|Throwable|Error|AssertionError|\w*Assert\w*|\.\.\.)|\.catch\(\s*\(?\w*\)?\s*=>"
    r"|\brescue\b\s*(=>|Exception|StandardError|nil|$)|catch_unwind|\bdefer\s+func\(\)\s*\{\s*(_\s*=\s*)?recover\(\)|\brunCatching\b|\btry\?"
    r"|\brecover\(\)"
)
_TOLERANCE = re.compile(
    r"\b(rel|abs|rtol|atol|delta|places|rel_tol|abs_tol|tolerance|epsilon)\s*=(?!=)|toBeCloseTo\(|InDelta\(|InEpsilon\(|isCloseTo\(|approx\(|assertAlmostEqual"
    r"|allclose\(|_NEAR\(|within\(|be_within|accuracy:|WithinRel|WithinAbs|relative_eq|abs_diff_eq"
)
_ERRORS = re.compile(
    r"(?:\b(?:raises|warns|assertRaises\w*|assertWarns\w*|assertThrows\w*|expectException\w*|toThrow\w*|throws|rejects|Throws\w*|raise_error|assert_raises?|assertFailsWith"
    r"|(?:ASSERT|EXPECT|REQUIRE|CHECK)_(?:ANY_)?THROW\w*|ErrorIs|ErrorAs|EqualError|ErrorContains|isInstanceOf|XCTAssertThrows\w*|rejectedWith)\b)(?P<asked>.*)"
)
_BROAD = re.compile(
    r"\b(Base)?Exception\b|\bThrowable\b|\bRuntimeException\b|\bStandardError\b|\bError\b|std::exception\b|\bany\b|\bANY_THROW|\bNSError\b|\bassert\.Error\("
)
_CLOSES = re.compile(
    r"^\s*([})\]]|case\b|default\b|end\b|else\b|elif\b|except\b|catch\b|finally\b|rescue\b|ensure\b|when\b|fi\b|done\b)"
)
_STOPS = re.compile(
    r"^(\s*)(return|return nil|return 0|process\.exit\(0\)|os\.Exit\(0\)|exit 0|exit\(0\)|done\(\))\s*;?$"
)
_ERROR_NAME = re.compile(r"\b[A-Z]\w*|\b\w+_error\b|std::\w+")
_BRANCH = re.compile(r"^\s*(if|unless|when|switch|case|match|try|for|while)\b")


def loosened(change: Change) -> Iterator[Finding]:
    """Find what makes a test hard to fail."""
    for pattern, what in (
        (_VACUOUS, "asserts what is always true"),
        (_SWALLOWED, "catches what would fail the test"),
    ):
        if line := change.more_code(pattern):
            yield Finding(change.path, "test-loosened", f"{what}: {line}")
    if line := _any_error(change):
        yield Finding(change.path, "test-loosened", f"is content with more errors: {line}")
    if line := _less_precise(change):
        yield Finding(change.path, "test-loosened", f"compares less exactly: {line}")
    if line := _weaker(change):
        yield Finding(change.path, "test-loosened", f"is content with almost any value: {line}")
    if line := _now_in_a_branch(change):
        yield Finding(change.path, "test-loosened", f"asserts only sometimes: {line}")
    if len(after := _unreached(change.code_after)) > len(_unreached(change.code_before)):
        yield Finding(change.path, "test-loosened", f"ends before its assertions: {after[0]}")


def _less_precise(change: Change) -> str | None:
    old, new = (
        sorted(n for line in lines if _TOLERANCE.search(line) for n in re.findall(r"[\d.]+(?:e-?\d+)?", line))
        for lines in (change.code_removed, change.code_added)
    )
    line = next((line for line in change.code_added if _TOLERANCE.search(line)), None)
    return line.strip()[:120] if line is not None and old != new else None


def _weaker(change: Change) -> str | None:
    """Give an assertion of little that stands where others stood; beside new ones it is welcome."""
    for region in change.regions:
        removed = asserting_lines(change, change.code_before[region.start : region.end])
        added = asserting_lines(change, change.code_after[region.new_start : region.new_end])
        if removed and len(added) <= len(removed) and (line := surplus(_WEAK, added, removed)):
            return line
    return None


def _now_in_a_branch(change: Change) -> str | None:
    """Give an assertion that stays as it was, but now stands inside a branch."""
    for region in change.regions:
        come = change.code_after[region.new_start : region.new_end]
        branches = [line for line in come if _BRANCH.match(line)]
        depth = {
            "".join(line.split()): len(line) - len(line.lstrip())
            for line in change.code_before[region.start : region.end]
        }
        if not branches:
            continue
        for line in asserting_lines(change, come):
            if depth.get("".join(line.split()), len(line)) < len(line) - len(line.lstrip()):
                return line.strip()[:120]
    return None


def _unreached(lines: Sequence[str]) -> list[str]:
    """List the exits behind which code stands that is indented alike."""
    found = []
    for at, line in enumerate(lines):
        if not (match := _STOPS.match(line)):
            continue
        following = next((one for one in lines[at + 1 : at + 4] if one.strip()), "")
        if (
            following.startswith(match[1])
            and not following[len(match[1]) :].startswith((" ", "\t"))
            and not _CLOSES.match(following)
        ):
            found.append(line.strip()[:120])
    return found


def _any_error(change: Change) -> str | None:
    """Compare what each error assertion asks, in order: how many errors would now content it."""
    old = [match["asked"] for line in change.code_removed if (match := _ERRORS.search(line))]
    lines = [line for line in change.code_added if _ERRORS.search(line)]
    for asked, line in zip(old, lines, strict=False):
        match = _ERRORS.search(line)
        new = match["asked"] if match else ""
        if _breadth(new) > _breadth(asked) or (
            "ANY_THROW" in line and line.count("ANY_THROW") > asked.count("ANY_THROW")
        ):
            return line.strip()[:120]
    return None


def _breadth(asked: str) -> int:
    """Weigh it: a broad class, no class, no text to match, and each class beside the first."""
    names = _ERROR_NAME.findall(asked)
    specific = [name for name in names if not _BROAD.search(name)]
    broad = 4 if _BROAD.search(asked) else 0
    matched = 0 if re.search(r"match\s*=|[\"'/`]", asked) else 1
    return broad + matched + (2 if not specific else len(specific))
