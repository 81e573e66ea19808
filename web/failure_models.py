"""What the API says of failures."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from analysis.diagnosis import Category
from analysis.verdict import Verdict
from web.analytics_models import Pattern
from web.list_models import Branch, FailureStatus, FingerprintText, Since, Total, Until, WithTotal
from web.models import Cursor, FixSummary, Limit, Link, RepositoryName


class FailurePath(Struct, frozen=True):
    """Which failure a path names."""

    id: Annotated[str, Meta(pattern=r"^[0-9]{1,19}$", description="The failure's id")]


class FailuresQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which failures to list. With `status` a page may hold fewer than asked for, and none."""

    repository: RepositoryName | None = None
    category: Category | None = None
    verdict: Verdict | None = None
    branch: Branch | None = None
    fingerprint: FingerprintText | None = None
    since: Since | None = None
    until: Until | None = None
    status: FailureStatus | None = None
    total: WithTotal = False
    limit: Limit = 30
    cursor: Cursor | None = None


class FailureSummary(Struct, frozen=True):
    """A failure as a list shows it: equal ones of several jobs of an attempt are one.

    `resolved` once its workflow was green on its branch later; else `open`.
    """

    id: int
    repository: str
    run_id: int
    run_attempt: int
    workflow: str
    run_url: str
    head_sha: str
    head_branch: str | None
    fingerprint: str
    category: str
    tool: str | None
    headline: str
    verdict: str
    status: FailureStatus
    ran_at: Annotated[datetime, Meta(description="When its attempt began")]


class FailurePage(Struct, frozen=True):
    """A page of failures, newest first; `next_cursor` says if there is more."""

    failures: list[FailureSummary]
    next_cursor: str | None
    total: Total | UnsetType = UNSET


class EvidenceLine(Struct, frozen=True):
    """A line of the log that decides, counted as the log counts, and where a person reads it."""

    line: int
    text: str
    url: str


class EvidenceBlock(Struct, frozen=True):
    """A stretch of the log that was read, both ends included."""

    start: int
    end: int
    text: str


class FailedJobView(Struct, frozen=True):
    """A job that failed so, and its step where it is known."""

    name: str
    step: str | None
    url: str


class Place(Struct, frozen=True):
    """A place in the repository that the tool named."""

    path: str
    line: int | None
    message: str
    rule: str | None


class FailureDetail(Struct, frozen=True):
    """One failure with what it was judged by, what was proposed, and where else it was seen in its repository."""

    failure: FailureSummary
    confidence: Annotated[float, Meta(description="0 to 1, and of the category: how sure the reader of the log is")]
    message: Annotated[str, Meta(description="The normalised text that the fingerprint stands for")]
    verdict_reason: str
    witnesses: list[Link]
    jobs: list[FailedJobView]
    lines: list[EvidenceLine]
    evidence: list[EvidenceBlock]
    places: list[Place]
    pull_request_number: int | None
    fixes: list[FixSummary]
    pattern: Annotated[
        Pattern | None,
        Meta(description="How its fingerprint fares in its repository; null for the minute until it is counted"),
    ]
    seen_before: Annotated[
        list[FailureSummary], Meta(description="The newest other failures of its fingerprint in its repository")
    ]
