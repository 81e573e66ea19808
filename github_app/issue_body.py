"""A failure that no pull request answers for -> the one issue that speaks of it: pure rendering, like the comment's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.unseen import named
from github_app.markdown import code, fit, plain
from github_app.publish import COMMENT_LIMIT, comment_section, footer, what_broke
from github_app.report import Report, WitnessLink

TITLE_LIMIT = 120
"""GitHub takes 256 characters; a list of issues shows about so many."""


@dataclass(frozen=True, slots=True)
class History:
    """How often a failure was seen, when, and in which runs of late; `green` are those that ended it, if any did."""

    times: int
    first_at: datetime
    last_at: datetime
    runs: Sequence[WitnessLink]
    green: Sequence[WitnessLink] = ()


def issue_marker(fingerprint: str) -> str:
    """What an issue is found again by. A hash: a fingerprint may hold the words of a workflow's author."""
    return f"<!-- ci-fixer:issue {hashlib.sha256(fingerprint.encode()).hexdigest()[:32]} -->"


def issue_title(report: Report) -> str:
    """The headline, and never nothing, which GitHub refuses; a title is no markdown."""
    said = named(" ".join(report.failures[0].headline.replace("`", "").split())) or "A run failed"
    return said if len(said) <= TITLE_LIMIT else f"{said[: TITLE_LIMIT - 1]}…"


def issue_body(report: Report, history: History, fingerprint: str) -> str:
    """The issue on the one failure of `report`; when it is green again nothing more is offered."""
    if history.green:
        passed = ", ".join(f"[{plain(link.text)}]({link.html_url})" for link in history.green)
        heading = f"### Green again: {code(issue_title(report))}"
        ended = f"{passed} passed. Should the failure come back, this issue is opened again."
        parts = [heading, ended, _seen(history), what_broke(report)]
    else:
        parts = [comment_section(report), _seen(history), footer([report])]
    return fit("\n\n".join([issue_marker(fingerprint), *parts]), COMMENT_LIMIT)


def _seen(history: History) -> str:
    runs = ", ".join(f"[{plain(link.text)}]({link.html_url})" for link in history.runs)
    if history.times == 1:
        return f"Seen once, on {_day(history.first_at)}: {runs}."
    return (
        f"Seen {history.times} times, first on {_day(history.first_at)}, last on {_day(history.last_at)}. "
        f"The last runs: {runs}."
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
