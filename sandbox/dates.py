"""Ranges of time as GitHub's search writes them, for the ``created`` of a list of runs.

https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.clock import parse_stamp
from sandbox.errors import validation_failed

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Range:
    """From ``first`` to ``last``, both within it; GitHub's times have whole seconds."""

    first: datetime
    last: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment, as GitHub shows it, lies in the range."""
        return self.first <= moment.replace(microsecond=0) <= self.last


def read_range(text: str) -> Range:
    """``2026-01-01``, ``>=TIME``, ``>TIME``, ``<=TIME``, ``<TIME`` or ``TIME..TIME``, where ``*`` is open; else 422."""
    if ".." in text:
        first, _, last = text.partition("..")
        return Range(_FIRST if first == "*" else _moments(first)[0], _LAST if last == "*" else _moments(last)[1])
    for sign in (">=", "<=", ">", "<"):
        if text.startswith(sign):
            first_of, last_of = _moments(text.removeprefix(sign))
            return {
                ">=": Range(first_of, _LAST),
                "<=": Range(_FIRST, last_of),
                ">": Range(last_of + _SECOND, _LAST),
                "<": Range(_FIRST, first_of - _SECOND),
            }[sign]
    return Range(*_moments(text))


def _moments(text: str) -> tuple[datetime, datetime]:
    """The first and the last second of what is named: a day or a second."""
    moment = parse_stamp(text)
    if moment is None:
        raise validation_failed("WorkflowRun", "created", "invalid")
    last = moment + timedelta(days=1) - _SECOND if _DAY.fullmatch(text) else moment
    return moment, last
