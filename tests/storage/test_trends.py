from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.patterns import Trend
from tests.storage.trends import trend_of

TODAY = date(2026, 6, 3)


def trend(first: int, last: int, recent: int = 0, before: int = 0, *, green_since: bool = False) -> Trend:
    """Of a pattern first and last seen so many days ago."""
    return trend_of(
        TODAY - timedelta(days=first), TODAY - timedelta(days=last), TODAY, recent, before, green_since=green_since
    )


def test_seven_days_are_new_and_the_eighth_is_not() -> None:
    assert trend(0, 0, 1) is Trend.NEW
    assert trend(6, 0, 500) is Trend.NEW
    assert trend(7, 7, 0, 1) is Trend.RECURRING


def test_a_fortnight_without_it_is_resolved_where_the_workflow_passed_since() -> None:
    assert trend(40, 14, 0, 3, green_since=True) is Trend.RESOLVED
    assert trend(40, 13, 0, 3, green_since=True) is Trend.RECURRING
    assert trend(400, 100, green_since=True) is Trend.RESOLVED
    assert trend(400, 100, green_since=False) is Trend.RECURRING


@pytest.mark.parametrize(
    ("recent", "before", "expected"),
    [
        (1, 0, Trend.RECURRING),  # one alone may be chance
        (2, 0, Trend.RISING),
        (2, 1, Trend.RISING),
        (2, 2, Trend.RECURRING),
        (3, 4, Trend.RECURRING),
        (12, 40, Trend.RECURRING),
        (16, 30, Trend.RISING),
        (10, 40, Trend.RECURRING),  # a week like the four before it
        (0, 0, Trend.RECURRING),
        (1, 100, Trend.RECURRING),  # far fewer than before is no rise
    ],
)
def test_it_rises_where_chance_does_not_explain_the_week(recent: int, before: int, expected: Trend) -> None:
    assert trend(100, 0, recent, before) is expected


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 10))
def test_more_of_late_never_stops_a_rise(recent: int, before: int, more: int) -> None:
    if trend(100, 0, recent, before) is Trend.RISING:
        assert trend(100, 0, recent + more, before) is Trend.RISING
