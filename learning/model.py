"""The model of an installation as it is kept: JSON that says what predicts, and what it was worth on later data."""

from msgspec import Struct

from learning.calibration import Scores
from learning.shrinkage import Strengths


class Regression(Struct, frozen=True):
    """A logistic regression: each feature less its mean, by its scale, times its coefficient, summed with `intercept`,
    is the log odds. A feature that is not known counts as its mean.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    n: int


class Model(Struct, frozen=True):
    """How much levels borrow, and the regression where it was not worse than them on later data."""

    strengths: Strengths = Strengths()
    regression: Regression | None = None


class Evaluation(Struct, frozen=True):
    """The figures on `n_later` outcomes of fixes that were proposed after the `n_before` decisions it was made from.

    `base_rate` is what always saying their rate would score; each is None where there was too little to compare.
    """

    n_before: int
    n_later: int
    shrinkage: Scores | None = None
    regression: Scores | None = None
    base_rate: Scores | None = None
