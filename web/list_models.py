"""What lists take and give: filters, cursors, pages, totals."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from analysis.diagnosis import Category
from analysis.verdict import Verdict
from storage.fixes import FixState
from web.models import Clarification, Cursor, FixSummary, Limit, RepositoryName

MOST_COUNTED = 10_000
"""A total is counted up to here: whoever needs more asks the analytics, which are kept counted."""

# Neither stores what PostgreSQL cannot hold, so neither is asked for it.
Branch = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,255}$", description="The head branch, whole", examples=["main"])
]
FingerprintText = Annotated[
    str,
    Meta(pattern=r"^[^\x00-\x1f\x7f]{1,200}$", description="Of a failure, as `fingerprint` names it"),
]
Since = Annotated[datetime, Meta(tz=True, description="From this moment on", examples=["2026-01-31T00:00:00Z"])]
Until = Annotated[datetime, Meta(tz=True, description="Before this moment", examples=["2026-02-28T00:00:00Z"])]
Total = Annotated[
    int,
    Meta(description=f"How many there are in all, where it was asked for; {MOST_COUNTED} means that many or more"),
]
WithTotal = Annotated[bool, Meta(description="Count all, not this page alone")]


class FailureStatus(StrEnum):
    """Whether a failure is over: its workflow was green on its branch later."""

    OPEN = "open"
    RESOLVED = "resolved"


class FixesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which fixes to list. `status` and `state` are the same; `category` and `verdict` are of a failure it is for."""

    repository: RepositoryName | None = None
    state: FixState | None = None
    status: FixState | None = None
    category: Category | None = None
    branch: Branch | None = None
    verdict: Verdict | None = None
    since: Since | None = None
    until: Until | None = None
    total: WithTotal = False
    limit: Limit = 30
    cursor: Cursor | None = None


class FixPage(Struct, frozen=True):
    """A page of fixes, newest first. It may be short, or empty: `next_cursor` says whether there is more."""

    fixes: list[FixSummary]
    next_cursor: str | None
    total: Total | UnsetType = UNSET


class ClarificationsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which questions to list."""

    repository: RepositoryName | None = None
    total: WithTotal = False
    limit: Limit = 30
    cursor: Cursor | None = None


class ClarificationPage(Struct, frozen=True):
    """A page of questions, oldest first."""

    clarifications: list[Clarification]
    next_cursor: str | None
    total: Total | UnsetType = UNSET
