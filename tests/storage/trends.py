"""Where a pattern is going, said a second time: the recount of all rows compares it with what the database says."""

from datetime import date

from storage.patterns import Trend

NEW_DAYS = 7
RESOLVED_DAYS = 14


def trend_of(first_seen: date, last_seen: date, today: date, recent: int, before: int, *, green_since: bool) -> Trend:
    """As `storage.patterns.Trend` has it."""
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
