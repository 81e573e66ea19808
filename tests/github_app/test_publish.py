from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from github_app.model import Annotation, AnnotationLevel
from github_app.publish import (
    ANALYZE,
    ANNOTATIONS_A_REQUEST,
    MARKER,
    TITLE_LIMIT,
    check_output,
    comment_body,
)
from github_app.report import FailureSection, FixSection, JobLink, Place, Report, ReportLine, SimilarFix, WitnessLink

OURS = frozenset({f"{MARKER}\n", MARKER, "<details>", "</details>\n", "</details>", "<sub>", "</sub>"})
CASES = Path(__file__).parent / "cases"
RUN = "https://github.com/octo/geo/actions/runs/7"
DIFF = (
    "diff --git a/geo/distance.py b/geo/distance.py\nindex 1111111..2222222 100644\n"
    "--- a/geo/distance.py\n+++ b/geo/distance.py\n@@ -1,2 +1,2 @@\n-import os\n+import math\n \n"
)

FAILURE = FailureSection(
    category="lint",
    headline="geo/distance.py:1:8: F401 `os` imported but unused",
    jobs=(JobLink("lint", "Run ruff", f"{RUN}/job/70"),),
    lines=(ReportLine(41, "geo/distance.py:1:8: F401 [*] `os` imported but unused"),),
    verdict="yours",
    verdict_reason="the base branch's last run of this job passed.",
    witnesses=(WitnessLink("run 6", "https://github.com/octo/geo/actions/runs/6"),),
    annotations=(
        Annotation("geo/distance.py", 1, 1, AnnotationLevel.FAILURE, "`os` imported but unused", "ruff F401"),
    ),
)
FIX = FixSection(
    fix_id=12,
    state="proposed",
    summary="Import `math` instead of `os`",
    source="recipe:ruff-unused-import",
    diff=DIFF,
    proof_level="parses",
    complexity="trivial",
    covers=1,
    findings=(),
    can_decide=True,
    confidence="82 %, from 41 similar fixes",
)
REPORT = Report("CI", RUN, 1, "a" * 40, "swap-imports", Place.PULL_REQUEST, (FAILURE,), FIX, "")
APPLIED = replace(FIX, state="applied", by="mona", can_decide=False, commit_sha="b" * 40)

LIVE = (
    "Ping @octo/everyone, see #1, octo/app#2 and https://evil.example ![x](https://evil.example/k.png) "
    "[in](javascript:alert(1)) <img src=x onerror=alert(1)><script>alert(1)</script> `/approve` */approve* "
    "\u202enur\u202c <!-- ci-fixer:report --> ``` </details> ~~~"
)
HOSTILE = replace(
    FAILURE,
    headline=LIVE,
    jobs=(JobLink(LIVE, LIVE, f"{RUN}/job/70"),),
    lines=(ReportLine(1, LIVE), ReportLine(2, "``````"), ReportLine(3, "</details> @octo")),
    verdict_reason=LIVE,
    witnesses=(WitnessLink(LIVE, "https://github.com/octo/geo/actions/runs/6"),),
)

OTHER = replace(
    FAILURE,
    category="test",
    headline="test_area.py::test_area: assert 12 == 13",
    jobs=(JobLink("test (3.11)", "Run pytest", f"{RUN}/job/71"), JobLink("test (3.12)", "Run pytest", f"{RUN}/job/72")),
    lines=(ReportLine(88, "E       assert 12 == 13"),),
    verdict="base",
    verdict_reason="the base branch's last run of this job failed the same way.",
    annotations=(
        Annotation("test_area.py", 9, 9, AnnotationLevel.FAILURE, "assert 12 == 13", "pytest"),
        Annotation("geo/area.py", 3, 3, AnnotationLevel.WARNING, "unused", "pytest"),
    ),
)
NO_LOG = replace(
    FAILURE,
    category="unknown",
    headline="step Lint failed, and there is no log: GitHub keeps it no longer",
    lines=(),
    verdict="unknown",
    verdict_reason="there is no log to compare.",
    witnesses=(),
    annotations=(),
    sure=False,
)
SCRIPT = replace(
    FAILURE,
    category="config",
    headline="deploy.sh: the list of hosts is empty",
    jobs=(JobLink("deploy", "Run ./deploy.sh", f"{RUN}/job/73"),),
    lines=(ReportLine(12, "deploy.sh: the list of hosts is empty"),),
    annotations=(),
    sure=False,
)
FLAKY = replace(OTHER, verdict="flaky", verdict_reason="it passed on the same code in another attempt.", annotations=())
SERVICE = replace(
    SCRIPT,
    category="network",
    headline="curl: (22) The requested URL returned error: 503 Service Unavailable",
    lines=(ReportLine(7, "curl: (22) The requested URL returned error: 503 Service Unavailable"),),
    verdict="infrastructure",
    verdict_reason="a service on the network answered late, wrongly or not at all.",
    witnesses=(),
    sure=True,
)
FAULT = Annotation(
    ".github/ci-fixer.yml", 3, 3, AnnotationLevel.WARNING, "`propose` is true or false.", "CI Fixer's configuration"
)
NO_MODEL = "No fix: no recipe covers this, and no model is configured."
NOT_PROPOSED = "No fix is looked for: this repository's `.github/ci-fixer.yml` does not let one be proposed."
SIMILAR = SimilarFix(9, "octo/geo", "verified", True, "Import `math` instead of `os`", f"{RUN[:-1]}5")
LIKE = SimilarFix(31, "octo/maps", "approved", False, "Import `json` where it is used", f"{RUN[:-1]}6")
OWN = replace(FIX, delivered_as="pull_request")
"""For the default branch: a pull request of its own."""


