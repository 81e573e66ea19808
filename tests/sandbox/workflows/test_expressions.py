"""Expressions, by GitHub's documentation of them."""

import math
import string
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.data import Json
from sandbox.workflows.evaluate import Scope, evaluate
from sandbox.workflows.expressions import DEEPEST, LONGEST, ExpressionError, parse
from sandbox.workflows.template import filled, holds

CONTEXTS: Mapping[str, Json] = {
    "github": {
        "ref": "refs/heads/main",
        "event": {"labels": [{"name": "bug"}, {"name": "help wanted"}, {"color": "red"}], "number": 7, "draft": False},
    },
    "env": {"Empty": "", "ZERO": "0"},
    "matrix": {"os": "linux", "version": 3.11, "list": ["a", "B"]},
}


def scope(*, status: str = "success") -> Scope:
    functions = {name: (lambda wanted=name: wanted == status) for name in ("success", "failure", "cancelled")}
    return Scope(CONTEXTS, {**functions, "always": lambda: True})


def value(text: str) -> Json:
    return evaluate(parse(text), scope())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("true", True),
        ("711", 711),
        ("-9.2", -9.2),
        ("0xff", 255),
        ("0o17", 15),
        ("-2.99e-2", -0.0299),
        (".5", 0.5),
        ("'It''s open source!'", "It's open source!"),
        ("''", ""),
        ("github.ref", "refs/heads/main"),
        ("GitHub.Ref", "refs/heads/main"),
        ("github['ref']", "refs/heads/main"),
        ("github.event['labels'][1].name", "help wanted"),
        ("github.event.labels.*.name", ["bug", "help wanted"]),
        ("github.event.labels[*].name", ["bug", "help wanted"]),
        ("github.event.*.name", []),
        ("github.nothing.at.all", None),
        ("github.event.labels[9]", None),
        ("matrix.list[0]", "a"),
    ],
)
def test_literals_and_contexts(text: str, expected: Json) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Main' == 'main'", True),
        ("1 == '1'", True),
        ("'0x10' == 16", True),
        ("true == 1", True),
        ("null == 0", True),
        ("null == ''", True),
        ("'' == 0", True),
        ("'abc' == 0", False),
        ("NaN == NaN", False),
        ("github.event == github.event", True),
        ("github.event.labels == github.event", False),
        ("'a' != 'b'", True),
        ("2 > 1", True),
        ("2 >= 2", True),
        ("'b' > 'A'", True),
        ("'10' < 9", False),
        ("'abc' < 1", False),
        ("!true", False),
        ("!!'x'", True),
        ("1 == 1 == true", True),
        ("(1 == 2) == false", True),
        ("false || 'x'", "x"),
        ("'a' && 'b'", "b"),
        ("'' && 'b'", ""),
        ("true && false || true", True),
        ("true || false && false", True),
        ("!false && true", True),
        ("matrix.os == 'linux' && 'yes' || 'no'", "yes"),
    ],
)
def test_operators(text: str, expected: Json) -> None:
    assert value(text) == expected


