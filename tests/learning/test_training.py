"""A model is made from the past, judged by what came later, and used where it is no worse than history alone."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import mean, pstdev

import msgspec
import pytest
from sklearn.linear_model import LogisticRegression

from bench.prediction import LATER, predictors
from bench.simulated_fixes import Known, World, outcomes_of
from learning.calibration import scores
from learning.features import NAMES, Vector, vector
from learning.history import examples
from learning.model import Model
from learning.prediction import predict
from learning.regression import apply, contributions, fit, logistic
from learning.shrinkage import Strengths
from learning.training import ENOUGH_TO_FIT, candidate, due, train
from storage.outcomes import FixFeatures, Said

SEEDS = range(4)


def error(say: Callable[[FixFeatures], float], later: Sequence[Known]) -> float:
    """The calibration error against the real probabilities: what came out would add chance to it."""
    found = scores(Said(say(one.outcome.features), one.probability, 1.0) for one in later)
    assert found is not None
    return found.ece


def test_after_a_thousand_outcomes_the_calibration_error_is_at_most_five_percent() -> None:
    found: dict[str, list[float]] = {"shrinkage": [], "regression": [], "in use": []}
    for seed in SEEDS:
        world = World(seed)
        ways = predictors(world.history(1_000))
        later = world.history(LATER)
        for name, errors in found.items():
            errors.append(error(ways[name], later))
    assert max(map(mean, found.values())) <= 0.04
    assert max(found["regression"]) <= 0.05
    assert max(found["in use"]) <= 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_said_at_each_proposal_of_a_thousand_was_calibrated(seed: int) -> None:
    known = examples(outcomes_of(World(seed).history(1_000)))
    said = [(predict(one.features, one.tallies, None, None), one) for one in known]
    found = scores(
        Said(made.confidence.probability, float(one.succeeded), 1.0) for made, one in said if made is not None
    )
    assert found is not None
    assert found.n > 900
    assert found.ece <= 0.05


def test_a_regression_says_more_than_history_where_features_say_something() -> None:
    trained = train(outcomes_of(World(1).history(1_000)))
    assert trained is not None
    assert trained.model.regression is not None
    figures = trained.evaluation
    assert figures.regression is not None
    assert figures.shrinkage is not None
    assert figures.base_rate is not None
    assert figures.regression.brier < figures.shrinkage.brier < figures.base_rate.brier
    assert (figures.regression.auc or 0) > (figures.shrinkage.auc or 0) > (figures.base_rate.auc or 0) == 0.5


def test_a_regression_that_is_worse_on_later_data_is_not_used() -> None:
    # From the moment on from which it is judged, what was small fails and what was large works.
    turned = [
        replace(one, succeeded=one.features.complexity in ("moderate", "complex")) if one.fix_event_id > 420 else one
        for one in outcomes_of(World(2).history(600))
    ]
    trained = train(turned)
    assert trained is not None
    assert trained.evaluation.regression is not None
    assert trained.evaluation.shrinkage is not None
    assert trained.evaluation.regression.brier > trained.evaluation.shrinkage.brier
    assert trained.model.regression is None


def test_below_two_hundred_outcomes_nothing_is_fitted_and_below_ten_nothing_is_made() -> None:
    history = outcomes_of(World(3).history(ENOUGH_TO_FIT))
    few = train(history[: ENOUGH_TO_FIT - 1])
    assert few is not None
    assert few.evaluation.regression is None
    assert few.model.regression is None
    enough = train(history)
    assert enough is not None
    assert enough.evaluation.regression is not None
    assert train(history[:9]) is None
    assert train(history[:10]) is not None
    assert train(()) is None


def test_where_all_comes_out_alike_nothing_is_fitted() -> None:
    history = [replace(one, succeeded=True) for one in outcomes_of(World(3).history(300))]
    trained = train(history)
    assert trained is not None
    assert trained.evaluation.regression is None


@pytest.mark.parametrize("seed", range(2))
def test_what_comes_later_changes_nothing_of_the_regression_that_is_judged_by_it(seed: int) -> None:
    history = outcomes_of(World(seed).history(400))
    moment = sorted(one.decided_at for one in history)[279]
    random = Random(seed)
    later = [replace(one, succeeded=random.random() < 0.5) if one.decided_at > moment else one for one in history]
    random.shuffle(later)
    assert candidate(later) == candidate(history)


def test_training_again_gives_the_same_model() -> None:
    history = outcomes_of(World(5).history(400))
    assert train(history) == train(list(reversed(history)))


def test_a_model_is_json_and_comes_back_as_it_was() -> None:
    trained = train(outcomes_of(World(1).history(1_000)))
    assert trained is not None
    kept = msgspec.json.encode(trained.model)
    assert msgspec.json.decode(kept, type=Model) == trained.model
    assert msgspec.json.decode(kept)["regression"]["names"] == list(NAMES)


def test_the_coefficients_applied_by_hand_say_what_scikit_learn_says() -> None:
    known = examples(outcomes_of(World(4).history(500)))
    rows = [vector(one.features, one.tallies, Strengths()) for one in known]
    good = [one.succeeded for one in known]
    ours = fit(rows, good, [1.0] * len(rows))
    columns = [scaled([value or 0.0 for value in column]) for column in zip(*rows, strict=True)]
    theirs = LogisticRegression(C=0.1, max_iter=1_000).fit(list(zip(*columns, strict=True)), good)
    said = [float(one[1]) for one in theirs.predict_proba(list(zip(*columns, strict=True)))]
    assert [apply(ours, row) for row in rows] == pytest.approx([min(0.99, max(0.01, one)) for one in said], abs=1e-4)


def scaled(column: Sequence[float]) -> list[float]:
    middle, spread = mean(column), pstdev(column)
    return [(value - middle) / (spread or 1.0) for value in column]


def test_a_feature_that_is_not_known_moves_nothing() -> None:
    known = examples(outcomes_of(World(4).history(500)))
    rows = [vector(one.features, one.tallies, Strengths()) for one in known]
    fitted = fit(rows, [one.succeeded for one in known], [1.0] * len(rows))
    unknown: Vector = (*rows[0][:7], None, None, None, None, None, None, None)
    assert contributions(fitted, unknown)[7:] == (0.0,) * 7
    assert contributions(fitted, unknown)[:7] == contributions(fitted, rows[0])[:7]


@pytest.mark.parametrize(
    ("outcomes", "new", "is_due"),
    [(0, 9, False), (0, 10, True), (100, 9, False), (1_000, 99, False), (1_000, 100, True)],
)
def test_a_model_is_made_anew_when_a_tenth_is_new_and_ten_at_least(outcomes: int, new: int, is_due: bool) -> None:
    assert due(outcomes, new) is is_due


def test_predicting_does_not_load_scikit_learn() -> None:
    program = (
        "import sys, learning.training, learning.prediction, handlers.tasks.predicting, web.application\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sklearn', 'numpy', 'scipy')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_log_odds_of_any_size_are_a_probability() -> None:
    assert (logistic(-1_000), logistic(0), logistic(1_000)) == (0.0, 0.5, 1.0)


def test_outcomes_that_span_the_moment_are_in_neither_part() -> None:
    history = list(outcomes_of(World(6).history(300)))
    slow = replace(history[0], decided_at=history[-1].decided_at + timedelta(days=9))
    trained = train([slow, *history[1:]])
    assert trained is not None
    assert trained.evaluation.n_before + trained.evaluation.n_later < 300
