"""Tests stay, run, and go on asserting as much as before."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from analysis.policy.model import Change, Finding
from analysis.recipes.python_source import tree_of

_SKIPPED = re.compile(
    r"\bmark\.(skip|skipif|xfail)\b|\b(pytest|unittest)\.(skip\w*|xfail|importorskip|expectedFailure)\b|@skip(If|Unless)?\b"
    r"|\bskipTest\(|\bSkipTest\b|@expectedFailure|\b(it|test|describe|context|suite|specify)\.(skip|todo|fixme|failing|only)\b"
    r"|^\s*(xit|xtest|xdescribe|xcontext|fit|fdescribe|xspecify)\b|\bthis\.skip\(|\b[tb]\.Skip(f|Now)?\(|#\[\s*ignore\b"
    r"|@(Ignore|Disabled\w*|EnabledIf\w*|DisabledIf\w*|DisabledOn\w*)\b|\[\s*Ignore\b|\bSkip\s*=\s*\"|markTest(Skipped|Incomplete)"
    r"|\bXCTSkip|GTEST_SKIP|\bDISABLED_|__test__\s*=\s*False|//\s*(go:build|\+build)\s+ignore|^\s*(pending|skip)\b\s*[\"'(]?"
    r"|@tag\s+:?skip|\.skip_test\(|@Test\(enabled\s*=\s*false|should_panic|\bBOOST_AUTO_TEST_CASE.*disabled"
)
_RETRIED = re.compile(
    r"\bmark\.flaky\b|@flaky\b|jest\.retryTimes|--reruns\b|\bretries\s*[:=]\s*[1-9]|@RetryingTest|@Retry\b|\.retries\("
    r"|--retry\b|rerunFailingTestsCount|@RepeatedIfExceptionsTest|retry:\s*[1-9]|flaky\s*[:=]\s*true"
)
_HOOKS = re.compile(
    r"\bdef\s+pytest_(collection_modifyitems|ignore_collect|collect_file|pycollect\w+|itemcollected|deselected"
    r"|runtest_\w+|sessionfinish|exception_interact|report\w*|pyfunc_call|unconfigure)\b|\bsession\.exitstatus\s*="
    r"|\bload_tests\b|_pytest\.\w+\s*=|wasSuccessful\s*="
)
_TESTS = re.compile(
    r"^\s*(async\s+)?def\s+test\w*\s*\(|^\s*(it|test|specify)(\.each\b.*)?\s*\(\s*[\"'`]|^func\s+(Test|Fuzz|Benchmark)\w*\("
    r"|^\s*#\[(\w+::)*test\b|^\s*#\[rstest\b|^\s*@(Test|ParameterizedTest)\b|^\s*(it|test|scenario|example)\s+[\"']"
    r"|^\s*(public\s+)?function\s+test\w*\(|^\s*\[(Fact|Theory|Test|TestMethod|TestCase)\b|^\s*TEST(_F|_P)?\s*\("
    r"|^\s*TEST_CASE\s*\(|^\s*func\s+test\w*\(|^\s*BOOST_AUTO_TEST_CASE\b|^test_that\("
)
_CASES = re.compile(r"^\s*(pytest\.param\(|@pytest\.mark\.parametrize|@(ValueSource|CsvSource)|\[InlineData)")
_ASSERTIONS = re.compile(
    r"^\s*(assert\b|(self\.|cls\.)?(assert|fail)[A-Z_]\w*\(|with\s+(pytest\.)?(raises|warns|assertRaises)|await\s+expect\("
    r"|expect[\s({.]|assert[.!({]|assert_\w+!?[\s(]|refute|debug_assert|(require|assert)\.[A-Z]|[tb]\.(Error|Fatal|Fail)\w*\(|panic!|Assert\.|Assertions\."
    r"|\$this->(assert|expect)|(self::|static::)assert|EXPECT_|ASSERT_|XCTAssert|should\b|is_expected|verify\(|must_|CHECK\(|REQUIRE\()"
    r"|\.should[.(]|\.to(Be|Equal|Have|Match|Throw|Contain|StrictEqual)\w*\(|\.(raises|assertRaises)\("
)
_EXACT = re.compile(
    r"(?<![=!<>])===?(?!=)|\bassert_?(Equals?|CountEqual|DictEqual|ListEqual|Is|Same|eq)\b|assertEqual|\.to(Be|Equal|StrictEqual)\("
    r"|assert_eq|\.(Equal|Exactly|AreEqual|DeepEqual|deepEqual|strictEqual|equal)\(|(EXPECT|ASSERT)_(STR)?EQ\b|isEqualTo\(|\beq\("
)
_VACUOUS = re.compile(
    r"^\s*assert\s*\(?\s*(True|1|not\s+False|not\s+None|[\"'][^\"']+[\"'])\s*\)?\s*([,#]|$)|\bor\s+True\b|\|\|\s*true\b"
    r"|assert(True|_true|\.ok|\.isTrue|\.True)?\(\s*(true|True|t,\s*true)\s*[,)]|assert!\(\s*true\s*[,)]|assertFalse\(\s*(false|False)\s*[,)]"
    r"|expect\(\s*(true|1)\s*\)|assertThat\(\s*true\s*\)|(EXPECT|ASSERT)_TRUE\(\s*(true|1)\s*\)|assert_?(Equals?|eq)!?\(\s*(\w+)\s*,\s*\4\s*[,)]"
    r"|^\s*assert\s+(\w[\w.]*)\s*==\s*\5\s*$|expect\.anything\(\)|mock\.ANY|unittest\.mock\.ANY"
)
_SWALLOWED = re.compile(
    r"^\s*except(\s+\(?(Base)?(Exception|AssertionError)\b.*)?:|contextlib\.suppress\(|\bsuppress\(\s*(Base)?(Exception|AssertionError)"
    r"|catch\s*(\(\s*(_|e|err|error|\w*Exception\s+\w+|Throwable\s+\w+)?\s*\))?\s*\{\s*\}|rescue\s*(=>|Exception|$)|catch_unwind"
)
_ANY_ERROR = re.compile(
    r"(raises|assertRaises|assertThrows|expectException)\(\s*(Base)?(Exception|Throwable|RuntimeException)\b"
)
_TOLERANCE = re.compile(
    r"\b(rel|abs|rtol|atol|delta|places|rel_tol|abs_tol|tolerance|epsilon)\s*=|toBeCloseTo\(|InDelta\(|InEpsilon\(|isCloseTo\(|approx\(|assertAlmostEqual|allclose\("
)


def tests_kept(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find tests that are gone, are not run, or ask less."""
    code = tuple(change for change in changes if not change.is_prose)
    for change in code:
        yield from _not_run(change)
    yield from _fewer(code, _TESTS, "test-removed", "has fewer tests than before")
    tests = tuple(change for change in code if change.is_test)
    yield from _fewer(tests, _CASES, "test-removed", "has fewer cases of a test than before")
    for change in tests:
        yield from _looser(change)
    yield from _asserting(tests)