def test_what_an_operator_has_decided_is_not_looked_at() -> None:
    assert value("false && fromJSON('nonsense')") is False
    assert value("'x' || fromJSON('nonsense')") == "x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contains('Hello world', 'LLO')", True),
        ("contains(github.event.labels.*.name, 'Bug')", True),
        ("contains(github.event.labels.*.name, 'bu')", False),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("startsWith('Hello world', 'he')", True),
        ("endsWith('Hello world', 'LD')", True),
        ("format('Hello {0} {1}', 'Mona', 3)", "Hello Mona 3"),
        ("format('{{Hello {0}!}}', 'Mona')", "{Hello Mona!}"),
        ("join(matrix.list, ', ')", "a, B"),
        ("join(matrix.list)", "a,B"),
        ("join('alone')", "alone"),
        ("fromJSON('{\"a\": [1, null]}').a[0]", 1),
        ("toJSON(matrix.list)", '[\n  "a",\n  "B"\n]'),
        ("TOJSON(1)", "1"),
    ],
)
def test_functions(text: str, expected: Json) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on ${{ matrix.os }}-${{ matrix.version }}", "on linux-3.11"),
        ("${{ null }}|${{ true }}|${{ 1.0 }}|${{ 0.1 }}", "|true|1|0.1"),
        ("${{ github.event }} ${{ matrix.list }}", "Object Array"),
        ("${{ '}}' }}", "}}"),
        ("${{ 'it''s }}' }}", "it's }}"),
        ("${{ format('{0}}', 1) || 'x' }}", None),
        ("$ {{ no }}", "$ {{ no }}"),
        ("", ""),
    ],
)
def test_texts_are_filled(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ExpressionError):
            filled(text, scope())
    else:
        assert filled(text, scope()) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "An expression was expected"),
        ("1 +", "Unexpected symbol: '+'"),
        ("github.", "Unexpected end of expression"),
        ("github.'x'", "Unexpected symbol"),
        ("(1", "Unexpected end of expression"),
        ("1 2", "Unexpected symbol: '2'"),
        ("'open", "Unexpected symbol: ''open'"),
        ('"double"', "Unexpected symbol"),
        ("12ab", "Unexpected symbol"),
        ("nowhere.x", "Unrecognized named-value: 'nowhere'"),
        ("explode()", "Unrecognized function: 'explode'"),
        ("fromJSON('{')", "fromjson:"),
        ("fromJSON('')", "the text is empty"),
        ("fromJSON('NaN')", "NaN is no JSON"),
        ("format('{0} {1}', 1)", "format:"),
        ("format('{a}')", "the format string is not valid"),
        ("contains('a')", "contains:"),
        (f"'{'x' * LONGEST}'", "Exceeded max expression length"),
        (f"{'(' * (DEEPEST + 1)}1{')' * (DEEPEST + 1)}", "Exceeded max expression depth"),
        ("!" * (DEEPEST + 1) + "1", "Exceeded max expression depth"),
    ],
)
def test_what_cannot_be_read_or_done_is_said(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    assert said in str(caught.value)


def test_an_expression_that_is_not_closed_is_said() -> None:
    with pytest.raises(ExpressionError, match="not closed"):
        filled("echo ${{ github.ref }", scope())


def test_a_text_does_not_grow_without_end() -> None:
    doubled = "'0123456789'"
    for _ in range(18):
        doubled = f"format('{{0}}{{0}}', {doubled})"
    with pytest.raises(ExpressionError, match="characters"):
        value(doubled)


@pytest.mark.parametrize(
    ("condition", "status", "expected"),
    [
        (None, "success", True),
        (None, "failure", False),
        ("", "failure", False),
        ("github.ref == 'refs/heads/main'", "success", True),
        ("github.ref == 'refs/heads/main'", "failure", False),
        ("${{ github.ref == 'refs/heads/main' }}", "success", True),
        ("always()", "failure", True),
        ("failure()", "failure", True),
        ("failure()", "success", False),
        ("Failure() && github.ref != ''", "failure", True),
        ("cancelled()", "cancelled", True),
        ("!cancelled()", "failure", True),
        ("!success()", "failure", True),
        # A status function that only stands in a text is none.
        ("contains('success()', 'x') || true", "failure", False),
        ("false", "success", False),
        ("${{ false }}", "success", False),
        # Text beside an expression makes all of it a text, which is true: GitHub's own trap.
        ("${{ false }} && false", "success", True),
    ],
)
def test_conditions(condition: str | None, status: str, expected: bool) -> None:
    assert holds(condition, scope(status=status)) is expected


WORDS = ["github", "event", "labels", "matrix", "nowhere", "fromJSON", "format", "contains", "join", "toJSON", "always"]
PIECES = st.sampled_from(
    [*WORDS, *"()[].,*!<>'", "==", "!=", "&&", "||", "'a'", "'{0}'", "'[1]'", "1", "0x", "-1.5e3", "null", "${{", " "]
)


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60), st.text(string.printable)))
def test_no_text_makes_the_reader_raise_anything_else(text: str) -> None:
    for attempt in (value, lambda each: filled(each, scope()), lambda each: holds(each, scope())):
        try:
            attempt(text)
        except ExpressionError:
            continue


@given(st.integers(1, 200), st.sampled_from(["(", "!", "[", "github.", "a(", "1==", "''", "'", "-", "1 && ", ".*"]))
def test_repetition_ends_in_a_value_or_an_error(times: int, piece: str) -> None:
    try:
        value(piece * times)
    except ExpressionError:
        return


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(string.ascii_letters + "0x. ", max_size=5)
)


@given(SCALARS, SCALARS)
def test_comparisons_agree_with_one_another(one: Json, other: Json) -> None:
    both = Scope({"one": one, "other": other}, {})

    def holds_for(text: str) -> Json:
        return evaluate(parse(text), both)

    assert holds_for("one == other") == holds_for("other == one") == (not holds_for("one != other"))
    assert holds_for("one < other") == holds_for("other > one")
    if holds_for("one == other"):
        assert not holds_for("one < other")
        assert holds_for("one <= other")


def test_infinity_and_nan_are_numbers_of_their_own() -> None:
    assert value("Infinity") == math.inf
    assert filled("${{ -1 < Infinity }} ${{ NaN }} ${{ Infinity }}", scope()) == "true NaN Infinity"
