"""What a check run and a comment are made from: the facts, already scrubbed, in the order people read them."""

from dataclasses import dataclass
from enum import StrEnum

from github_app.model import Annotation


class Place(StrEnum):
    """Where the failing head stands, which decides what the App can do with a fix there."""

    PULL_REQUEST = "pull request"
    FORK = "fork"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class JobLink:
    """A failed job, the step that failed where it is known, and where a person reads its log."""

    name: str
    step: str | None
    html_url: str


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A decisive log line, counted as the log counts."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class WitnessLink:
    """A run that a verdict rests on."""

    text: str
    html_url: str


@dataclass(frozen=True, slots=True)
class FailureSection:
    """One distinct failure; equal failures of several jobs are one section with several jobs."""

    category: str
    headline: str
    jobs: tuple[JobLink, ...]
    lines: tuple[ReportLine, ...]
    verdict: str
    verdict_reason: str
    witnesses: tuple[WitnessLink, ...]
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class FixSection:
    """A fix and how far it has come. `covers` of the report's failures are mended by it; `by` decided on it.

    `delivered_as` is `commit`, `pull_request` (its own, of that number once there is one) or `suggestions`.
    `can_decide` says whether an approval can be carried out here and now: nothing is promised that cannot be done.
    """

    fix_id: int
    state: str
    summary: str
    source: str
    diff: str
    proof_level: str
    complexity: str
    covers: int
    findings: tuple[str, ...]
    can_decide: bool
    by: str | None = None
    reason: str | None = None
    commit_sha: str | None = None
    run_html_url: str | None = None
    delivered_as: str | None = "commit"
    pull_request_number: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One analysed attempt of a run. `note` says in words why there is no fix, or that one is being looked for.

    `earlier` says what became of the fix that the head commit is. `remarks` are for the repository's owners, and not
    about the failure.
    """

    workflow_name: str
    run_html_url: str
    run_attempt: int
    head_sha: str
    head_branch: str | None
    place: Place
    failures: tuple[FailureSection, ...]
    fix: FixSection | None
    note: str
    remarks: tuple[str, ...] = ()
    earlier: str = ""
