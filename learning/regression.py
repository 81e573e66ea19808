"""A logistic regression on readable features: fitted with scikit-learn where it is trained, applied by hand where it is
used.

https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression (L2, features scaled to mean 0 and
variance 1). scikit-learn takes a second and some 100 MB to import, so that only training imports it.
"""

from collections.abc import Sequence
from math import exp

from learning.features import NAMES, Vector
from learning.model import Regression

SUREST = 0.99
"""What a regression says is held within 1 - `SUREST` and this: it extrapolates where nothing was ever seen."""
_PENALTY = 0.1
"""The inverse strength of L2: coefficients of some 0.3 are usual. Of 1, 0.3, 0.1 and 0.03 this one's calibration is the
best on simulated histories of 200 to 1,000 outcomes (docs/decisions/0019-success-prediction.md)."""


def fit(rows: Sequence[Vector], succeeded: Sequence[bool], weights: Sequence[float]) -> Regression:
    """Train on rows of features by `NAMES`. Takes some 10 ms for a thousand: call it in a thread.

    Raises ValueError where all came out alike.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training should cost that

    means = tuple(_mean([row[at] for row in rows]) for at in range(len(NAMES)))
    scales = tuple(_scale([row[at] for row in rows], means[at]) for at in range(len(NAMES)))
    scaled = [_scaled(row, means, scales) for row in rows]
    fitted = LogisticRegression(C=_PENALTY, max_iter=1_000).fit(scaled, list(succeeded), sample_weight=list(weights))
    return Regression(
        names=NAMES,
        means=means,
        scales=scales,
        coefficients=tuple(float(one) for one in fitted.coef_[0]),
        intercept=float(fitted.intercept_[0]),
        n=len(rows),
    )


def contributions(regression: Regression, row: Vector) -> tuple[float, ...]:
    """What each feature adds to the log odds of a fix."""
    scaled = _scaled(row, regression.means, regression.scales)
    return tuple(one * weight for one, weight in zip(scaled, regression.coefficients, strict=True))


def apply(regression: Regression, row: Vector) -> float:
    """The probability that a fix with such features works."""
    return min(SUREST, max(1 - SUREST, logistic(regression.intercept + sum(contributions(regression, row)))))


def logistic(log_odds: float) -> float:
    """The probability of log odds; none is too large."""
    return 1 / (1 + exp(-log_odds)) if log_odds >= 0 else 1 - logistic(-log_odds)


def _scaled(row: Vector, means: Sequence[float], scales: Sequence[float]) -> tuple[float, ...]:
    return tuple(
        0.0 if one is None else (one - mean) / scale for one, mean, scale in zip(row, means, scales, strict=True)
    )


def _mean(column: Sequence[float | None]) -> float:
    known = [one for one in column if one is not None]
    return sum(known) / len(known) if known else 0.0


def _scale(column: Sequence[float | None], mean: float) -> float:
    """The standard deviation; 1 for a feature that is always the same, whose coefficient is then nothing."""
    known = [one for one in column if one is not None]
    spread = sum((one - mean) ** 2 for one in known) / len(known) if known else 0.0
    return spread**0.5 if spread > 1e-12 else 1.0