def with_fix(**changed: Any) -> Report:
    return replace(REPORT, fix=replace(FIX, **changed))


def without_fix(*failures: FailureSection, note: str = NO_MODEL) -> Report:
    return replace(REPORT, failures=failures or (FAILURE,), fix=None, note=note)


SHOWN = {
    "proposed": REPORT,
    "folded": replace(REPORT, failures=(FAILURE, OTHER)),
    "looking": replace(without_fix(note="No recipe covers this; the model is being asked for a fix."), looking=True),
    "fork": replace(REPORT, place=Place.FORK, fix=replace(FIX, delivered_as="suggestions")),
    "fork_no_suggestion": replace(REPORT, place=Place.FORK, fix=replace(FIX, can_decide=False, delivered_as=None)),
    "offered": replace(REPORT, place=Place.FORK, fix=replace(APPLIED, state="offered", commit_sha=None)),
    "no_fix": without_fix(),
    "not_enough_history": replace(REPORT, fix=replace(FIX, confidence="not enough history")),
    "low_confidence": without_fix(SCRIPT),
    "blocked": with_fix(can_decide=False, findings=("edits a workflow file",)),
    "stale": with_fix(reason="It is F11 again, for the new head bbbbbbb."),
    "applying": with_fix(state="applying", by="mona"),
    "applied": replace(REPORT, fix=APPLIED),
    "verified": replace(REPORT, fix=replace(APPLIED, state="verified", run_html_url=f"{RUN}8")),
    "ineffective": replace(REPORT, fix=replace(APPLIED, state="ineffective", run_html_url=f"{RUN}8")),
    "undone": replace(REPORT, fix=replace(APPLIED, state="undone", reason="mona asked for it.")),
    "rejected": with_fix(state="rejected", by="mona", reason="we keep os"),
    "superseded": with_fix(
        state="superseded", reason="the branch moved on to bbbbbbb, and geo/distance.py changed there."
    ),
    "expired": with_fix(state="expired", reason="the pull request was closed."),
    "failed": with_fix(state="failed", by="mona", reason="GitHub made no commit: the branch is protected."),
    "pull_request_to_come": replace(REPORT, place=Place.BRANCH, head_branch="main", fix=OWN),
    "pull_request": replace(
        REPORT,
        place=Place.BRANCH,
        head_branch="main",
        fix=replace(APPLIED, delivered_as="pull_request", pull_request_number=31),
    ),
    "base": without_fix(replace(OTHER, annotations=())),
    "flaky": without_fix(FLAKY),
    "infrastructure": without_fix(SERVICE),
    "unknown": without_fix(NO_LOG),
    "ignored": without_fix(note="Ignored here until 2026-12-02, as mona asked; `/ignore 0` ends it."),
    "not_proposing": without_fix(note=NOT_PROPOSED),
    "configuration_fault": replace(
        REPORT,
        remarks=("`.github/ci-fixer.yml` line 3, column 10: `propose` is true or false; the default holds.",),
        annotations=(FAULT,),
    ),
    "similar": replace(without_fix(), similar=(SIMILAR,)),
    "similar_several": replace(REPORT, similar=(SIMILAR, LIKE)),
    "hostile_fix": replace(
        REPORT,
        workflow_name=LIVE,
        head_branch=LIVE,
        failures=(HOSTILE,),
        fix=replace(FIX, summary=LIVE, source=LIVE, diff=f"+{LIVE}\n+```\n", findings=(LIVE,)),
        remarks=(LIVE,),
    ),
    "hostile_outcome": replace(
        REPORT, failures=(HOSTILE,), fix=replace(APPLIED, state="ineffective", by=None, reason=LIVE), earlier=LIVE
    ),
    "hostile_note": replace(REPORT, failures=(HOSTILE,), fix=None, note=f"No fix: {LIVE}."),
    "hostile_similar": replace(
        REPORT, failures=(HOSTILE,), fix=None, note="", similar=(replace(SIMILAR, repository=LIVE, summary=LIVE),) * 2
    ),
}


