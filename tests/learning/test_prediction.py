"""What is said of a fix, and why."""

from dataclasses import replace

import pytest

from bench.simulated_fixes import World, outcomes_of
from learning.history import known_at
from learning.model import Model
from learning.prediction import Prediction, in_words, predict
from learning.shrinkage import Strengths
from learning.training import train
from storage.confidence import Confidence
from storage.outcomes import FixFeatures, Tallies, Tally

FIX = FixFeatures("ruff:1", "lint", "recipe:ruff-fix")
HERE = Tallies(Tally(60, 100), Tally(45, 60), Tally(38, 41), Tally(9, 9), Tally(9, 9))


def made(features: FixFeatures, tallies: Tallies, model: Model | None = None, version: int | None = None) -> Prediction:
    found = predict(features, tallies, model, version)
    assert found is not None
    return found


def test_it_is_said_from_how_many_similar_fixes() -> None:
    said = made(FIX, HERE).confidence
    assert in_words(said) == "93 %, from 41 similar fixes"
    assert (said.n, said.level, said.model) == (41, "fixes of this kind for this category", None)


def test_below_ten_outcomes_nothing_is_said() -> None:
    few = Tally(9, 9)
    assert predict(FIX, Tallies(few, few, few, few, few), None, None) is None
    assert predict(FIX, Tallies(), Model(), 3) is None
    assert in_words(None) == "not enough history"


@pytest.mark.parametrize(("probability", "text"), [(0.999, "99 %"), (0.001, "1 %"), (0.825, "82 %"), (0.5, "50 %")])
def test_nothing_is_ever_said_to_be_sure(probability: float, text: str) -> None:
    assert in_words(Confidence(probability, 0, 1, 12, "x", None)) == f"{text}, from 12 similar fixes"


def test_the_levels_say_what_moved_it() -> None:
    found = made(FIX, HERE)
    assert found.by_regression is False
    assert sum(one.points for one in found.reasons) == pytest.approx(found.confidence.probability - 0.5, abs=0.003)
    assert found.reasons[0].what == "fixes of this kind for this category"


def test_the_features_say_what_moved_it() -> None:
    outcomes = outcomes_of(World(1).history(1_000))
    trained = train(outcomes)
    assert trained is not None
    one = outcomes[-1].features
    counts = known_at(outcomes, outcomes[-1].decided_at)
    small = replace(one, complexity="trivial", lines=2, files=1, proof_level="command re-run", verdict="yours")
    large = replace(one, complexity="complex", lines=300, files=5, proof_level="command re-run", verdict="yours")
    good, bad = (made(each, counts.tallies(each), trained.model, 7) for each in (small, large))
    assert good.by_regression
    assert good.confidence.model == 7
    assert good.confidence.probability > bad.confidence.probability + 0.1
    moved = {
        which: {reason.what: reason.points for reason in found.reasons}
        for which, found in (("good", good), ("bad", bad))
    }
    assert moved["good"]["complexity"] > 0 > moved["bad"]["complexity"]
    assert moved["good"]["its command was run again"] > 0
    assert [abs(reason.points) for reason in good.reasons] == sorted(
        (abs(reason.points) for reason in good.reasons), reverse=True
    )


def test_a_regression_says_nothing_either_where_there_is_no_history() -> None:
    trained = train(outcomes_of(World(1).history(1_000)))
    assert trained is not None
    assert trained.model.regression is not None
    assert predict(FIX, Tallies(Tally(5, 9)), trained.model, 1) is None


@pytest.mark.parametrize("seed", range(3))
def test_what_is_said_lies_within_its_interval(seed: int) -> None:
    outcomes = outcomes_of(World(seed).history(400))
    trained = train(outcomes)
    assert trained is not None
    counts = known_at(outcomes, outcomes[-1].decided_at)
    for one in outcomes:
        for model in (trained.model, Model(Strengths())):
            said = made(one.features, counts.tallies(one.features), model).confidence
            assert 0 <= said.low <= said.probability <= said.high <= 1
