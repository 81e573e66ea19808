"""What kind of failure it is, which tool said so, and how sure that is."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import re2

from analysis.diagnosis import Category
from analysis.engine import compiled
from analysis.findings import Finding
from analysis.rank import Ranked
from analysis.rules import Role, Tool, rule_book
from analysis.steps import Step

_LANGUAGES = frozenset({"python", "javascript"})
_COMMAND_VOTE = 80.0**2
"""What the step's own command says of its kind: as much as a line that tells the cause."""


@dataclass(frozen=True, slots=True)
class Classified:
    """The category with its confidence, 0 to 1, and the tool."""

    category: Category
    confidence: float
    tool: str | None


def classify(found: list[Finding], ranked: Ranked, step: Step) -> Classified:
    """Take the cause's own category; else what the step's commands and the other findings there say."""
    if ranked.root is None:
        return _without_rule(step)
    root = found[ranked.root]
    tool = _speaker(found, root, step)
    votes = _votes(found, ranked, root)
    told = _named(step, _is_telling)
    if told is not None and told.category is not None:
        votes[told.category] += _COMMAND_VOTE
    category = root.rule.category or max(votes, key=lambda each: votes[each], default=None)
    if category is None:
        return _by_words(root, step, tool)
    total = sum(votes.values())
    share = votes.get(category, 0.0) / total if total else 0.5
    confidence = min(0.99, 0.35 + 0.4 * share + 0.25 * min(1.0, root.rule.weight / 90))
    return Classified(category, round(confidence, 2), tool or _tool_of(found, ranked, category) or _any_name(step))


def _without_rule(step: Step) -> Classified:
    """No rule knows a line: the step's command says the kind, or it is a script of the repository's own."""
    named = _named_tool(step)
    if named is not None and named.category is not None:
        return Classified(named.category, 0.5, named.name or _any_name(step))
    return Classified(Category.CONFIG if step.exits else Category.UNKNOWN, 0.3, _any_name(step))


def _by_words(root: Finding, step: Step, tool: str | None) -> Classified:
    """The cause's line is of a common form: an exception of a script, or words in which a script refuses to go on."""
    named = _named_tool(step)
    if named is not None and named.category is not None:
        return Classified(named.category, 0.6, tool or named.name or _any_name(step))
    if root.rule.tool is None:
        return Classified(Category.CONFIG, 0.35, _any_name(step))
    return Classified(Category.UNKNOWN, 0.2, tool)


def _votes(found: list[Finding], ranked: Ranked, root: Finding) -> dict[Category, float]:
    votes: dict[Category, float] = defaultdict(float)
    seen: set[tuple[str, int]] = set()
    for index, finding in enumerate(found):
        category = finding.rule.category
        if category is None or finding.rule.role in {Role.NOISE, Role.FRAME, Role.FILE, Role.WARNING}:
            continue
        # Words of no tool may stand anywhere; they speak for the cause's own line alone.
        if finding.rule.tool is None and finding.line != root.line:
            continue
        if finding.step == root.step and (finding.rule.name, finding.step) not in seen:
            seen.add((finding.rule.name, finding.step))
            votes[category] += max(0.0, ranked.scores[index]) ** 2
    return votes


def _speaker(found: list[Finding], root: Finding, step: Step) -> str | None:
    """Name the tool that wrote the cause: where two print alike (`path:line: code text`), the command tells."""
    able = {finding.rule.tool for finding in found if finding.line == root.line and finding.rule.tool is not None}
    if len(able) > 1:
        tool = _named(step, lambda tool: tool.name in able and tool.category is not None)
        tool = tool or _named(step, lambda tool: tool.name in able)
        return tool.name if tool else root.rule.tool
    if root.rule.category is None and root.rule.tool in _LANGUAGES:
        # Every language names its exceptions alike; whose it is, the command tells.
        tool = _named(step, _is_telling) or _named(step, lambda tool: tool.name in _LANGUAGES)
        return tool.name if tool else root.rule.tool
    return root.rule.tool


def _tool_of(found: list[Finding], ranked: Ranked, category: Category) -> str | None:
    best = max(
        (
            (ranked.scores[index], finding.rule.tool)
            for index, finding in enumerate(found)
            if finding.rule.category is category and finding.rule.tool is not None
        ),
        default=(0.0, None),
    )
    return best[1]


def _named_tool(step: Step) -> Tool | None:
    """Find the tool that the step's commands name; where none does, words tell at least the kind."""
    return _named(step, _is_telling) or _named(step, _is_word)


def _named(step: Step, wanted: Callable[[Tool], bool]) -> Tool | None:
    """The last command is the one that failed; the step's name stands for those that its script hides."""
    found = (_first_named(command[:300], wanted) for command in [*reversed(step.commands), step.name or ""])
    return next((tool for tool in found if tool), None)


def _any_name(step: Step) -> str | None:
    tool = _named(step, lambda tool: tool.name is not None)
    return tool.name if tool else None


def _is_telling(tool: Tool) -> bool:
    return tool.name is not None and tool.category is not None


def _is_word(tool: Tool) -> bool:
    return tool.category is not None


def _first_named(command: str, wanted: Callable[[Tool], bool]) -> Tool | None:
    """The first tool of a command line runs; what follows are its arguments."""
    found = [
        (match.start(), index, tool)
        for index, (tool, pattern) in enumerate(_commands())
        if wanted(tool) and (match := pattern.search(command))
    ]
    return min(found)[2] if found else None


@cache
def _commands() -> tuple[tuple[Tool, "re2._Regexp[str]"], ...]:
    return tuple((tool, compiled(tool.command)) for tool in rule_book().tools)
