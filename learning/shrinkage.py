"""How probable it is that a fix works, from the outcomes of fixes like it: each level borrows from the wider one.

Levels, each within the one before: all fixes of the installation, those for the category, those of the same kind among
them, and those for the very failure among these. The rate of a level is a Beta distribution whose prior is the wider
level's posterior; `Strengths` say how many outcomes a wider level is worth to a narrower one (empirical Bayes: Casella,
"An Introduction to Empirical Bayes Data Analysis", 1985, https://doi.org/10.2307/2682801; Efron and Morris, "Stein's
Paradox in Statistics", 1977). Each outcome is counted once, at the narrowest level that holds it.

Strengths are those with the greatest marginal likelihood of the beta-binomial distribution (Skellam 1948; Griffiths
1973, https://doi.org/10.2307/2529131), with a weak prior around `USUAL`, which is what holds where there is no data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import lgamma, log2, sqrt

from storage.outcomes import NONE, Tallies, Tally

ENOUGH = 10
"""Outcomes, by weight, below which a level gives no figure: the product's own rule."""
USUAL = 8.0
"""Outcomes that a wider level is worth where nothing is known of how much fixes differ within it: less than `ENOUGH`,
so that a level that gives a figure says more of it than its prior does."""
_CANDIDATES = tuple(USUAL * 2 ** (step / 2) for step in range(-8, 13))
"""From half an outcome (levels have nothing in common) to 512 (they are alike)."""
_SPREAD = 2.0
"""Of the prior on log2 of a strength: a fourfold of `USUAL` is nothing unusual."""
_HAIR = 1e-6
"""By which a sum of weights such as 0.1 misses its whole number."""
_Z = 1.959964
"""Of a 95 % interval."""


class Level(StrEnum):
    """Which outcomes a figure rests on, in words."""

    EVERY = "all fixes here"
    CATEGORY = "fixes for this category"
    CATEGORY_KIND = "fixes of this kind for this category"
    FAILURE_KIND = "fixes of this kind for this failure"


@dataclass(frozen=True, slots=True)
class Strengths:
    """How many outcomes the wider level is worth to each level."""

    category: float = USUAL
    category_kind: float = USUAL
    failure_kind: float = USUAL


