"""Which line is the cause: a rule's weight, whether its step failed, and what comes last.

The last error is more often the cause than the first, but a tool's own list is read from its top, and a restatement
("3 failed", "Error 1") never beats what it restates.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from analysis.diagnosis import Level, LogLine
from analysis.findings import Finding, is_loud
from analysis.normal import normal as normal_form
from analysis.novelty import NOTHING, Normal
from analysis.rules import Role
from analysis.scan import Scan
from analysis.steps import Step

IN_FAILED_STEP = 14
"""Added to what stands in the step that failed first."""
IN_LATER_FAILED_STEP = 4
IN_PASSED_STEP = -30
"""Added to what stands in a step that passed, where another is known to have failed."""
AFTER_THE_JOB = -60
_NEAR_MARK_LINES = 40
_WARNING = 20.0
"""The most that a warning is worth beside errors."""
_SAID_BEFORE = 12.0
"""The most that a line is worth which runs that passed said too: it is ranked down, never left out."""
_TELLS = 60.0
"""From here on a line tells a cause; below are summaries and mere words."""
_UNMISTAKABLE = 92
"""Weight from which a rule's words (a crash, no memory) mean it even at the end of a progress line without breaks."""
_A_SUMMARY = 30
"""Weight from which a summary is a tool's own: below stand mere words, such as "failed"."""
_LONGEST_MESSAGE = 1500
"""Characters: beyond, a line is minified source or a dumped document that holds the word "error" by chance."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Findings with their scores, in order of lines, and the one taken for the cause."""

    scores: dict[int, float]
    """By index into the findings."""
    root: int | None


def rank(scan: Scan, found: list[Finding], normal: Normal = NOTHING) -> Ranked:
    """Score every finding and choose the cause. What green runs of the job said too is `normal`, and not the cause."""
    bonus = _step_bonus(scan)
    old = [normal.knows(scan.steps[finding.step].name, finding.text) for finding in found]
    worth = _worth(found, old, _WARNING)
    if not any(value >= _TELLS and bonus[each.step] >= 0 for value, each in zip(worth, found, strict=True)):
        # Nothing tells an error: then the tool was told to fail on its warnings.
        worth = _worth(found, old, _TELLS)
    scores = {
        index: max(0.0, worth[index] + bonus[finding.step] + _near_mark(scan.steps[finding.step], finding.line))
        if worth[index] > 0
        else 0.0
        for index, finding in enumerate(found)
    }
    return Ranked(scores, _root(found, scores, worth))


def _worth(found: list[Finding], old: list[bool], warning: float) -> list[float]:
    """What each line says by itself, wherever it stands; `old` are those that green runs said too."""
    quiet = {finding.line for finding in found if finding.rule.role is Role.NOISE}
    restated = _restated(found)
    worth: list[float] = []
    for finding, is_old in zip(found, old, strict=True):
        value = min(float(finding.rule.weight), _ceiling(finding, warning)) - _untold(finding)
        if is_old:
            value = min(value, _SAID_BEFORE)
        if finding.rule.tool is None:
            value = min(value, restated.get(finding.line, value))
        worth.append(0.0 if finding.line in quiet else value)
    return worth


def _restated(found: list[Finding]) -> dict[int, float]:
    """What a line is worth that a tool's own rule knows to be a summary, though it also reads like an error."""
    worth: dict[int, float] = {}
    for finding in found:
        if finding.rule.role is Role.SUMMARY and finding.rule.weight >= _A_SUMMARY:
            worth[finding.line] = max(worth.get(finding.line, 0.0), float(finding.rule.weight))
    return worth


def _ceiling(finding: Finding, warning: float) -> float:
    """The most that a line can be worth, whatever its rule: warnings fail nothing, and code is no message."""
    level = finding.groups.get("level", "").lower()
    if finding.text.startswith("##[warning]"):
        return _WARNING
    if finding.rule.level is not Level.ERROR or level.startswith(("warn", "note", "info")):
        return warning
    if len(finding.text) > _LONGEST_MESSAGE and finding.rule.weight < _UNMISTAKABLE:
        return 20.0
    return 100.0


def _untold(finding: Finding) -> float:
    """A list that names the test and not the reason says less than the reason itself."""
    tells = "(?P<message>" in finding.rule.pattern
    return 12.0 if finding.rule.role is Role.TEST and tells and "message" not in finding.groups else 0.0


def _step_bonus(scan: Scan) -> list[float]:
    failed = [index for index, step in enumerate(scan.steps) if step.exits] or [
        index for index, step in enumerate(scan.steps) if step.errors and not step.post
    ]
    bonuses: list[float] = []
    for index, step in enumerate(scan.steps):
        if step.post:
            bonuses.append(AFTER_THE_JOB)
        elif not failed:
            bonuses.append(0)
        elif index in failed:
            bonuses.append(IN_FAILED_STEP if index == failed[0] else IN_LATER_FAILED_STEP)
        else:
            bonuses.append(IN_PASSED_STEP if not step.errors else 0)
    return bonuses


def _near_mark(step: Step, line: int) -> float:
    """Favour what stands just before the runner's mark: a script's last words."""
    for mark in step.exits:
        if 0 <= mark - line <= _NEAR_MARK_LINES:
            return 6.0 * (1 - (mark - line) / (_NEAR_MARK_LINES + 1))
    return 0.0


def _root(found: list[Finding], scores: dict[int, float], worth: list[float]) -> int | None:
    """Take the best line: of one tool's list the first, of loose errors the last."""
    best: int | None = None
    for index, finding in enumerate(found):
        if not is_loud(finding) or scores[index] <= 0:
            continue
        if best is None:
            best = index
            continue
        before = found[best]
        if finding.rule.tool is not None and finding.rule.tool == before.rule.tool and finding.step == before.step:
            wins = worth[index] > worth[best]
        else:
            wins = scores[index] >= scores[best]
        best = index if wins else best
    return best


def fallback_line(scan: Scan, normal: Normal = NOTHING) -> LogLine | None:
    """Choose a line where no rule knows one: the last words before the runner's mark, else of the log.

    Words that green runs of the job did not say go first.
    """
    marks = [mark for step in scan.steps if not step.post for mark in (step.exits or step.errors)]
    before = [number for number in scan.text if not marks or number < marks[0]]
    spoken = [number for number in sorted(before, reverse=True) if _says_something(scan.text[number])]
    new = (number for number in spoken if not normal.knows(scan.step_of(number).name, scan.text[number]))
    chosen = next(new, None) or next(iter(spoken), None) or max(scan.text, default=None)
    return None if chosen is None else LogLine(chosen, scan.text[chosen])


def _says_something(text: str) -> bool:
    return not text.strip().startswith("##[") and any(letter.isalnum() for letter in text)


def repeated(found: list[Finding]) -> dict[int, int]:
    """How often the same words were said before each finding; by index."""
    counts: Counter[str] = Counter()
    before: dict[int, int] = defaultdict(int)
    for index, finding in enumerate(found):
        words = normal_form(finding.text)
        before[index] = counts[words]
        counts[words] += 1
    return before
