"""Rows of counts -> what the API says of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from analysis.languages import language_of
from learning.rates import rate
from storage.analytics import Day, Effect, Funnel, Overview
from storage.patterns import PatternRow
from storage.waits import TimeToGreen
from web.analytics_models import (
    CountOf,
    DayView,
    EffectView,
    FunnelView,
    Pattern,
    RateView,
    TimeToGreenView,
    Totals,
)


def window(days: int) -> tuple[date, date]:
    """The first and the last of so many days (UTC), today the last."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=days - 1), today


def share(successes: int, n: int) -> RateView | None:
    """A rate with its interval; None: not enough data."""
    found = rate(successes, n)
    return None if found is None else RateView(found.successes, found.n, found.share, found.low, found.high)


def totals(found: Overview) -> Totals:
    """The sums of a window."""
    return Totals(
        runs=found.runs,
        runs_passed=found.runs_passed,
        runs_failed=found.runs_failed,
        failure_rate=share(found.runs_failed, found.runs_passed + found.runs_failed),
        failures=found.failures,
        by_category=counts(found.by_category),
        by_verdict=counts(found.by_verdict),
    )


def counts(found: Mapping[str, int]) -> list[CountOf]:
    """What there is any of, the most first."""
    return [CountOf(name, n) for name, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n]


def funnel(found: Funnel) -> FunnelView:
    """How many fixes reached each state."""
    return FunnelView(**{name: getattr(found, name) for name in FunnelView.__struct_fields__})


def trend(days: Sequence[Day]) -> list[DayView]:
    """A row a day."""
    return [
        DayView(
            day=one.day,
            runs=one.runs,
            runs_failed=one.runs_failed,
            failures=one.failures,
            fixes_proposed=one.fixes.proposed,
            fixes_verified=one.fixes.verified,
        )
        for one in days
    ]


def time_to_green(found: TimeToGreen) -> TimeToGreenView:
    """How long until green."""
    return TimeToGreenView(found.n, found.mean_seconds, found.median_seconds)


def pattern(row: PatternRow) -> Pattern:
    """Failures of one fingerprint."""
    decided = row.fixes_verified + row.fixes_ineffective + row.fixes_rejected + row.fixes_undone
    return Pattern(
        fingerprint=row.fingerprint,
        category=row.category,
        tool=row.tool,
        language=language_of(row.tool),
        message=row.message,
        trend=row.trend,
        repositories=row.repositories,
        occurrences=row.occurrences,
        recent=row.recent,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        green_since=row.green_since,
        mean_seconds_to_green=row.green_mean_seconds,
        median_seconds_to_green=row.green_median_seconds,
        fixes_proposed=row.fixes_proposed,
        fixes_approved=row.fixes_approved,
        fixes_verified=row.fixes_verified,
        success_rate=share(row.fixes_verified, decided),
        best_fix=None if row.best_fix_id is None else f"F{row.best_fix_id}",
        computed_at=row.computed_at,
    )


def effect(row: Effect) -> EffectView:
    """What became of one kind of fix."""
    return EffectView(
        kind=row.kind,
        category=row.category,
        proposed=row.proposed,
        approved=row.approved,
        verified=row.verified,
        ineffective=row.ineffective,
        rejected=row.rejected,
        undone=row.undone,
        approval_rate=share(row.approved, row.approved + row.rejected),
        success_rate=share(row.verified, row.verified + row.ineffective + row.rejected + row.undone),
    )
