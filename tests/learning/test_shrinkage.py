"""Few outcomes lean on many, and are never surer than they."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from learning.shrinkage import (
    ENOUGH,
    USUAL,
    Estimate,
    Group,
    Level,
    Strengths,
    chain,
    estimate,
    strengths_of,
)
from storage.outcomes import NONE, Tallies, Tally

USUALLY = Strengths()
RATES = st.floats(0, 1)
STRENGTHS = st.builds(Strengths, *[st.floats(0.5, 512)] * 3)


def sure(tallies: Tallies, strengths: Strengths = USUALLY) -> Estimate:
    found = estimate(tallies, strengths)
    assert found is not None
    return found


def nested(*shells: tuple[float, float]) -> Tallies:
    """Levels, widest first, from what each has beside the narrower ones: successes and outcomes."""
    tallies: list[Tally] = []
    successes, n = 0.0, 0.0
    for good, more in reversed(shells):
        successes, n = successes + good, n + more
        tallies.insert(0, Tally(successes, n))
    return Tallies(*tallies)


SHELLS = st.lists(
    st.tuples(RATES, st.integers(0, 300)).map(lambda one: (one[0] * one[1], one[1])), min_size=4, max_size=4
)


@given(wider=SHELLS, rate=RATES, fewer=st.integers(1, 200), more=st.integers(1, 200), strengths=STRENGTHS)
def test_the_same_rate_with_fewer_outcomes_is_nearer_to_the_prior_and_less_sure(
    wider: list[tuple[float, float]], rate: float, fewer: int, more: int, strengths: Strengths
) -> None:
    few = nested(*wider[:3], (rate * fewer, fewer))
    many = nested(*wider[:3], (rate * (fewer + more), fewer + more))
    assume(few.every.n >= ENOUGH)
    prior = chain(few, strengths)[-2].mean
    one, other = sure(few, strengths), sure(many, strengths)
    assert abs(one.probability - prior) <= abs(other.probability - prior) + 1e-9
    assert one.high - one.low > other.high - other.low


@given(shells=SHELLS, part=st.integers(2, 10), strengths=STRENGTHS)
def test_a_whole_history_of_fewer_outcomes_is_known_less_well(
    shells: list[tuple[float, float]], part: int, strengths: Strengths
) -> None:
    whole = nested(*shells)
    less = nested(*((good / part, n / part) for good, n in shells))
    assume(less.every.n > 0)
    for one, other in zip(chain(less, strengths), chain(whole, strengths), strict=True):
        assert one.strength <= other.strength


@given(shells=SHELLS, strengths=STRENGTHS)
def test_the_probability_is_within_its_interval_and_that_within_0_and_1(
    shells: list[tuple[float, float]], strengths: Strengths
) -> None:
    found = estimate(nested(*shells), strengths)
    if found is not None:
        assert -1e-9 <= found.low < found.probability + 1e-9
        assert found.probability < found.high + 1e-9 <= 1 + 2e-9


@given(shells=SHELLS)
def test_there_is_a_figure_from_the_tenth_outcome_on_and_not_before(shells: list[tuple[float, float]]) -> None:
    tallies = nested(*shells)
    found = estimate(tallies, Strengths())
    assert (found is None) == (tallies.every.n < 10)
    if found is not None:
        levels = dict(
            zip(Level, (tallies.every, tallies.category, tallies.category_kind, tallies.failure_kind), strict=True)
        )
        assert levels[found.level].n == found.n >= 10
        assert all(levels[level].n < 10 for level in list(Level)[list(Level).index(found.level) + 1 :])


def test_weights_are_summed_and_half_outcomes_are_half_a_history() -> None:
    assert estimate(Tallies(Tally(9.5, 9.5)), Strengths()) is None
    tenths = sum([0.1] * 100)
    assert sure(Tallies(Tally(tenths, tenths))).n == 10


@pytest.mark.parametrize(
    ("tallies", "level", "n"),
    [
        (nested((30, 41), (0, 0), (0, 0), (0, 0)), Level.EVERY, 41),
        (nested((30, 41), (9, 12), (0, 0), (0, 0)), Level.CATEGORY, 12),
        (nested((30, 41), (9, 12), (7, 11), (3, 9)), Level.CATEGORY_KIND, 20),
        (nested((30, 41), (9, 12), (7, 11), (3, 10)), Level.FAILURE_KIND, 10),
    ],
)
def test_the_narrowest_level_with_ten_outcomes_speaks(tallies: Tallies, level: Level, n: int) -> None:
    found = sure(tallies)
    assert (found.level, found.n) == (level, n)


def test_what_nothing_is_known_of_is_what_fixes_here_are() -> None:
    elsewhere = Tallies(Tally(820, 1000))
    found = sure(elsewhere)
    assert found.probability == pytest.approx(0.82, abs=0.001)
    # Of another category nobody knows: it may be another rate altogether.
    assert found.high - found.low > 0.3


def test_no_outcome_is_counted_twice() -> None:
    alone = Tally(8, 10)
    assert sure(Tallies(alone, alone, alone, alone)).probability == pytest.approx(
        # Laplace's rule, which nothing of the same ten outcomes may strengthen.
        (8 + _handed(2) * 0.5) / (10 + _handed(2))
    )


def _handed(strength: float) -> float:
    """What nothing at all, worth two outcomes at the widest level, is worth at the narrowest."""
    for _ in range(3):
        strength = strength * USUAL / (strength + USUAL + 1)
    return strength


def groups(random: Random, spread: float, each: int) -> list[Group]:
    """Forty failures of one category and kind, and three more categories like it."""
    made = []
    for category in ("lint", "test", "build", "format"):
        for failure in range(40):
            rate = min(0.98, max(0.02, random.gauss(0.6, spread)))
            good = sum(random.random() < rate for _ in range(each))
            made.append(Group(category, "recipe:x", f"{category}-{failure}", Tally(good, each)))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_failures_that_are_alike_borrow_much_and_those_that_are_not_borrow_little(seed: int) -> None:
    alike = strengths_of(groups(Random(seed), 0.0, 12)).failure_kind
    unlike = strengths_of(groups(Random(seed), 0.3, 12)).failure_kind
    assert alike > 60
    assert unlike < 8


def test_without_outcomes_the_levels_borrow_what_is_usual() -> None:
    assert strengths_of([]) == Strengths(USUAL, USUAL, USUAL)


def test_a_group_without_outcomes_teaches_nothing() -> None:
    made = groups(Random(1), 0.2, 5)
    assert strengths_of([*made, Group("lint", "recipe:z", "none", NONE)]) == strengths_of(made)
