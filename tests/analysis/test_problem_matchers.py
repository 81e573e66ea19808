"""A repository's own problem matchers, in GitHub's JSON, on what tools really printed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.analyze import analyze
from analysis.diagnosis import Level, Location
from analysis.problem_matchers import MOST_MATCHERS, MatcherError, read_problem_matchers

RECORDED = Path(__file__).parent / "recorded"
# As https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md and its users write them.
STYLISH = {
    "owner": "our-eslint",
    "pattern": [
        {"regexp": r"^([^\s].*)$", "file": 1},
        {
            "regexp": r"^\s+(\d+):(\d+)\s+(error|warning|info)\s+(.*)\s\s+(.*)$",
            "line": 1,
            "column": 2,
            "severity": 3,
            "message": 4,
            "code": 5,
            "loop": True,
        },
    ],
}
TSC = {
    "owner": "our-tsc",
    "pattern": [
        {
            "regexp": r"^(?:\s+\d+\>)?([^\s].*)\((\d+),(\d+)\)\s*:\s+(error|warning|info)\s+(\w{1,2}\d+)\s*:\s*(.*)$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "code": 5,
            "message": 6,
        }
    ],
}
TRACEBACK = {
    "owner": "our-python",
    "severity": "warning",
    "pattern": [
        {"regexp": r"^\s*File\s\"(?<where>.*)\",\sline\s(\d+),\sin\s(.*)$", "file": 1, "line": 2},
        {"regexp": r"^\s*raise\s(\w+)\((.*)\)$", "code": 1, "message": 2},
    ],
}


def read(*matchers: object) -> bytes:
    return json.dumps({"problemMatcher": matchers}).encode()


def own_places(log: bytes, *matchers: object) -> list[Location]:
    rules = read_problem_matchers(read(*matchers), "ci.json")
    return [place for place in analyze([log], own=rules).locations if place.tool.startswith("our-")]


def ours(log: bytes, *matchers: object) -> set[tuple[str, int | None, str | None]]:
    return {(place.path, place.line, place.rule) for place in own_places(log, *matchers)}


PLACES = {
    "rows below a file's name": (
        "src/cart.js\n 3:7  error  'a' is never used  no-unused-vars\n 9:1  warning  Unexpected console  no-console\n",
        STYLISH,
        {("src/cart.js", 3, "no-unused-vars"), ("src/cart.js", 9, "no-console")},
    ),
    "one line": ("src/a.ts(4,2): error TS2304: Cannot find name 'x'.\n", TSC, {("src/a.ts", 4, "TS2304")}),
    "a place and its message below": (
        '  File "shop/cart.py", line 7, in total\n    raise ShopError("no price")\n',
        TRACEBACK,
        {("shop/cart.py", 7, "ShopError")},
    ),
}


@pytest.mark.parametrize("form", PLACES)
def test_a_matchers_lines_become_places(form: str) -> None:
    log, matcher, places = PLACES[form]
    filler = "nothing to see\n" * 700
    # The rows of a tool's own rule and of ours name one place; ours is asked about here.
    assert {place[:2] for place in ours((filler + log + filler).encode(), matcher)} <= {place[:2] for place in places}
    rules = read_problem_matchers(read(matcher), "ci.json")
    found = analyze([(filler + log + filler).encode()], own=rules).locations
    assert {(place.path, place.line) for place in found} == {place[:2] for place in places}


def test_a_form_that_nobody_else_knows_is_read_by_the_repositorys_own_rule() -> None:
    matcher = {
        "owner": "our-checker",
        "severity": "warning",
        "pattern": [{"regexp": r"^@@ (\S+) # (\d+) (\w+) = (.*)$", "file": 1, "line": 2, "code": 3, "message": 4}],
    }
    log = (
        b"##[group]Run ./check\n##[endgroup]\n@@ shop/cart.xyz # 12 W7 = price is not a number\n"
        b"##[error]Process completed with exit code 3.\n"
    )
    rules = read_problem_matchers(read(matcher), "ci.json")
    diagnosis = analyze([log], own=rules)
    (place,) = diagnosis.locations
    assert (place.path, place.line, place.rule, place.level) == ("shop/cart.xyz", 12, "W7", Level.WARNING)
    assert place.message == "price is not a number"
    assert diagnosis.tool == "our-checker"
    assert analyze([log]).locations == ()


def test_lines_that_do_not_stand_together_are_no_finding() -> None:
    log = b'  File "shop/cart.py", line 7, in total\nsomething else\n    raise ShopError("no price")\n'
    assert ours(log, TRACEBACK) == set()


def test_without_matchers_nothing_changes() -> None:
    for path in sorted(RECORDED.glob("eslint*.log")):
        assert analyze([path.read_bytes()], own=()) == analyze([path.read_bytes()])


@pytest.mark.parametrize(
    ("matcher", "said"),
    [
        ({**TSC, "severity": "fatal"}, "severity 'fatal' is none of error, warning, notice"),
        ({**TSC, "pattern": []}, "0 patterns"),
        ({"owner": "x", "pattern": [{"regexp": "(a", "message": 1}]}, "x: pattern 1: not readable in linear time"),
        ({"owner": "x", "pattern": [{"regexp": r"(?=a)(.)", "message": 1}]}, "not readable in linear time"),
        ({"owner": "x", "pattern": [{"regexp": r"(a)\\1", "message": 1}]}, None),
        ({"owner": "x", "pattern": [{"regexp": r"(a)\1", "message": 1}]}, "not readable in linear time"),
        ({"owner": "x", "pattern": [{"regexp": "(a)", "message": 4}]}, "it names capture 4, and has 1"),
        ({"owner": "x", "pattern": [{"regexp": "(a)", "file": 1}]}, "no pattern captures a message"),
        ({"owner": "x", "pattern": [{"regexp": "(a)", "message": 1}, {"regexp": "b" * 3000}]}, "longer than 2000"),
        (
            {"owner": "x", "pattern": [{"regexp": "(a)", "message": 1, "loop": True}, {"regexp": "b"}]},
            "only the last pattern may loop",
        ),
        ({"owner": "x", "pattern": [{"regexp": 3}]}, "problemMatcher[0].pattern[0].regexp"),
        ({"pattern": []}, "owner"),
    ],
)
def test_a_matcher_that_cannot_be_used_is_named_with_its_fault(matcher: object, said: str | None) -> None:
    if said is None:
        assert read_problem_matchers(read(matcher), "ci.json")
        return
    with pytest.raises(MatcherError) as caught:
        read_problem_matchers(read(matcher), "ci.json")
    assert str(caught.value).startswith("ci.json: ")
    assert said in str(caught.value)


def test_too_many_matchers_are_refused() -> None:
    with pytest.raises(MatcherError, match=f"{MOST_MATCHERS} at most"):
        read_problem_matchers(read(*[TSC] * (MOST_MATCHERS + 1)), "ci.json")


@given(st.binary(max_size=300))
def test_any_bytes_are_matchers_or_an_error_with_words(data: bytes) -> None:
    try:
        read_problem_matchers(data, "ci.json")
    except MatcherError as error:
        assert str(error).startswith("ci.json: ")  # noqa: PT017 - either way is right


@given(st.text(alphabet="()[]?<>abc\\\\^$|*+.:=!{}0123456789", max_size=40))
def test_any_expression_is_compiled_or_refused(regexp: str) -> None:
    matcher = {"owner": "x", "pattern": [{"regexp": regexp, "message": 1}]}
    try:
        (rule,) = read_problem_matchers(read(matcher), "ci.json")
    except MatcherError:
        return
    analyze([b"a(b)\nabc: x\n"], own=[rule])
