"""What was predicted of a fix when it was proposed: six columns of its row, written once."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import DictRow

_NAMES = (
    "confidence",
    "confidence_low",
    "confidence_high",
    "confidence_n",
    "confidence_level",
    "confidence_model",
)
COLUMNS = ", ".join(f"x.{name}" for name in _NAMES)
"""To select, of `suggested_fixes x`."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How probable it is that a fix works, 0 to 1, with its 95 % interval, each rounded to a tenth of a percent.

    `n` is the weight of the outcomes of `level`, the narrowest that has ten; `model` is the version of the model that
    said it, or None: there was none yet.
    """

    probability: float
    low: float
    high: float
    n: int
    level: str
    model: int | None


def confidence_in(found: DictRow) -> Confidence | None:
    """The confidence of a row that has the columns."""
    return None if found["confidence"] is None else Confidence(*(found[name] for name in _NAMES))


def without_confidence(found: DictRow) -> DictRow:
    """The other columns of such a row."""
    return {name: value for name, value in found.items() if name not in _NAMES}


def values_of(said: Confidence | None) -> Mapping[str, str | int | float | None]:
    """The columns' values, by their names."""
    if said is None:
        return dict.fromkeys(_NAMES)
    return dict(zip(_NAMES, (said.probability, said.low, said.high, said.n, said.level, said.model), strict=True))
