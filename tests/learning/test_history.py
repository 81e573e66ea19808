"""What is known of a fix at its proposal is what had happened by then, whatever happened later."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.simulated_fixes import BEGIN, World, outcomes_of
from learning.history import Example, examples, known_at
from learning.kinds import kind_of
from storage.outcomes import FixFeatures, Outcome, Tallies, Tally

FAILURES = ("a", "b", "c")


@st.composite
def histories(draw: st.DrawFn) -> list[Outcome]:
    """Fixes of three failures with their decisions, some of which were replaced, in few moments."""
    made: list[Outcome] = []
    for number in range(draw(st.integers(1, 12))):
        proposed = draw(st.integers(0, 9))
        moments = sorted(draw(st.lists(st.integers(proposed, 12), min_size=1, max_size=3)))
        features = FixFeatures(
            draw(st.sampled_from(FAILURES)),
            draw(st.sampled_from(("lint", "test"))),
            draw(st.sampled_from(("recipe:x", "engine:g:m"))),
        )
        for at, moment in enumerate(moments):
            later = moments[at + 1] if at + 1 < len(moments) else None
            made.append(
                Outcome(
                    fix_event_id=len(made) + 1,
                    fix_id=number,  # type: ignore[arg-type]  # any number is an id here
                    repository_id=1,
                    kind=kind_of(features.source),
                    features=features,
                    succeeded=draw(st.booleans()),
                    weight=draw(st.sampled_from((0.5, 1.0))),
                    proposed_at=hour(proposed),
                    decided_at=hour(moment),
                    replaced_at=None if later is None else hour(later),
                )
            )
    return made


def hour(number: int) -> datetime:
    return BEGIN + timedelta(hours=number)


def slowly(history: list[Outcome], one: Outcome) -> Tallies:
    """What was known at a proposal, counted anew."""
    held = [
        other
        for other in history
        if other.decided_at < one.proposed_at and (other.replaced_at is None or other.replaced_at >= one.proposed_at)
    ]
    mine = one.features

    def tally(found: list[Outcome]) -> Tally:
        return Tally(sum(other.weight for other in found if other.succeeded), sum(other.weight for other in found))

    category = [other for other in held if other.features.category == mine.category]
    kind = [other for other in category if other.kind == one.kind]
    failure = [other for other in kind if other.features.fingerprint == mine.fingerprint]
    any_kind = [other for other in held if other.features.fingerprint == mine.fingerprint]
    return Tallies(*map(tally, (held, category, kind, failure, any_kind)))


@given(history=histories())
def test_what_was_known_is_what_a_slow_count_gives(history: list[Outcome]) -> None:
    expected = sorted(
        (one for one in history if one.replaced_at is None), key=lambda one: (one.proposed_at, one.fix_event_id)
    )
    assert [one.tallies for one in examples(history)] == [slowly(history, one) for one in expected]


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_later_changes_nothing_of_what_was_known(seed: int) -> None:
    history = outcomes_of(World(seed).history(200))
    moment = history[120].proposed_at
    random = Random(seed)
    other = [replace(one, succeeded=random.random() < 0.5) if one.decided_at >= moment else one for one in history]
    random.shuffle(other)
    assert known(examples(other), moment) == known(examples(history), moment)


def known(found: tuple[Example, ...], moment: datetime) -> list[Tallies]:
    return [one.tallies for one in found if one.proposed_at <= moment]


@given(history=histories(), moment=st.integers(0, 12))
def test_what_stood_at_a_moment_is_the_last_decision_of_each_fix_by_then(history: list[Outcome], moment: int) -> None:
    last = {one.fix_id: one for one in history if one.decided_at <= hour(moment)}
    counted = known_at(history, hour(moment)).tallies(FixFeatures("a", "lint", "recipe:x"))
    assert counted.every.n == sum(one.weight for one in last.values())
    assert counted.failure.successes == sum(
        one.weight for one in last.values() if one.succeeded and one.features.fingerprint == "a"
    )
