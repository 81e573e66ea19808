"""Where a pattern is going, in one word of four."""

from datetime import date

from storage.patterns import Trend

NEW_DAYS = 7
RECENT_DAYS = 7
BEFORE_DAYS = 28
RESOLVED_DAYS = 14
"""Two weeks: what fails on some days of the week, or in a workflow that runs weekly, has had its chance."""


def trend_of(first_seen: date, last_seen: date, today: date, recent: int, before: int, *, green_since: bool) -> Trend:
    """The first of these that fits; all are days of UTC.

    new: first seen within the last seven days, today among them. Said first: what is new has nothing to rise from.
    resolved: not seen for fourteen days, though the workflow that showed it has passed since; a workflow that never ran
    again has resolved nothing.
    rising: more sightings in the last seven days than chance explains, were all of these five weeks alike. Then
    `recent` would be binomial with one fifth of `recent + before`; it is rising where it is more than two standard
    deviations (0.4 of the root) above that. So two in a week after four weeks of none are, and twelve after forty not.
    recurring: all else.
    """
    if (today - first_seen).days < NEW_DAYS:
        return Trend.NEW
    if (today - last_seen).days >= RESOLVED_DAYS and green_since:
        return Trend.RESOLVED
    if _is_rising(recent, before):
        return Trend.RISING
    return Trend.RECURRING


def _is_rising(recent: int, before: int) -> bool:
    """In whole numbers: recent - total / 5 > 2 * sqrt(total * 1/5 * 4/5)."""
    above = 4 * recent - before
    return above > 0 and above * above > 16 * (recent + before)
