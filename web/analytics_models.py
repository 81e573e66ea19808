"""What the API says of many failures and fixes: counts, rates, patterns, trends."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from analysis.diagnosis import Category
from storage.patterns import Trend
from web.models import Cursor, Limit, RepositoryName

Days = Annotated[int, Meta(ge=1, le=366, description="How many days (UTC) back, today among them")]
Part = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class RepositoryPath(Struct, frozen=True):
    """Which repository a path names."""

    owner: Part
    repo: Part


class WindowQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which repositories, and of how many days."""

    repository: RepositoryName | None = None
    days: Days = 30


class DaysQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of how many days."""

    days: Days = 30


class RepositoriesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """A page of repositories, with the counts of so many days."""

    days: Days = 30
    limit: Limit = 30
    cursor: Cursor | None = None


class PatternsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which patterns to list. `days` leaves out what was not seen in them."""

    repository: RepositoryName | None = None
    category: Category | None = None
    trend: Trend | None = None
    days: Days | None = None
    limit: Limit = 30
    cursor: Cursor | None = None


class RateView(Struct, frozen=True):
    """A share of `n` (0 to 1) with Wilson's 95 % interval. There is none below ten: that is not enough data."""

    successes: int
    n: int
    share: float
    low: float
    high: float


class CountOf(Struct, frozen=True):
    """So many of one kind."""

    name: str
    count: int


class FunnelView(Struct, frozen=True):
    """How many fixes reached each state in the window, each once a state; not what became of those proposed in it."""

    proposed: int
    approved: int
    offered: int
    applied: int
    verified: int
    ineffective: int
    rejected: int
    superseded: int
    expired: int
    failed: int
    undone: int


class DayView(Struct, frozen=True):
    """One day of a trend, in UTC."""

    day: date
    runs: int
    runs_failed: int
    failures: int
    fixes_proposed: int
    fixes_verified: int


class Totals(Struct, frozen=True):
    """The sums of a window. `failure_rate` is of the runs that passed or failed; null: not enough data."""

    runs: int
    runs_passed: int
    runs_failed: int
    failure_rate: RateView | None
    failures: int
    by_category: list[CountOf]
    by_verdict: list[CountOf]


class TimeToGreenView(Struct, frozen=True):
    """How long failed attempts waited for their workflow to pass on their branch; null where none has yet."""

    n: int
    mean_seconds: float | None
    median_seconds: Annotated[float | None, Meta(description="Within a tenth")]


class Pattern(Struct, frozen=True):
    """Failures of one fingerprint over the repositories that one may read in one installation.

    `success_rate` is of the fixes for it that were verified, ineffective, rejected or undone; null: not enough data.
    """

    fingerprint: str
    category: str
    tool: str | None
    language: Annotated[str | None, Meta(description="Of the tool; null for one of several languages, or of none")]
    message: str
    trend: Trend
    repositories: int
    occurrences: int
    recent: Annotated[int, Meta(description="In the last seven days")]
    first_seen: datetime
    last_seen: datetime
    green_since: Annotated[bool, Meta(description="Whether its workflow has passed since, wherever it was seen")]
    mean_seconds_to_green: float | None
    median_seconds_to_green: Annotated[
        float | None, Meta(description="Within a tenth; only where one fingerprint is told of, not in lists")
    ]
    fixes_proposed: int
    fixes_approved: int
    fixes_verified: int
    success_rate: RateView | None
    best_fix: Annotated[str | None, Meta(description="The newest that CI found green", examples=["F12"])]
    computed_at: datetime


class PatternPage(Struct, frozen=True):
    """A page of patterns, the most frequent first."""

    patterns: list[Pattern]
    next_cursor: str | None


class EffectView(Struct, frozen=True):
    """What became of the fixes of one kind for one category that were proposed in the window.

    `success_rate` is of those with an outcome (verified, ineffective, rejected, undone); `approval_rate` of those that
    somebody decided on. Null: not enough data.
    """

    kind: Annotated[str, Meta(examples=["recipe:ruff-unused-import", "engine:gemini"])]
    category: str
    proposed: int
    approved: int
    verified: int
    ineffective: int
    rejected: int
    undone: int
    approval_rate: RateView | None
    success_rate: RateView | None


class Effectiveness(Struct, frozen=True):
    """Kinds of fixes and what became of them, the most frequent first."""

    since: date
    until: date
    effects: list[EffectView]


class FailureCounts(Struct, frozen=True):
    """How many failures, by what they are."""

    since: date
    until: date
    failures: int
    by_category: list[CountOf]
    by_verdict: list[CountOf]
    by_day: list[DayView]


class Waiting(Struct, frozen=True):
    """What waits for people; each counted up to 10,000."""

    fixes: int
    questions: int


class HealthInShort(Struct, frozen=True):
    """Jobs about these repositories that wait or run, and deliveries to the instance that are not read yet."""

    jobs_waiting: int
    jobs_running: int
    deliveries_waiting: int


class Dashboard(Struct, frozen=True):
    """What an overview shows."""

    since: date
    until: date
    repositories: int
    totals: Totals
    funnel: FunnelView
    days: list[DayView]
    time_to_green: TimeToGreenView
    top_patterns: list[Pattern]
    waiting: Waiting
    health: HealthInShort


class RepositoryView(Struct, frozen=True):
    """A repository that one may read, with the counts of a window and what waits now."""

    id: int
    name: Annotated[str, Meta(examples=["octo/geo"])]
    default_branch: str
    runs: int
    runs_failed: int
    failures: int
    fixes_waiting: int
    time_to_green: TimeToGreenView
    top_fingerprints: list[str]


class RepositoryPage(Struct, frozen=True):
    """A page of repositories, the oldest id first. It may be short, or empty: `next_cursor` says if there is more."""

    since: date
    until: date
    repositories: list[RepositoryView]
    next_cursor: str | None


class RepositoryAnalytics(Struct, frozen=True):
    """One repository: what fails there, what mends it, and how that goes."""

    repository: str
    since: date
    until: date
    totals: Totals
    funnel: FunnelView
    days: list[DayView]
    time_to_green: TimeToGreenView
    top_patterns: list[Pattern]
    effects: list[EffectView]
    waiting: Waiting
