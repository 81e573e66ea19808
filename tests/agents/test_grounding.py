from dataclasses import replace

import pytest

from agents.draft import Claim, Draft, FileQuote, LogQuote
from agents.engine import Description, Outcome, Provenance, Usage
from agents.grounding import Grounded, ground, grounded_answer
from agents.prompt import build_prompt
from analysis.complexity import Complexity
from analysis.edits import Edit, SourceFile
from tests.agents.requests import FILES, request

GOOD = Edit("shapes.py", "return a + b", "return a * b")
SEEN = Claim("it adds", (LogQuote(3, "E       assert 5 == 6"),))


def grounded(claims: tuple[Claim, ...] = (SEEN,), edits: tuple[Edit, ...] = (GOOD,)) -> Grounded:
    draft = Draft(True, "s", "r", claims, edits, 0.8, "none")
    return ground(draft, build_prompt(request()), FILES)


@pytest.mark.parametrize(
    "claim",
    [
        SEEN,
        Claim("white space at the ends", (LogQuote(3, "assert 5 == 6  "),)),
        Claim("two lines", (LogQuote(3, "E       assert 5 == 6\nE        +  where 5 = area(2, 3)"),)),
        Claim("a file", files=(FileQuote("shapes.py", 2, "    return a + b"),)),
        Claim("both", (LogQuote(3, "assert 5 == 6"),), files=(FileQuote("shapes.py", 1, "def area(a, b):"),)),
    ],
    ids=lambda claim: claim.statement,
)
def test_a_claim_whose_quotes_stand_is_kept(claim: Claim) -> None:
    answer = grounded((claim,))
    assert (answer.claims, answer.edits, answer.confidence) == ((claim,), (GOOD,), 0.8)


@pytest.mark.parametrize(
    "claim",
    [
        Claim("no quote"),
        Claim("an invented line", (LogQuote(3, "E       assert 5 == 7"),)),
        Claim("a quote of two letters", (LogQuote(3, "E "),)),
        Claim("lines that are not together", (LogQuote(3, "assert 5 == 6\nFAILED tests/test_shapes.py::test_area"),)),
        Claim("words of the file said to be of the log", (LogQuote(3, "return a + b"),)),
        Claim("an unknown file", files=(FileQuote("circles.py", 2, "return a + b"),)),
        Claim("another file", files=(FileQuote("tests/test_shapes.py", 2, "return a + b"),)),
        Claim("a file without words", files=(FileQuote("shapes.py", 1, ""),)),
        Claim(
            "one of two is invented",
            (LogQuote(3, "assert 5 == 6"),),
            files=(FileQuote("shapes.py", 2, "return a / b"),),
        ),
    ],
    ids=lambda claim: claim.statement,
)
def test_a_claim_whose_quotes_do_not_stand_is_dropped(claim: Claim) -> None:
    answer = grounded((SEEN, claim))
    assert (answer.claims, answer.confidence) == ((SEEN,), 0.4)


def test_an_answer_that_rests_on_nothing_keeps_no_edit() -> None:
    answer = grounded((Claim("x", (LogQuote(3, "an invented line"),)),))
    assert (answer.edits, answer.confidence) == ((), 0.0)


@pytest.mark.parametrize(
    "edit",
    [
        Edit("circles.py", "a", "b"),
        Edit("circles.py", "", "a new file"),
        Edit("shapes.py", "return a - b", "x"),
        Edit("shapes.py", "a", "x"),
        Edit("shapes.py", "", "x"),
        Edit("shapes.py", "return a + b", "return a + b"),
        Edit("shapes.py", "return a + b", "return ("),
        Edit("shapes.py", "return a + b", "return '***'"),
        Edit("shapes.py", "return a + b", "return a  # noqa"),
        Edit("tests/test_shapes.py", "assert area(2, 3) == 6", "assert True"),
        Edit("tests/test_shapes.py", "area(2, 3) == 6", "area(2, 3) == 6 or True"),
        Edit(".github/workflows/ci.yml", "jobs: {}", "jobs: {a: 1}"),
        Edit("../shapes.py", "return a + b", "x"),
    ],
    ids=lambda edit: f"{edit.path} {edit.replace}",
)
def test_an_edit_that_may_not_or_cannot_be_made_is_dropped(edit: Edit) -> None:
    answer = grounded(edits=(edit,))
    assert (answer.edits, answer.confidence) == ((), 0.0)
    assert answer.dropped