TESTS = replace(
    without_fix(FLAKY), workflow_name="Tests", run_html_url="https://github.com/octo/geo/actions/runs/9", fix=None
)
TOGETHER = {
    "two_runs": [TESTS, REPORT],
    "two_runs_one_mended": [SHOWN["verified"], TESTS],
    "two_runs_one_looked_into": [TESTS, SHOWN["looking"]],
}
"""What the runs of one commit say together."""


def shown(*reports: Report) -> str:
    output = check_output(reports)
    buttons = ", ".join(action.label for action in output.actions) or "none"
    said = f"{output.conclusion or 'in progress'} · {output.title}"
    return (
        f"== check run: {said} · buttons: {buttons} · annotations: {len(output.annotations)}\n\n{output.summary}\n\n"
        f"== comment\n\n{comment_body(reports)}\n"
    )


@pytest.mark.parametrize("name", SHOWN)
def test_what_people_see_is_the_golden_file(name: str) -> None:
    assert shown(SHOWN[name]) == (CASES / f"{name}.md").read_text()


@pytest.mark.parametrize("name", TOGETHER)
def test_all_runs_of_a_commit_speak_in_one_check_run_and_one_comment(name: str) -> None:
    assert shown(*TOGETHER[name]) == (CASES / f"{name}.md").read_text()


def test_a_commit_is_green_for_us_only_where_all_its_runs_are_mended() -> None:
    mended = SHOWN["verified"]
    assert check_output([mended, replace(mended, workflow_name="Tests")]).conclusion == "success"
    assert check_output([mended, TESTS]).conclusion == "neutral"
    assert check_output([SHOWN["looking"], replace(SHOWN["looking"], workflow_name="Tests")]).conclusion is None


def assert_nothing_is_live(shown: str, marker: str = MARKER) -> None:
    """What a stranger wrote is text: no HTML, picture, link, mention or reference but ours."""
    ours = OURS | {marker, f"{marker}\n"}
    tokens = MarkdownIt("commonmark").parse(shown)
    assert {token.content.split("<summary>")[0] for token in tokens if token.type == "html_block"} <= ours
    spans = [span for token in tokens for span in token.children or ()]
    assert not [span for span in spans if span.type == "image"]
    assert {span.content for span in spans if span.type == "html_inline"} <= ours
    assert all(str(span.attrs["href"]).startswith(RUN[:-1]) for span in spans if span.type == "link_open")
    text = "".join(span.content for span in spans if span.type not in ("code_inline", "html_inline"))
    for sign in ("@", "#"):
        assert sign not in text.replace(f"{sign}\u200b", "")
    assert "://" not in text
    assert "\u202e" not in shown


@pytest.mark.parametrize("name", ["hostile_fix", "hostile_outcome", "hostile_note", "hostile_similar"])
def test_nothing_that_strangers_or_a_model_wrote_is_live(name: str) -> None:
    assert_nothing_is_live(check_output([SHOWN[name]]).summary)
    assert_nothing_is_live(comment_body([SHOWN[name]]))


def test_a_fix_that_cannot_be_committed_has_no_approve_button() -> None:
    report = SHOWN["fork_no_suggestion"]
    assert [action.identifier for action in check_output([report]).actions] == [ANALYZE]
    for shown in (check_output([report]).summary, comment_body([report])):
        assert "/approve" not in shown
        assert "Approval" not in shown


def test_annotations_already_sent_are_not_sent_again() -> None:
    again = [replace(one, message=f" {one.message}\n") for one in FAILURE.annotations]
    assert check_output([REPORT], shown=again).annotations == ()


def test_more_annotations_than_github_takes_are_counted_in_words() -> None:
    many = tuple(replace(FAILURE.annotations[0], start_line=line, end_line=line) for line in range(1, 61))
    output = check_output([replace(REPORT, failures=(replace(FAILURE, annotations=many),))])
    assert len(output.annotations) == ANNOTATIONS_A_REQUEST
    assert "10 more places are not annotated" in output.summary


@given(headline=st.text(max_size=300), line=st.text(max_size=200_000), diff=st.text(max_size=200_000))
def test_whatever_a_log_says_the_limits_hold(headline: str, line: str, diff: str) -> None:
    failure = replace(FAILURE, headline=headline, lines=(ReportLine(1, line),))
    report = replace(REPORT, failures=(failure,), fix=replace(FIX, diff=diff))
    output = check_output([report])
    assert len(output.title) <= TITLE_LIMIT
    assert len(output.summary) <= 65_535
    body = comment_body([report])
    assert len(body) <= 65_536
    assert body.startswith(MARKER)
    for action in output.actions:
        assert len(action.label) <= 20
        assert len(action.description) <= 40
        assert len(action.identifier) <= 20


def test_one_endless_log_line_leaves_room_for_the_verdict_and_the_fix() -> None:
    failure = replace(FAILURE, lines=(ReportLine(1, "x" * 300_000),))
    summary = check_output([replace(REPORT, failures=(failure,))]).summary
    assert summary.startswith("**Yours")
    assert "+import math" in summary
