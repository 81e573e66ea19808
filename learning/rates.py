"""A share of so many, with how surely it is known."""

from dataclasses import dataclass
from math import sqrt

LEAST = 10
"""Below ten, one more outcome moves the share by ten points or so: that is not enough data for a figure."""
_Z = 1.959963984540054  # both tails of the normal distribution hold 5 % beyond it


@dataclass(frozen=True, slots=True)
class Rate:
    """`successes` of `n`, with Wilson's 95 % interval from `low` to `high` (0 to 1)."""

    successes: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The observed share, 0 to 1; it lies within the interval."""
        return self.successes / self.n


def rate(successes: int, n: int) -> Rate | None:
    """The rate, or None for not enough data: fewer than `LEAST`. Raises ValueError where successes are not 0 to n.

    Wilson's score interval keeps its coverage for few outcomes and at 0 and 1, where the usual one has no width:
    https://doi.org/10.1214/ss/1009213286 (Brown, Cai, DasGupta: Interval Estimation for a Binomial Proportion).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n < LEAST:
        return None
    share = successes / n
    spread = _Z * _Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Rounding must not push a bound past what was seen.
    return Rate(successes, n, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))
