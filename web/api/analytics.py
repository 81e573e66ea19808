"""Figures over many failures and fixes."""

from http import HTTPStatus

from web import analytics
from web.analytics_models import Dashboard, Effectiveness, FailureCounts, PatternPage, PatternsQuery, WindowQuery
from web.api.operation import Asked, Operation


async def get_failure_counts(asked: Asked) -> FailureCounts:
    """Failures, counted."""
    return await analytics.failure_counts(asked.site, asked.person, asked.given_as(WindowQuery))


async def get_dashboard(asked: Asked) -> Dashboard:
    """What an overview shows."""
    return await analytics.dashboard(asked.site, asked.person, asked.given_as(WindowQuery))


async def list_patterns(asked: Asked) -> PatternPage:
    """A page of patterns."""
    return await analytics.pattern_page(asked.site, asked.person, asked.given_as(PatternsQuery))


async def get_effectiveness(asked: Asked) -> Effectiveness:
    """Kinds of fixes and what became of them."""
    return await analytics.effectiveness(asked.site, asked.person, asked.given_as(WindowQuery))


_UNSEEN = (HTTPStatus.NOT_FOUND,)
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/failures/summary", "get_failure_counts", "How many failures, by category, verdict and day",
              get_failure_counts, FailureCounts, query=WindowQuery, refusals=_UNSEEN),
    Operation("GET", "/analytics/dashboard", "get_dashboard",
              "Totals, funnel, trend, patterns and what waits, of a window of days",
              get_dashboard, Dashboard, query=WindowQuery, refusals=_UNSEEN),
    Operation("GET", "/analytics/patterns", "list_patterns", "Failures by fingerprint, the most frequent first",
              list_patterns, PatternPage, query=PatternsQuery, refusals=_UNSEEN),
    Operation("GET", "/analytics/effectiveness", "get_effectiveness",
              "Which kinds of fixes mend which categories, with intervals",
              get_effectiveness, Effectiveness, query=WindowQuery, refusals=_UNSEEN,
              about="Of the fixes that were proposed in the window. A rate is null below ten: not enough data."),
)  # fmt: skip