@dataclass(frozen=True, slots=True)
class Step:
    """What is thought at a level, with all wider ones: the mean, and the outcomes that it is worth (`strength`)."""

    level: Level
    mean: float
    strength: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """`probability` with its 95 % interval; `n` outcomes of `level`, the narrowest with `ENOUGH`, speak for it."""

    probability: float
    low: float
    high: float
    n: int
    level: Level
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes for one failure by one kind of fix."""

    category: str
    kind: str
    fingerprint: str
    tally: Tally


def estimate(tallies: Tallies, strengths: Strengths) -> Estimate | None:
    """The figure for a fix; None where all of the installation has fewer than `ENOUGH` outcomes."""
    nested = _nested(tallies)
    speaking = [(level, tally) for level, tally in zip(Level, nested, strict=True) if enough(tally.n)]
    if not speaking:
        return None
    level, tally = speaking[-1]
    steps = chain(tallies, strengths)
    mean, strength = steps[-1].mean, steps[-1].strength
    nearest = next(one for one in reversed(nested) if one.n > 0)
    low, high = interval(mean, strength, nearest.successes / nearest.n)
    return Estimate(mean, low, high, int(tally.n + _HAIR), level, steps)


def enough(n: float) -> bool:
    """Whether so many outcomes, by weight, are a history."""
    return n >= ENOUGH - _HAIR


def chain(tallies: Tallies, strengths: Strengths) -> tuple[Step, ...]:
    """What is thought at each level, widest first."""
    nested = (*_nested(tallies), NONE)
    own = [_without(wide, narrow) for wide, narrow in pairwise(nested)]
    # Laplace's rule of succession: before the first outcome every rate is as likely as any other.
    steps = [_step(Level.EVERY, own[0], 0.5, 2.0)]
    worth = (strengths.category, strengths.category_kind, strengths.failure_kind)
    for level, tally, most in zip(tuple(Level)[1:], own[1:], worth, strict=True):
        steps.append(_step(level, tally, steps[-1].mean, _handed_down(most, steps[-1].strength)))
    return tuple(steps)


def interval(mean: float, strength: float, rate: float) -> tuple[float, float]:
    """The 95 % interval (Wilson 1927) of a rate that is known as well as by `strength` outcomes.

    `rate` is what was observed nearest by: the variance is the greatest between that and the mean. So more outcomes of
    one rate always narrow it, also while they draw the mean away from a prior that was far from them.
    """
    low, high = sorted((mean, rate))
    spread = 0.25 if low <= 0.5 <= high else max(low * (1 - low), high * (1 - high))
    middle = (mean + _Z**2 / (2 * strength)) / (1 + _Z**2 / strength)
    half = _Z * sqrt(spread * strength + _Z**2 / 4) / (strength + _Z**2)
    # Moved and not cut where it would leave 0 to 1: a cut one would look surer than it is.
    middle = min(max(middle, half), 1 - half)
    return middle - half, middle + half


def strengths_of(groups: Sequence[Group]) -> Strengths:
    """How much the levels have in common, from the outcomes of an installation: a level at a time, widest first.

    What is expected of a group comes from all others and never from itself, as it is for a fix.
    """
    every = NONE
    category: dict[str, Tally] = {}
    kind: dict[tuple[str, str], Tally] = {}
    for one in groups:
        every = _together(every, one.tally)
        category[one.category] = _together(category.get(one.category, NONE), one.tally)
        kind[one.category, one.kind] = _together(kind.get((one.category, one.kind), NONE), one.tally)
    found = Strengths()
    of_category = [(chain(Tallies(every, tally), found)[0], tally) for tally in category.values()]
    found = replace(found, category=_likeliest(of_category))
    of_kind = [(chain(Tallies(every, category[key[0]], tally), found)[1], tally) for key, tally in kind.items()]
    found = replace(found, category_kind=_likeliest(of_kind))
    of_failure = [
        (chain(Tallies(every, category[one.category], kind[one.category, one.kind], one.tally), found)[2], one.tally)
        for one in groups
    ]
    return replace(found, failure_kind=_likeliest(of_failure))


def _nested(tallies: Tallies) -> tuple[Tally, Tally, Tally, Tally]:
    return tallies.every, tallies.category, tallies.category_kind, tallies.failure_kind


def _together(one: Tally, other: Tally) -> Tally:
    return Tally(one.successes + other.successes, one.n + other.n)


def _without(wide: Tally, narrow: Tally) -> Tally:
    """The rest; sums of weights differ in their last digits by the order in which they were made."""
    n = max(0.0, wide.n - narrow.n)
    return Tally(min(n, max(0.0, wide.successes - narrow.successes)), n)


def _step(level: Level, own: Tally, prior_mean: float, prior: float) -> Step:
    strength = own.n + prior
    return Step(level, (own.successes + prior * prior_mean) / strength, strength)


def _handed_down(worth: float, strength: float) -> float:
    """What a wider level that is known as by `strength` outcomes is worth to a narrower one: at most `worth`.

    The law of total variance: with m known as well as a Beta of `strength` is, and the narrower rate a Beta around m of
    `worth`, its variance is m (1 - m) (1 / (s + 1) + s / (s + 1) / (w + 1)), which is that of a Beta of this strength.
    So from few outcomes nobody is sure, however alike the levels are.
    """
    return strength * worth / (strength + worth + 1)


def _likeliest(groups: Sequence[tuple[Step, Tally]]) -> float:
    def score(worth: float) -> float:
        return sum(_likelihood(wide, tally, worth) for wide, tally in groups) - (log2(worth / USUAL) / _SPREAD) ** 2 / 2

    return max(_CANDIDATES, key=score)


def _likelihood(wide: Step, tally: Tally, worth: float) -> float:
    """The logarithm of the beta-binomial likelihood of a group's outcomes, whose order is known."""
    prior = _handed_down(worth, wide.strength)
    a, b = prior * wide.mean, prior * (1 - wide.mean)
    failures = tally.n - tally.successes
    made = lgamma(a + tally.successes) + lgamma(b + failures) - lgamma(prior + tally.n)
    return made - lgamma(a) - lgamma(b) + lgamma(prior)
