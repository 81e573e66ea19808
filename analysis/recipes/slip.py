"""Whether a name is another one mistyped: what a compiler suggests by likeness alone may be some other thing."""

_MOST = 2


def is_slip(written: str, meant: str) -> bool:
    """Whether `written` is `meant` with a letter or two dropped, added, changed or swapped, or in another case.

    A plural, a digit more or less and names under four letters are no slips: both names may well be meant.
    """
    one, other = written.lower(), meant.lower()
    if written == meant or min(len(one), len(other)) < 3 or max(len(one), len(other)) < 4:
        return False
    if [letter for letter in one if letter.isdigit()] != [letter for letter in other if letter.isdigit()]:
        return False
    if one + "s" == other or other + "s" == one:
        return False
    return _distance(one, other) <= min(_MOST, max(len(one), len(other)) // 4)


def _distance(one: str, other: str) -> int:
    """Count the edits between two names, a swap of neighbours as one (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, letter_of_other in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != letter_of_other))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == letter_of_other
            now.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, now
    return last[-1]
