"""Outcomes in the order of time: what was known of each fix when it was proposed, and nothing later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from learning.kinds import kind_of
from learning.shrinkage import Group
from storage.outcomes import NONE, FixFeatures, Outcome, Tallies, Tally

_NOTHING = 1e-9
# What comes first of what happens at one moment.
_PROPOSED, _DECIDED, _REPLACED = range(3)


@dataclass(frozen=True, slots=True)
class Example:
    """A fix whose outcome is known: what could be known at its proposal, and what came out."""

    features: FixFeatures
    tallies: Tallies
    succeeded: bool
    weight: float
    proposed_at: datetime
    decided_at: datetime


class Counts:
    """Outcomes counted at every level, as they become known and as they are decided otherwise."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, ...], Tally] = {}

    def count(self, one: Outcome, *, out: bool = False) -> None:
        """Count a decision in, or one that was replaced out again."""
        sign = -1 if out else 1
        for key in _keys(one.features):
            tally = self._of.get(key, NONE)
            n = tally.n + sign * one.weight
            won = sign * one.weight if one.succeeded else 0.0
            # Sums of weights may end a hair beside nothing.
            self._of[key] = Tally(tally.successes + won, n) if n > _NOTHING else NONE

    def tallies(self, features: FixFeatures) -> Tallies:
        """What is known that may speak for such a fix."""
        return Tallies(*(self._of.get(key, NONE) for key in _keys(features)))

    def groups(self) -> tuple[Group, ...]:
        """What is known by category, kind and failure."""
        return tuple(Group(*key, tally) for key, tally in self._of.items() if len(key) == 3)


def examples(outcomes: Sequence[Outcome]) -> tuple[Example, ...]:
    """The fixes with an outcome that holds, in the order of their proposals, each with what was known right before it.

    Decisions of the same moment as a proposal are later than it.
    """
    counts, made = Counts(), []
    for _, what, _, one in sorted(_moments(outcomes), key=lambda moment: moment[:3]):
        if what == _PROPOSED:
            known = counts.tallies(one.features)
            made.append(Example(one.features, known, one.succeeded, one.weight, one.proposed_at, one.decided_at))
        else:
            counts.count(one, out=what == _REPLACED)
    return tuple(made)


def known_at(outcomes: Sequence[Outcome], moment: datetime) -> Counts:
    """The outcomes as they stood at a moment."""
    counts = Counts()
    for one in outcomes:
        if one.decided_at <= moment and (one.replaced_at is None or one.replaced_at > moment):
            counts.count(one)
    return counts


def _moments(outcomes: Sequence[Outcome]) -> Iterator[tuple[datetime, int, int, Outcome]]:
    for one in outcomes:
        yield one.decided_at, _DECIDED, one.fix_event_id, one
        if one.replaced_at is None:
            yield one.proposed_at, _PROPOSED, one.fix_event_id, one
        else:
            # Two transactions at once may tell their times in the wrong order.
            yield max(one.replaced_at, one.decided_at), _REPLACED, one.fix_event_id, one


def _keys(features: FixFeatures) -> tuple[tuple[str, ...], ...]:
    """In the order of `Tallies`; those of a group are three."""
    category, kind, fingerprint = features.category, kind_of(features.source), features.fingerprint
    return (), (category,), (category, kind), (category, kind, fingerprint), ("of the failure", fingerprint, "", "")
