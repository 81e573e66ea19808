"""What a check run and a comment are made from: the facts, already scrubbed, in the order people read them."""

from dataclasses import dataclass
from enum import StrEnum

from github_app.model import Annotation

APPROVERS = "Approval needs write access."
"""Who may approve, where the repository's file does not say."""


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
    """One distinct failure; equal failures of several jobs are one section with several jobs.

    `sure` is False where its category is little more than a guess.
    """

    category: str
    headline: str
    jobs: tuple[JobLink, ...]
    lines: tuple[ReportLine, ...]
    verdict: str
    verdict_reason: str
    witnesses: tuple[WitnessLink, ...]
    annotations: tuple[Annotation, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class FixSection:
    """A fix and how far it has come. `covers` of the report's failures are mended by it; `by` decided on it.

    `delivered_as` is `commit`, `pull_request` (its own, of that number once there is one) or `suggestions`.
    `can_decide` says whether an approval can be carried out here and now: nothing is promised that cannot be done.
    `confidence` says in words how sure to be of it.
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
    confidence: str
    by: str | None = None
    reason: str | None = None
    commit_sha: str | None = None
    run_html_url: str | None = None
    delivered_as: str | None = "commit"
    pull_request_number: int | None = None


@dataclass(frozen=True, slots=True)
class SimilarFix:
    """A fix of the same failure or of a like one, here or in a repository that everybody may read.

    `outcome` is `verified` or `approved`; `same` where it was for this very failure; `html_url` leads to its commit or
    pull request.
    """

    fix_id: int
    repository: str
    outcome: str
    same: bool
    summary: str
    html_url: str


@dataclass(frozen=True, slots=True)
class Report:
    """One analysed attempt of a run. `note` says in words why there is no fix, or that one is being looked for.

    `looking` is True while a fix may still come. `earlier` says what became of the fix that the head commit is.
    `remarks` are for the repository's owners, and not about the failure; so are `annotations`. `approvers` says in a
    sentence who may approve a fix, or why nobody can. `similar` are fixes of like failures, most alike first.
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
    annotations: tuple[Annotation, ...] = ()
    approvers: str = APPROVERS
    looking: bool = False
    earlier: str = ""
    similar: tuple[SimilarFix, ...] = ()
