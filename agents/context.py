"""Which lines of a failed job's log a model is sent, within a room of characters."""

from collections.abc import Mapping, Sequence

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis

_TOKEN = 4
_SHRINK = 0.88


def chosen(diagnosis: Diagnosis, lines: Mapping[int, str], room: int) -> dict[int, str]:
    """Give the lines worth most, by number and in order, so that `numbered` takes at most `room` characters.

    What does not fit is chosen anew by the analysis itself, from the evidence alone: it ranks lines, and the stored
    evidence only says which are worth reading at all.
    """
    root = diagnosis.root_line.line if diagnosis.root_line is not None else None
    taken = dict(sorted(lines.items()))
    budget = room / _TOKEN
    while len(numbered(taken)) > room and budget >= 1:
        budget *= _SHRINK
        taken = _again(lines, int(budget), root)
    if len(numbered(taken)) > room:
        taken = _cut(lines, root, room)
    return taken


def numbered(lines: Mapping[int, str]) -> str:
    """Each line behind its own number."""
    return "".join(f"{number}| {text}\n" for number, text in lines.items())


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide room among jobs: none gets more than it wants while another lacks."""
    given = [0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for place, at in enumerate(order):
        given[at] = min(wanted[at], room // (len(order) - place))
        room -= given[at]
    return given


def _again(lines: Mapping[int, str], budget: int, root: int | None) -> dict[int, str]:
    numbers = sorted(lines)
    text = "\n".join(lines[number] for number in numbers)
    found = analyze([text.encode("utf-8", "replace")], budget_tokens=budget, scrub=False)
    taken = {
        numbers[block.start - 1 + offset]: line
        for block in found.evidence.blocks
        for offset, line in enumerate(block.text.split("\n"))
    }
    if root is not None and root in lines and root not in taken:
        taken[root] = lines[root]
    return dict(sorted(taken.items()))


def _cut(lines: Mapping[int, str], root: int | None, room: int) -> dict[int, str]:
    """Keep the root line alone, as much of it as there is room for."""
    number = root if root in lines else min(lines, default=None)
    if number is None:
        return {}
    text = lines[number][: max(0, room - len(f"{number}| \n"))]
    return {number: text} if text else {}
