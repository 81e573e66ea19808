import pytest

from agents.draft import Claim, Draft, FileQuote, LogQuote
from agents.grounding import Grounded, ground
from agents.prompt import build_prompt
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