def _not_run(change: Change) -> Iterator[Finding]:
    if line := change.more_of(_SKIPPED):
        yield Finding(change.path, "test-skipped", f"keeps a test from running: {line}")
    if line := change.more_of(_RETRIED):
        yield Finding(change.path, "test-retried", f"runs a test until it passes: {line}")
    if line := change.more_of(_HOOKS):
        yield Finding(change.path, "test-hook", f"takes part in how tests are collected or judged: {line}")


def _fewer(changes: tuple[Change, ...], pattern: re.Pattern[str], rule: str, what: str) -> Iterator[Finding]:
    """Count over the whole patch: what moves to another file is not gone."""
    before = sum(1 for change in changes for line in change.before if pattern.search(line))
    after = sum(1 for change in changes for line in change.after if pattern.search(line))
    if after < before:
        losing = next(change for change in changes if change.fewer_of(pattern))
        yield Finding(losing.path, rule, f"{what}: {losing.fewer_of(pattern)}")


def _looser(change: Change) -> Iterator[Finding]:
    for pattern, what in (
        (_VACUOUS, "asserts what is always true"),
        (_SWALLOWED, "catches what would fail the test"),
        (_ANY_ERROR, "is content with any error"),
    ):
        if line := change.more_of(pattern):
            yield Finding(change.path, "test-loosened", f"{what}: {line}")
    if any(_TOLERANCE.search(line) for line in change.added):
        old, new = _numbers(change.removed), _numbers(change.added)
        if old != new:
            line = next(line for line in change.added if _TOLERANCE.search(line)).strip()[:120]
            yield Finding(change.path, "test-loosened", f"compares less exactly: {line}")


