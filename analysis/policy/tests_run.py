"""Tests stay, and run: none is taken away, skipped, tried until it passes, or waited for without end."""

import re
from collections.abc import Iterator

from analysis.policy.model import Change, Finding, surplus
from analysis.policy.python_tests import counted

_SKIPPED = re.compile(
    r"\bmark\.(skip|skipif|xfail)\b|\b(pytest|unittest)\.(skip\w*|xfail|importorskip|expectedFailure)\b|@skip(If|Unless)?\b"
    r"|\bskipTest\(|\bSkipTest\b|@expectedFailure"
    r"|\b(it|test|describe|context|suite|specify|bench)(\.\w+){0,3}\.(skip|skipIf|runIf|todo|fixme|failing|fails|only)\b"
    r"|^\s*(xit|xtest|xdescribe|xcontext|xspecify|xexample|xscenario|fit|fdescribe|fcontext|ftest)\b|\bthis\.skip\("
    r"|\b[tbf]\.Skip(f|Now)?\(|#\[\s*ignore\b|\b(test|bench),\s*ignore\b|\bshould_panic\b"
    r"|@(Ignore|Disabled\w*|EnabledIf\w*|EnabledOn\w*|DisabledIf\w*|DisabledOn\w*|PendingFeature)\b|\bAssum(e|ptions?)\.\w+"
    r"|\bassume(True|False|That)\(|\bassume!?\(\s*(False|false)\b|\[\s*(Ignore|Explicit|Inconclusive)\b|,\s*(Ignore|Explicit)\b|\bSkip\s*=\s*[\"$]"
    r"|Assert\.(Inconclusive|Ignore|Skip)\b|markTest(Skipped|Incomplete)|XCTSkip|\.disabled\(|GTEST_SKIP|\bDISABLED_"
    r"|__test__\s*=\s*False|@tag\s+:?(skip|pending|exclude)|@moduletag\s+:?skip"
    r"|\bskip:\s*([\"'t1-9]|%)|\bskip\s*=>\s*|\.skip_test\(|@Test\(enabled\s*=\s*false|PROPERTIES\s+(WILL_FAIL|DISABLED)\b"
    r"|BOOST_AUTO_TEST_CASE.*disabled|\btodo_skip\b|Test::More.*skip_all|\[\s*[!.]?(mayfail|shouldfail|hide)?\]\"|\[\s*!\w*fail\w*\s*\]"
)
_SKIP_COMMAND = re.compile(r"^\s*(pending|skip)\b\s*([\"'(]|$|if\b|unless\b)")
_HAS_SKIP_COMMAND = re.compile(r"\.(rb|bats|exs?|t|pl|sh)$")
_BUILD_TAG = re.compile(r"^//\s*(go:build|\+build)\b")
_ANY_BUILD = re.compile(r"#\[cfg\(\s*test\s*\)\]")
_RETRIED = re.compile(
    r"\bmark\.flaky\b|@flaky\b|\bretryTimes\b|--reruns\b|\bretries\s*[:=]\s*[1-9]|@RetryingTest|@Retry\w*\b|\bretries\(\s*[1-9]"
    r"|--retr(y|ies)\b|rerunFailingTestsCount|@RepeatedIfExceptionsTest|\bretry\s*[:=]\s*[1-9]|flaky\s*[:=]\s*true|--flake-finder"
    r"|maxRetries\s*[.=]|--flaky\b|--fail-rerun|\bretry\s+\d|--repeat\s+until-pass"
    r"|\b(until|while\s+!)\s+[^;]{0,200};\s*do\b|;\s*do\s[^;]{0,200}&&\s*break\b"
)
_TRIED_AGAIN = re.compile(r"(?<![\w.-])(?P<tool>[\w-]{3,40})(?=\s)[^|;&]{0,80}\|\|\s*(?P=tool)\b")
_HOOKS = re.compile(
    r"\bdef\s+pytest_(collection_modifyitems|ignore_collect|collect_file|pycollect\w+|itemcollected|deselected"
    r"|runtest_\w+|sessionfinish|exception_interact|report\w*|pyfunc_call|unconfigure)\b|\bsession\.exitstatus\s*="
    r"|\bload_tests\b|_pytest\.\w+\s*=|wasSuccessful\s*=|\bexit_?code\s*=\s*0\b|process\.exitCode\s*=\s*0"
)
# What begins a test, by the file's name.
_TESTS = {
    r"\.pyi?$": r"^\s*(async\s+)?def\s+test\w*\s*\(",
    r"\.([mc]?[jt]s|[jt]sx)$": r"^\s*(it|test|specify)(\.\w+)*(\(.*\))?\s*[(`]\s*[\"'`]|^\s*(it|test)\.each\b",
    r"\.go$": r"^func\s+(Test|Fuzz|Benchmark|Example)[A-Z_]?\w*\s*\(|\bt\.Run\(",
    r"\.rs$": r"^\s*#\[(\w+::)*(test|rstest|test_case|quickcheck|proptest|wasm_bindgen_test)\b",
    r"\.(java|kts?|groovy|scala)$": r"@(Test|ParameterizedTest|RepeatedTest|TestFactory|Property)\b"
    r"|^\s*(test|it)\(\"|^\s*def\s+[\"']|\bin\s*\{\s*$",
    r"\.(rb|rake)$": r"^\s*(it|test|scenario|example|specify)\s+[\"']|^\s*(it|specify)\s*\{|^\s*def\s+test_\w+",
    r"\.php$": r"\bfunction\s+test\w*\s*\(|#\[Test\b|@test\b|^\s*(it|test)\(\s*[\"']",
    r"\.(cs|vb|fs)$": r"\[\s*(Fact|Theory|Test|TestMethod|TestCase|Property)\b",
    r"\.(c|cc|cpp|cxx|h|hpp|m|mm)$": r"^\s*TEST(_F|_P|_CASE|_CASE_METHOD|_GROUP)?\s*\("
    r"|^\s*(BOOST_AUTO_TEST_CASE|SCENARIO|SECTION|START_TEST|RUN_TEST)\b|\bcmocka_unit_test",
    r"\.swift$": r"\bfunc\s+test\w*\s*\(|@Test\b",
    r"\.exs?$": r"^\s*(test|property|doctest)\s+[\"'A-Z]",
    r"\.(bats|zig)$": r"^\s*@?test\s+[\"']",
    r"\.(dart|jl|lua|ml|clj|r|nim|t|pl|pm)$": r"^\s*\(?(test|testWidgets|it|deftest|test_that|subtest|@test(set)?)\b",
    r"\.feature$": r"^\s*(Scenario|Example)( Outline)?:",
    r"cmakelists\.txt$|\.cmake$|meson\.build$": r"\b(add_test|(gtest|catch)_discover_tests|test|enable_testing)\s*\("
    r"|\badd_subdirectory\(.*test",
}
_TESTS_IN = tuple((re.compile(name), re.compile(pattern)) for name, pattern in _TESTS.items())
_CASES = re.compile(
    r"^\s*pytest\.param\(|^\s*@pytest\.mark\.parametrize|@(ValueSource|CsvSource|MethodSource|EnumSource)|\[\s*(InlineData|TestCase|DataRow)\b"
    r"|#\[(test_case|case)\b|@TestWith|#\[TestWith|@testWith|@dataProvider|#\[DataProvider"
)
_ROW = re.compile(r"^\s*[\[({|].*[\])}|],?\s*$")
_PATIENCE = re.compile(r"time_?-?out|deadline|max_?wait|--forked-timeout|\bwait_?for\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_IS_PATIENT = 60.0
_MORE_PATIENT = 3.0


def tests_run(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find tests that are gone or no longer have to pass."""
    code = tuple(change for change in changes if not change.is_prose)
    for change in code:
        yield from _not_run(change)
    before, after = (sum(count) for count in zip(*(_tests(change) for change in code), strict=True)) if code else (0, 0)
    if after < before:
        losing = next(change for change in code if _tests(change)[1] < _tests(change)[0])
        yield Finding(losing.path, "test-removed", f"has fewer tests than before: {before} became {after}")
    for change in code:
        if change.is_test and (line := _case_gone(change, code)):
            yield Finding(change.path, "test-removed", f"has fewer cases of a test than before: {line}")


def _not_run(change: Change) -> Iterator[Finding]:
    skipped = change.more_code(_SKIPPED)
    if not skipped and _HAS_SKIP_COMMAND.search(change.name):
        skipped = change.more_code(_SKIP_COMMAND)
    if line := skipped or _narrowed_build(change):
        yield Finding(change.path, "test-skipped", f"keeps a test from running, or from having to pass: {line}")
    if line := change.more_code(_RETRIED) or change.more_code(_TRIED_AGAIN):
        yield Finding(change.path, "test-retried", f"runs a test until it passes: {line}")
    if line := change.more_code(_HOOKS):
        yield Finding(change.path, "test-hook", f"takes part in how tests are collected or judged: {line}")
    if (change.is_test or change.is_script) and (line := _more_patient(change)):
        yield Finding(change.path, "timeout-raised", f"waits much longer than before: {line}")


def _narrowed_build(change: Change) -> str | None:
    """Give a line that builds the tests only in some builds."""
    if change.name.endswith("_test.go"):
        return surplus(_BUILD_TAG, change.added, change.removed)
    return change.fewer_code(_ANY_BUILD) if change.name.endswith(".rs") else None


def _tests(change: Change) -> tuple[int, int]:
    """Count the tests before and after."""
    if change.name.endswith(".py") and change.is_test:
        old, new = counted(change.before), counted(change.after)
        if old and new:
            return old.tests, new.tests
    pattern = next((pattern for name, pattern in _TESTS_IN if name.search(change.name.lower())), None)
    if pattern is None:
        return 0, 0
    old_lines, new_lines = change.code_removed, change.code_added
    return sum(1 for line in old_lines if pattern.search(line)), sum(1 for line in new_lines if pattern.search(line))


def _case_gone(change: Change, code: tuple[Change, ...]) -> str | None:
    if change.name.endswith(".py"):
        old, new = counted(change.before), counted(change.after)
        if old and new:
            return f"{old.cases} became {new.cases}" if new.tests >= old.tests and new.cases < old.cases else None
    if line := change.fewer_code(_CASES):
        return line
    if not re.search(r"\.(go|[mc]?[jt]s|[jt]sx|rs|java|kt|rb|php|cs|feature)$", change.name):
        return None
    rows = [line for line in change.code_removed if _ROW.search(line)]
    if len(rows) <= sum(1 for line in change.code_added if _ROW.search(line)):
        return None
    kept = "".join("".join(line.split()) for one in code for line in one.code_added)
    return next((row.strip()[:120] for row in rows if "".join(row.split()).rstrip(",") not in kept), None)


def _more_patient(change: Change) -> str | None:
    old = [float(number) for line in change.code_removed if _PATIENCE.search(line) for number in _NUMBER.findall(line)]
    for line in change.code_added:
        if not _PATIENCE.search(line):
            continue
        numbers = [float(number) for number in _NUMBER.findall(line)]
        most = max(old, default=0.0)
        if any(_far_beyond(number, most) for number in numbers) or (old and most > 0 and numbers and not any(numbers)):
            return line.strip()[:120]
        if not old and re.search(r"\b\w*timeout\(\s*0\s*\)", line, re.IGNORECASE):
            return line.strip()[:120]
    return None


def _far_beyond(number: float, most: float) -> bool:
    """Compare with what stood there; where nothing did, a minute (in seconds, or thousandths of them) is long."""
    if most:
        return number > most * _MORE_PATIENT and number >= _IS_PATIENT
    return number >= _IS_PATIENT * 1000 or _IS_PATIENT * 5 <= number < 1000
