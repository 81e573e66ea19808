"""Our figures are those of scikit-learn, which a process that serves them does not load."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from learning.calibration import scores
from storage.outcomes import Said

Outcomes = list[tuple[float, bool, float]]
PROBABILITIES = st.integers(1, 999).map(lambda thousandth: thousandth / 1000)
OUTCOMES = st.lists(st.tuples(PROBABILITIES, st.booleans(), st.sampled_from([0.1, 0.5, 1.0])), min_size=2, max_size=60)


def said(outcomes: Sequence[tuple[float, bool, float]]) -> list[Said]:
    return [Said(probability, weight * good, weight) for probability, good, weight in outcomes]


@given(outcomes=OUTCOMES)
def test_brier_log_loss_and_auc_are_scikit_learns(outcomes: Outcomes) -> None:
    probabilities, good, weights = (list(column) for column in zip(*outcomes, strict=True))
    assume(len(set(good)) == 2)
    found = scores(said(outcomes))
    assert found is not None
    assert found.brier == pytest.approx(brier_score_loss(good, probabilities, sample_weight=weights))
    assert found.log_loss == pytest.approx(log_loss(good, probabilities, sample_weight=weights))
    assert found.auc == pytest.approx(roc_auc_score(good, probabilities, sample_weight=weights))


@given(outcomes=OUTCOMES)
def test_the_calibration_curve_is_scikit_learns(outcomes: Outcomes) -> None:
    # At the border of two bins scikit-learn takes the lower one, and we the upper.
    inside = [(p, good, 1.0) for p, good, _ in outcomes if p * 10 != int(p * 10)]
    assume(inside)
    found = scores(said(inside))
    assert found is not None
    came_out, predicted = calibration_curve([good for _, good, _ in inside], [p for p, _, _ in inside], n_bins=10)
    assert [one.came_out for one in found.bins] == pytest.approx(list(came_out))
    assert [one.said for one in found.bins] == pytest.approx(list(predicted))


@given(outcomes=OUTCOMES)
def test_equal_predictions_may_be_counted_together(outcomes: Outcomes) -> None:
    together: dict[float, Said] = {}
    for one in said(outcomes):
        before = together.get(one.probability, Said(one.probability, 0, 0))
        together[one.probability] = Said(one.probability, before.successes + one.successes, before.n + one.n)
    alone, counted = scores(said(outcomes)), scores(together.values())
    assert alone is not None
    assert counted is not None
    for figure in ("n", "rate", "brier", "log_loss", "auc", "ece"):
        assert getattr(counted, figure) == pytest.approx(getattr(alone, figure))


def test_the_calibration_error_is_the_mean_distance_of_the_curve_from_the_diagonal() -> None:
    # Eight of ten came out where 0.75 was said, none of ten where 0.25 was.
    found = scores([Said(0.75, 8, 10), Said(0.25, 0, 10)])
    assert found is not None
    assert found.ece == pytest.approx((0.05 + 0.25) / 2)


def test_what_came_out_alike_has_no_area_and_nothing_has_no_figures() -> None:
    alike = scores([Said(0.4, 3, 3)])
    assert alike is not None
    assert alike.auc is None
    assert scores([]) is None
    assert scores([Said(0.4, 0, 0)]) is None


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_one_that_was_sure_and_wrong_costs_much_and_not_without_end(certain: float) -> None:
    found = scores([Said(certain, 1 - certain, 1)])
    assert found is not None
    assert 30 < found.log_loss < 40