def test_edits_that_overlap_are_not_both_kept() -> None:
    answer = grounded(edits=(GOOD, Edit("shapes.py", "a + b\n", "b * a\n")))
    assert (answer.edits, answer.confidence) == ((GOOD,), 0.4)


def test_a_file_that_was_too_large_to_show_is_not_edited() -> None:
    large = FILES | {"large.py": SourceFile("large.py", b"x = 1\0", "")}
    draft = Draft(True, "s", "r", (SEEN,), (Edit("large.py", "x = 1", "x = 2"),), 0.8, "none")
    assert ground(draft, build_prompt(request()), large).edits == ()


def test_what_a_tool_has_read_since_may_be_quoted_at_its_line() -> None:
    prompt = build_prompt(request())
    read = prompt.sources.with_read({"far.py": SourceFile("far.py", b"x = 1\ny = far(x)\n", "")}, [{900: "far: error"}])
    later = replace(prompt, sources=read)
    claims = (
        Claim("in a file", files=(FileQuote("far.py", 2, "y = far(x)"),)),
        Claim("in the log", (LogQuote(900, "far: error"),)),
    )
    draft = Draft(False, "s", "r", claims, (), 0.8, "none")
    assert ground(draft, later, FILES).claims == claims
    assert ground(draft, prompt, FILES).claims == ()


def test_the_answer_says_where_it_came_from_and_what_was_dropped() -> None:
    invented = Claim("an invented line", (LogQuote(3, "E       assert 5 == 7"),))
    draft = Draft(True, "s", "It says `gone`. It adds.", (SEEN, invented), (GOOD,), 0.8, "none")
    answer = grounded_answer(draft, build_prompt(request()), FILES, Usage(1), Description("gemini", "gemini-x"))
    assert (answer.outcome, answer.root_cause, answer.claims) == (Outcome.FIX, "It adds.", (SEEN,))
    assert answer.provenance == Provenance(
        "gemini",
        "gemini-x",
        "propose.v3",
        (
            "claim 2 quotes what the log does not say at that line",
            "1 of 2 sentences of the root cause speak of what is not there",
        ),
    )


def test_a_secret_in_the_models_words_is_masked_and_no_sentence_is_cut_in_the_middle() -> None:
    token = "ghp_" + "a1B2" * 9
    draft = Draft(True, "s", f"It is {token} there. {'Long ' * 300}.", (SEEN,), (GOOD,), 0.8, "none")
    assert ground(draft, build_prompt(request()), FILES).root_cause == "It is *** there."


def test_a_summary_that_lies_is_put_in_our_own_words() -> None:
    draft = Draft(True, "Mend `gone()`", "It adds.", (SEEN,), (GOOD,), 0.8, "none")
    kept = ground(draft, build_prompt(request()), FILES)
    assert (kept.summary, kept.confidence) == ("Change shapes.py", 0.4)


def test_an_edit_is_as_hard_as_the_model_says_where_that_is_harder() -> None:
    draft = Draft(True, "s", "r", (SEEN,), (GOOD,), 0.8, "none", complexity=Complexity.COMPLEX)
    answer = grounded_answer(draft, build_prompt(request()), FILES, Usage(), Description("e", "m"))
    assert answer.complexity == "complex"


def test_an_edit_whose_diff_would_show_a_secret_is_dropped() -> None:
    files = FILES | {"a.py": SourceFile("a.py", b'KEY = "ghp_' + b"a1B2" * 9 + b'"\nx = 1\n', "")}
    prompt = build_prompt(replace(request(), files=files))
    draft = Draft(True, "s", "r", (SEEN,), (Edit("a.py", "x = 1", "x = 2"), GOOD), 0.8, "none")
    kept = ground(draft, prompt, files)
    assert kept.edits == (GOOD,)
    assert "its diff would show a secret or hidden characters" in kept.dropped
