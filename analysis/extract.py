"""The part of the log worth reading, under a budget of tokens (four characters each).

Strong lines come first, then their context, then the wider window, until the budget is spent; what repeats pays less
each time. A block never holds more than its lines, word for word, cut where one line alone would eat the budget.
"""

from dataclasses import dataclass

from analysis.diagnosis import Block, Evidence
from analysis.findings import Finding
from analysis.novelty import NOTHING, Normal
from analysis.rank import Ranked, repeated
from analysis.rules import Role
from analysis.scan import Scan

TOKEN = 4
"""Characters a token."""
_CUT = " […] "
# Per round: the share of the budget it may reach, lines before and after, and the longest a line may be.
_ROUNDS = ((0.45, 0, 0, 400), (0.65, 2, 3, 500), (0.85, 6, 10, 1000), (1.0, 25, 40, 2000))


@dataclass(slots=True)
class _Selection:
    """Lines chosen so far, and what they cost with the newline after each."""

    scan: Scan
    room: int
    lines: dict[int, str]
    cost: int = 0

    def take(self, number: int, longest: int, limit: int) -> bool:
        """Add a line; False once the limit would be passed."""
        if number in self.lines or number not in self.scan.text:
            return True
        text = _cut(self.scan.text[number], longest)
        if self.cost + len(text) + 1 > limit:
            return False
        self.lines[number] = text
        self.cost += len(text) + 1
        return True


def evidence(
    scan: Scan,
    found: list[Finding],
    ranked: Ranked,
    root_line: int | None,
    budget_tokens: int,
    normal: Normal = NOTHING,
) -> Evidence:
    """Choose lines by score and give them in log order as blocks; where no rule chooses, what is not `normal` first."""
    room = max(0, budget_tokens) * TOKEN
    selection = _Selection(scan, room, {})
    order = _order(scan, found, ranked)
    if root_line is not None:
        selection.take(root_line, max(80, room // 3), room)
    for number in _marks(scan):
        selection.take(number, 300, room // 2)
    for share, before, after, longest in _ROUNDS:
        limit = int(room * share)
        for number in order:
            if not _take_window(selection, number, before, after, longest, limit):
                break
    for number in _tail(scan, normal):
        if not selection.take(number, 500, room):
            break
    blocks = _blocks(selection.lines, _scores(found, ranked))
    return Evidence(budget_tokens, -(-sum(len(block.text) for block in blocks) // TOKEN), blocks)


def _take_window(selection: _Selection, number: int, before: int, after: int, longest: int, limit: int) -> bool:
    if not selection.take(number, longest, limit):
        return False
    for distance in range(1, max(before, after) + 1):
        if distance <= after and not selection.take(number + distance, longest, limit):
            return False
        if distance <= before and not selection.take(number - distance, longest, limit):
            return False
    return True


def _scores(found: list[Finding], ranked: Ranked) -> dict[int, float]:
    """Score each flagged line; the same words pay less each time they are said."""
    said = repeated(found)
    scores: dict[int, float] = {}
    for index, finding in enumerate(found):
        score = ranked.scores[index] * (0.8 ** min(said[index], 12))
        if finding.rule.role is not Role.NOISE:
            scores[finding.line] = max(scores.get(finding.line, 0.0), score)
    return scores


def _order(scan: Scan, found: list[Finding], ranked: Ranked) -> list[int]:
    scores = _scores(found, ranked)
    return sorted((line for line in scores if scores[line] > 0), key=lambda line: (-scores[line], line))


def _marks(scan: Scan) -> list[int]:
    """The runner's own marks: they close the story, and cost little."""
    return [mark for step in scan.steps for mark in step.errors][:3]


def _tail(scan: Scan, normal: Normal) -> list[int]:
    """The lines before the first mark, else the last of the log, from the bottom; those that are new go first."""
    marks = [mark for step in scan.steps if not step.post for mark in (step.exits or step.errors)]
    end = marks[0] if marks else scan.lines
    numbers = [number for number in sorted(scan.text, reverse=True) if number <= end]
    return sorted(numbers, key=lambda number: normal.knows(scan.step_of(number).name, scan.text[number]))


def _cut(text: str, longest: int) -> str:
    """Keep both ends of a long line, more of the first."""
    if len(text) <= longest:
        return text
    head = longest * 2 // 3
    return text[:head] + _CUT + text[len(text) - (longest - head - len(_CUT)) :]


def _blocks(lines: dict[int, str], scores: dict[int, float]) -> tuple[Block, ...]:
    best = max(scores.values(), default=1.0) or 1.0
    blocks: list[Block] = []
    run: list[int] = []
    for number in [*sorted(lines), -1]:
        if run and number != run[-1] + 1:
            score = max(scores.get(each, 0.0) for each in run) / best
            blocks.append(Block(run[0], run[-1], round(min(1.0, score), 3), "\n".join(lines[each] for each in run)))
            run = []
        run.append(number)
    return tuple(blocks)
