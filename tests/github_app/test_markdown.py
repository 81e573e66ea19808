import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.markdown import code, fence, fit, plain, prose


@given(st.text())
def test_a_fence_is_closed_by_nothing_inside_it(text: str) -> None:
    block = fence(text)
    marks = block[: len(block) - len(block.lstrip("`"))]
    assert marks not in text
    assert block.endswith("\n" + marks)


@given(st.text(alphabet="`ab \n"))
def test_a_code_span_is_closed_by_nothing_inside_it(text: str) -> None:
    span = code(text)
    marks = span[: len(span) - len(span.lstrip("`"))]
    inner = span[len(marks) : -len(marks)]
    assert marks not in inner
    assert "\n" not in span


@pytest.mark.parametrize("text", ["@org/team", "see #12", "https://evil.example", "<img src=x>", "[a](b)"])
def test_prose_from_a_stranger_is_not_live(text: str) -> None:
    shown = plain(text)
    assert text not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Add `import math` in `a_b.py`", "Add `import math` in `a_b.py`"),
        ("Use *this* and `that`.", r"Use \*this\* and `that`."),
        ("one ` alone", r"one \` alone"),
        ("`@octo` and @octo", "`@octo` and @\u200bocto"),
    ],
)
def test_a_summary_shows_code_as_code_and_keeps_the_rest_dead(text: str, shown: str) -> None:
    assert prose(text) == shown


@given(st.text(alphabet="`ab\n", max_size=400), st.integers(min_value=80, max_value=200))
def test_fitted_text_keeps_the_limit(text: str, limit: int) -> None:
    assert len(fit(text, limit)) <= limit


def test_a_fence_left_open_by_the_cut_is_closed() -> None:
    cut = fit(fence("line\n" * 100), 120)
    assert cut.count("```") == 2
