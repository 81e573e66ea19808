"""Values of expressions: what they are as a truth, a text, a number, and how two of them compare.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from sandbox.data import Json

_DECIMAL = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_OTHER_BASES = re.compile(r"[-+]?0(?:x[0-9a-fA-F]+|o[0-7]+)", re.ASCII)
_LONGEST_NUMBER = 400


def truthy(value: Json) -> bool:
    """False, null, 0, NaN and the empty text are false; all else is true."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return value is not None and value is not False and value not in (0, "")


def is_array(value: Json) -> bool:
    """A list, and no text."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def as_text(value: Json) -> str:
    """A value as it stands in a text; what has parts is only named."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number_text(value)
    return "Object" if isinstance(value, Mapping) else "Array"


def _number_text(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return f"{value:.15g}"


def as_number(value: Json) -> float:
    """A value as a number; NaN, which equals nothing, where it is none."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return _parsed(value.strip()) if isinstance(value, str) else math.nan


def _parsed(text: str) -> float:
    if not text:
        return 0.0
    if len(text) > _LONGEST_NUMBER:
        return math.nan
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _OTHER_BASES.fullmatch(text):
        return as_number(int(text, 0))
    return {"Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)


def equal(one: Json, other: Json) -> bool:
    """Texts whatever their case; values of different kinds as numbers; what has parts only if it is the very same."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, Mapping) or isinstance(other, Mapping) or is_array(one) or is_array(other):
        return one is other
    if one is None and other is None:
        return True
    return as_number(one) == as_number(other)


def less(one: Json, other: Json) -> bool:
    """Texts by their letters whatever the case, all else as numbers; false where one is no number."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() < other.lower()
    return as_number(one) < as_number(other)
