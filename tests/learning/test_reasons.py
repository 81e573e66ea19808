"""What the first words of a rejection say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.reasons import WORDS, ReasonKind, read_reason

SAID = {
    "wrong": ReasonKind.WRONG,
    "Wrong: the import is used by a plugin": ReasonKind.WRONG,
    "WRONG - it hides the error": ReasonKind.WRONG,
    "This fix is simply wrong, see above": ReasonKind.WRONG,
    "it doesn\N{RIGHT SINGLE QUOTATION MARK}t work on Windows": ReasonKind.WRONG,
    "The patch breaks the build": ReasonKind.WRONG,
    "**incorrect**": ReasonKind.WRONG,
    "we keep os": ReasonKind.UNWANTED,
    "style: two lines, please": ReasonKind.UNWANTED,
    "That's overkill": ReasonKind.UNWANTED,
    "elsewhere": ReasonKind.ELSEWHERE,
    "Already fixed in #12": ReasonKind.ELSEWHERE,
    "duplicate of F3": ReasonKind.ELSEWHERE,
    "not now, we are in a freeze": ReasonKind.ELSEWHERE,
    "outdated": ReasonKind.ELSEWHERE,
    "": None,
    "no": None,
    "hm": None,
    "I think that it is not wrong": None,
    "wrongly closed": None,
    "stylesheet": None,
}


@pytest.mark.parametrize("words", SAID)
def test_the_first_words_decide(words: str) -> None:
    assert read_reason(words) == SAID[words]


@pytest.mark.parametrize("kind", ReasonKind)
def test_every_word_is_read_as_what_it_is_listed_for(kind: ReasonKind) -> None:
    for words in WORDS[kind]:
        assert read_reason(words) is kind
        assert read_reason(f"  {words.upper()}: anything else, such as {ReasonKind.WRONG}") is kind


@given(st.sampled_from(ReasonKind), st.text(max_size=50))
def test_behind_a_class_and_a_colon_any_words_may_stand(kind: ReasonKind, words: str) -> None:
    assert read_reason(f"{kind}: {words}") is kind


@given(st.text())
def test_any_text_is_read(words: str) -> None:
    assert read_reason(words) in {None, *ReasonKind}


def test_a_text_without_end_is_read_at_once() -> None:
    assert read_reason("this is just the " * 1_000_000 + "wrong") is None
