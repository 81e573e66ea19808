"""What a fix is judged by, as numbers that a person can read: the features of the logistic regression."""

from math import log, log1p

from learning.kinds import kind_of
from learning.shrinkage import Strengths, chain
from storage.outcomes import FixFeatures, Tallies

NAMES = (
    "history of similar fixes",
    "earlier successes for this failure",
    "earlier failed fixes for this failure",
    "written by a model",
    "worked here before",
    "parses",
    "its command was run again",
    "complexity",
    "changed lines",
    "changed files",
    "the base branch's failure",
    "a flaky failure",
    "a failure of the infrastructure",
    "not clear whose failure",
)
"""In the order of `vector`. The first is the shrunk rate as log odds; counts are logarithms of one more; `complexity`
is 0 to 3; the rest is 1 where it holds."""
_COMPLEXITY = {"trivial": 0.0, "simple": 1.0, "moderate": 2.0, "complex": 3.0}
_PROOF = {"applies": 0, "parses": 1, "command re-run": 2, "CI green": 3}
_VERDICTS = ("base", "flaky", "infrastructure", "unknown")

Vector = tuple[float | None, ...]


def vector(features: FixFeatures, tallies: Tallies, strengths: Strengths) -> Vector:
    """The features of a fix by `NAMES`; None for what is not known of it."""
    kind = kind_of(features.source)
    failed = tallies.failure.n - tallies.failure.successes
    proof = _PROOF.get(features.proof_level or "")
    return (
        log_odds(chain(tallies, strengths)[-1].mean),
        log1p(tallies.failure.successes),
        log1p(max(0.0, failed)),
        float(kind.startswith("engine:")),
        float(kind == "memory"),
        None if proof is None else float(proof >= _PROOF["parses"]),
        None if proof is None else float(proof >= _PROOF["command re-run"]),
        _COMPLEXITY.get(features.complexity or ""),
        _logarithm(features.lines),
        _logarithm(features.files),
        *_one_of(features.verdict),
    )


def log_odds(probability: float) -> float:
    """log(p / (1 - p)); `probability` is above 0 and below 1."""
    return log(probability / (1 - probability))


def _logarithm(count: int | None) -> float | None:
    return None if count is None else log1p(max(0, count))


def _one_of(verdict: str | None) -> tuple[float | None, ...]:
    return tuple(None if verdict is None else float(verdict == name) for name in _VERDICTS)
