"""How good probabilities were, by what came out: Brier score, log loss, AUC, and the calibration curve with its error.

Brier 1950; Hanley and McNeil 1982 for the area under the ROC curve; the expected calibration error of ten equal bins as
in Guo et al., "On Calibration of Modern Neural Networks", 2017, https://arxiv.org/abs/1706.04599.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from storage.outcomes import Said

BINS = 10
_SUREST = 1e-15
"""Below which a probability is not taken for the logarithm's: one that said never would cost without end."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions from `low` to `high`: what they said on average, what came out, and how many by weight."""

    low: float
    high: float
    said: float
    came_out: float
    n: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of some predictions. `auc` is None where everything came out alike; `bins` with none in them are left
    out. `ece` is the average distance of a bin's two rates; chance alone makes it some 0.03 for a thousand predictions.
    """

    n: float
    rate: float
    brier: float
    log_loss: float
    auc: float | None
    ece: float
    bins: tuple[Bin, ...]


def scores(predictions: Iterable[Said]) -> Scores | None:
    """All figures at once; None of nothing."""
    said = [one for one in predictions if one.n > 0]
    n = sum(one.n for one in said)
    if n <= 0:
        return None
    bins = curve(said)
    return Scores(
        n=n,
        rate=sum(one.successes for one in said) / n,
        brier=sum(_squared(one) for one in said) / n,
        log_loss=sum(_surprise(one) for one in said) / n,
        auc=auc(said),
        ece=sum(one.n * abs(one.said - one.came_out) for one in bins) / n,
        bins=bins,
    )


def curve(said: Sequence[Said]) -> tuple[Bin, ...]:
    """The calibration curve: `BINS` of equal width, the lower border in the bin, the last one closed."""
    inside: list[list[Said]] = [[] for _ in range(BINS)]
    for one in said:
        inside[min(BINS - 1, int(one.probability * BINS))].append(one)
    return tuple(_bin(at, found) for at, found in enumerate(inside) if found)


def auc(said: Iterable[Said]) -> float | None:
    """How often a success had the higher probability than a failure, ties half; None where there are not both."""
    successes = failures = ordered = 0.0
    tied: dict[float, tuple[float, float]] = {}
    for one in said:
        good, bad = tied.get(one.probability, (0.0, 0.0))
        tied[one.probability] = good + one.successes, bad + one.n - one.successes
    for _, (good, bad) in sorted(tied.items()):
        ordered += good * (failures + bad / 2)
        successes += good
        failures += bad
    return ordered / (successes * failures) if successes > 0 and failures > 0 else None


def _bin(at: int, found: Sequence[Said]) -> Bin:
    n = sum(one.n for one in found)
    said = sum(one.probability * one.n for one in found) / n
    return Bin(at / BINS, (at + 1) / BINS, said, sum(one.successes for one in found) / n, n)


def _squared(one: Said) -> float:
    return one.successes * (1 - one.probability) ** 2 + (one.n - one.successes) * one.probability**2


def _surprise(one: Said) -> float:
    likely = min(1 - _SUREST, max(_SUREST, one.probability))
    return -one.successes * log(likely) - (one.n - one.successes) * log(1 - likely)
