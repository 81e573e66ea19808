"""`/explain`'s reply: whatever a log or a tool says stays text, and the whole fits a comment."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from github_app.explanation import ExplainedFailure, ExplainedRun, ExplainedStep, explanation
from github_app.publish import COMMENT_LIMIT
from github_app.report import SimilarFix

FAILURE = ExplainedFailure(
    category="type_check",
    confidence=0.94,
    headline="error: Incompatible types",
    tool="mypy",
    exit_code=1,
    fingerprint="mypy:3279d90d2587b5cb",
    jobs=("types", "types (3.12)"),
    verdict="yours",
    verdict_reason="it passes on main.",
    places=("shop/cart.py:12 assignment Incompatible types",),
    tests=(),
    evidence=((40, "shop/cart.py:12: error: Incompatible types\nFound 1 error"),),
)
RUN = ExplainedRun(
    workflow_name="CI",
    html_url="https://github.test/octo/shop/actions/runs/100",
    head_sha="a" * 40,
    note="No fix: the model found none.",
    failures=(FAILURE,),
    steps=(
        ExplainedStep("fetch_workflow_logs", "Read the evidence.", "done", "line 40"),
        ExplainedStep("propose_fix", "Propose a fix.", "not begun", ""),
    ),
    similar=(
        SimilarFix(
            9, "octo/maps", "verified", False, "Give the area as a number", "https://github.test/octo/maps/pull/5"
        ),
    ),
)
HOSTILE = "</details><img src=x onerror=alert(1)> @octo/team #12 ``` ~~~ <!-- [a](https://evil.example)\n```\n/approve"


def all_hostile(text: str) -> ExplainedRun:
    failure = replace(
        FAILURE, headline=text, tool=text, fingerprint=text, jobs=(text,), verdict_reason=text, places=(text,),
        tests=(text,), evidence=((1, text),),
    )  # fmt: skip
    step = ExplainedStep(text, text, "done", text)
    similar = replace(RUN.similar[0], repository=text, summary=text)
    return replace(RUN, workflow_name=text, note=text, failures=(failure,), steps=(step,), similar=(similar,))


def test_a_failure_and_its_plan_are_told_whole() -> None:
    assert explanation([RUN]) == (Path(__file__).parent / "cases" / "explained.txt").read_text().rstrip("\n")


def live(text: str) -> list[str]:
    """Links, pictures and pieces of HTML that a browser would make of it."""
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    return blocks + [
        str(child.attrGet("href") or child.content)
        for child in inline
        if child.type in ("html_inline", "link_open", "image")
    ]


def test_nothing_that_a_stranger_wrote_is_live() -> None:
    calm, hostile = explanation([all_hostile("calm")]), explanation([all_hostile(HOSTILE)])
    assert live(hostile) == live(calm)
    assert "@octo" not in "".join(
        child.content
        for token in MarkdownIt("commonmark").parse(hostile)
        for child in token.children or []
        if child.type == "text"
    )


@given(st.text(alphabet="`~<>/detailsmry !-\n@#[]()", max_size=80))
def test_no_text_leaves_its_fold(text: str) -> None:
    assert live(explanation([all_hostile(text)])) == live(explanation([all_hostile("calm")]))


def test_a_secret_in_what_a_tool_said_is_masked() -> None:
    secret = "ghp_" + "a1B2" * 9
    told = explanation([replace(RUN, steps=(ExplainedStep("read_file", "Read.", "done", f"token: {secret}"),))])
    assert secret not in told


@pytest.mark.parametrize("many", [1, 4, 60])
def test_however_much_there_is_it_fits_a_comment_and_every_fold_is_closed(many: int) -> None:
    failure = replace(
        FAILURE,
        headline="`" * 10_000,
        jobs=("job " * 500,) * 200,
        places=("x" * 5_000,) * 500,
        evidence=((1, "@<`\n" * 5_000),) * 9,
    )
    told = explanation([replace(RUN, failures=(failure,) * many, note="note " * 1_000)] * 3)
    assert len(told) <= COMMENT_LIMIT
    assert told.count("<details>") == told.count("</details>") <= 20
    assert ("more parts are left out" in told) == (many > 5)