def _numbers(lines: tuple[str, ...]) -> list[str]:
    return sorted(
        number for line in lines if _TOLERANCE.search(line) for number in re.findall(r"[\d.]+(?:e-?\d+)?", line)
    )


def _asserting(tests: tuple[Change, ...]) -> Iterator[Finding]:
    totals = [(_assertions(change, change.before), _assertions(change, change.after)) for change in tests]
    if sum(after for _, after in totals) < sum(before for before, _ in totals):
        losing = next(change for change, (before, after) in zip(tests, totals, strict=True) if after < before)
        yield Finding(losing.path, "test-loosened", "asserts less often than before")
        return
    yield from _less_exact(tests)


def _less_exact(tests: tuple[Change, ...]) -> Iterator[Finding]:
    both = [(change, _asserting_lines(change.removed), _asserting_lines(change.added)) for change in tests]
    fewer = sum(_exact(added) for _, _, added in both) < sum(_exact(removed) for _, removed, _ in both)
    for change, removed, added in both:
        if fewer and _exact(added) < _exact(removed):
            line = next(line for line in removed if _EXACT.search(line)).strip()[:120]
            yield Finding(change.path, "test-loosened", f"no longer compares exactly: {line}")
        elif removed and added:
            what = "changes what a test expects, to be weighed by a person: "
            yield Finding(change.path, "assertion-changed", what + added[0].strip()[:120], blocking=False)


def _asserting_lines(lines: tuple[str, ...]) -> list[str]:
    return [line for line in lines if _ASSERTIONS.search(line)]


def _exact(lines: list[str]) -> int:
    return sum(1 for line in lines if _EXACT.search(line))


def _assertions(change: Change, lines: tuple[str, ...]) -> int:
    tree = tree_of("\n".join(lines)) if PurePosixPath(change.path).suffix == ".py" else None
    if tree is None:
        return sum(1 for line in lines if _ASSERTIONS.search(line))
    return _reached(tree.body)


def _reached(block: list[ast.stmt]) -> int:
    """Count the assertions of a block that can be reached: none after a `return`, none under `if False`."""
    count = 0
    for statement in block:
        count += _in_statement(statement)
        if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
            break
    return count


def _in_statement(statement: ast.stmt) -> int:
    if isinstance(statement, ast.Assert):
        return 1
    if (
        isinstance(statement, ast.If | ast.While)
        and isinstance(statement.test, ast.Constant)
        and not statement.test.value
    ):
        return _reached(statement.orelse)
    inner = [
        block for name in ("body", "orelse", "finalbody") if isinstance(block := getattr(statement, name, None), list)
    ]
    if inner:
        handlers = statement.handlers if isinstance(statement, ast.Try | ast.TryStar) else []
        own = _calls_in_header(statement)
        return own + sum(map(_reached, inner)) + sum(_reached(handler.body) for handler in handlers)
    return _assertion_calls(statement)


def _calls_in_header(statement: ast.stmt) -> int:
    items = statement.items if isinstance(statement, ast.With | ast.AsyncWith) else []
    return sum(_assertion_calls(item.context_expr) for item in items)


def _assertion_calls(node: ast.AST) -> int:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    names = [func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls]
    return sum(1 for name in names if name.startswith(("assert", "fail", "raises", "warns", "check")))
