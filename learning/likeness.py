"""What failures are compared by, as it is kept."""

from analysis import likeness as made
from analysis.diagnosis import Diagnosis
from storage.likenesses import LikenessRow, Unhashed

SCHEME = made.SCHEME
"""How hashes are made now."""


def likeness_row(diagnosis: Diagnosis) -> LikenessRow:
    """What a diagnosed failure is compared by; some 1 ms."""
    return _row(made.likeness(diagnosis))


def likeness_row_of_text(text: str) -> LikenessRow:
    """What a text is compared by that a person brings, such as some lines of a log; some 5 ms."""
    return _row(made.likeness_of_text(text))


def likeness_row_of(row: Unhashed, diagnosis: Diagnosis | None) -> LikenessRow:
    """What a message is compared by that was stored without; `diagnosis` is the row's own, where it has one."""
    if diagnosis is not None:
        return likeness_row(diagnosis)
    return _row(made.likeness_of_message(row.tool, row.category, row.message))


def _row(hashes: made.Likeness) -> LikenessRow:
    return LikenessRow(made.SCHEME, hashes.shingles, hashes.bands)
