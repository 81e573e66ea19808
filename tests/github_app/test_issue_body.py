"""The issue of a failure that no pull request answers for, as people read it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.issue_body import TITLE_LIMIT, History, issue_body, issue_marker, issue_title
from github_app.report import Place, Report, WitnessLink
from tests.github_app.test_publish import CASES, FAILURE, FIX, HOSTILE, LIVE, OWN, REPORT, RUN, assert_nothing_is_live

FINGERPRINT = "ruff:1234"
ON_MAIN = replace(REPORT, place=Place.BRANCH, head_branch="main", fix=OWN)
AGAIN = replace(FAILURE, verdict="base", verdict_reason="the base branch's last run of this job failed the same way.")
FIRST = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
LAST = datetime(2026, 11, 25, 18, 6, tzinfo=UTC)
RUNS = tuple(WitnessLink(f"CI on main at {sha * 7}", f"{RUN}{number}") for number, sha in enumerate("cba"))
ONCE = History(1, FIRST, FIRST, RUNS[:1])
OFTEN = History(17, FIRST, LAST, RUNS)

SHOWN = {
    "issue_open": (ON_MAIN, ONCE),
    "issue_recurring": (replace(ON_MAIN, failures=(AGAIN,)), OFTEN),
    "issue_closed": (ON_MAIN, replace(OFTEN, green=(WitnessLink("CI on main at ddddddd", f"{RUN}9"),))),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_issue_is_the_golden_file(name: str) -> None:
    report, history = SHOWN[name]
    shown = f"== issue: {issue_title(report)}\n\n{issue_body(report, history, FINGERPRINT)}\n"
    assert shown == (CASES / f"{name}.md").read_text()


def test_an_issue_that_is_over_offers_nothing() -> None:
    report, history = SHOWN["issue_closed"]
    body = issue_body(report, history, FINGERPRINT)
    assert "/approve" not in body
    assert FIX.diff.splitlines()[-2] not in body


def test_a_marker_holds_none_of_a_fingerprints_words() -> None:
    assert "evil" not in issue_marker("no-job:--> evil")
    assert issue_marker("a") != issue_marker("b")


@given(headline=st.text(max_size=400), name=st.text(max_size=400))
def test_whatever_a_log_says_the_limits_of_an_issue_hold(headline: str, name: str) -> None:
    report: Report = replace(ON_MAIN, failures=(replace(FAILURE, headline=headline),))
    title = issue_title(report)
    assert 0 < len(title) <= TITLE_LIMIT
    assert "\n" not in title
    history = replace(OFTEN, runs=[WitnessLink(name, RUN)] * 5)
    assert issue_body(report, history, FINGERPRINT).startswith(issue_marker(FINGERPRINT))


@pytest.mark.parametrize("green", [(), (WitnessLink(LIVE, RUN),)])
def test_the_words_of_strangers_are_not_live_in_an_issue(green: tuple[WitnessLink, ...]) -> None:
    report = replace(ON_MAIN, workflow_name=LIVE, failures=(HOSTILE,), fix=None, note=LIVE)
    history = replace(ONCE, runs=(WitnessLink(LIVE, RUN),), green=green)
    assert_nothing_is_live(issue_body(report, history, FINGERPRINT), issue_marker(FINGERPRINT))
