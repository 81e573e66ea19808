"""How sure to be of a fix, in figures and in words, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from learning.features import NAMES, vector
from learning.model import Model, Regression
from learning.regression import apply, contributions, logistic
from learning.shrinkage import Estimate, estimate, interval
from storage.confidence import Confidence
from storage.outcomes import FixFeatures, Tallies

NOT_ENOUGH = "not enough history"


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved a prediction, and by how much: `points` is the difference in probability, -1 to 1."""

    what: str
    points: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """How probable it is that a fix works; `reasons` are in the order of what they moved, the most first.

    `by_regression` says which way it was made: by the regression, or by the history of similar fixes alone.
    """

    confidence: Confidence
    by_regression: bool
    reasons: tuple[Reason, ...]


def predict(features: FixFeatures, tallies: Tallies, model: Model | None, version: int | None) -> Prediction | None:
    """What is to be said of a fix; None: not enough history. Pure, and without scikit-learn."""
    known = model or Model()
    found = estimate(tallies, known.strengths)
    if found is None:
        return None
    if known.regression is None:
        return Prediction(_confidence(found, found.probability, version), False, _by_level(found))
    row = vector(features, tallies, known.strengths)
    probability = apply(known.regression, row)
    reasons = _by_feature(known.regression, contributions(known.regression, row))
    return Prediction(_confidence(found, probability, version), True, reasons)


def in_words(confidence: Confidence | None) -> str:
    """As it is shown wherever a fix is: `82 %, from 41 similar fixes`, or `not enough history`."""
    if confidence is None:
        return NOT_ENOUGH
    # Nothing is ever sure, whatever rounding says.
    percent = min(99, max(1, round(confidence.probability * 100)))
    return f"{percent} %, from {confidence.n} similar fixes"


def _confidence(found: Estimate, probability: float, version: int | None) -> Confidence:
    low, high = found.low, found.high
    if probability != found.probability:
        # The regression is known no better than the outcomes that it leans on.
        low, high = interval(probability, found.steps[-1].strength, found.probability)
    low, high = min(low, probability), max(high, probability)
    return Confidence(round(probability, 3), round(low, 3), round(high, 3), found.n, found.level.value, version)


def _by_level(found: Estimate) -> tuple[Reason, ...]:
    moved, before = [], 0.5
    for step in found.steps:
        moved.append(Reason(step.level.value, step.mean - before))
        before = step.mean
    return _most_first(moved)


def _by_feature(regression: Regression, added: Sequence[float]) -> tuple[Reason, ...]:
    """By how much the probability would be another with the feature at its mean."""
    whole = regression.intercept + sum(added)
    return _most_first(
        [Reason(name, logistic(whole) - logistic(whole - one)) for name, one in zip(NAMES, added, strict=True)]
    )


def _most_first(moved: Sequence[Reason]) -> tuple[Reason, ...]:
    said = [Reason(one.what, round(one.points, 3)) for one in moved]
    return tuple(sorted((one for one in said if one.points), key=lambda one: -abs(one.points)))
