"""What kind of failure it is, which tool said so, and how sure that is."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from analysis.diagnosis import Category
from analysis.findings import Finding
from analysis.rank import Ranked
from analysis.rules import Role, Tool, rule_book
from analysis.steps import Step


@dataclass(frozen=True, slots=True)
class Classified:
    """The category with its confidence, 0 to 1, and the tool."""

    category: Category
    confidence: float
    tool: str | None


def classify(found: list[Finding], ranked: Ranked, step: Step) -> Classified:
    """Take the cause's own category; else what the step's commands and the other findings there say."""
    named = _named_tool(step)
    if ranked.root is None:
        return Classified(*_from_step(named, 0.5))
    root = found[ranked.root]
    votes = _votes(found, ranked, root)
    category = root.rule.category
    tool = root.rule.tool
    if category is None:
        if votes:
            category = max(votes, key=lambda each: votes[each])
        else:
            category, confidence, own = _from_step(named, 0.6)
            return Classified(category, confidence, tool or own)
    total = sum(votes.values())
    share = votes.get(category, 0.0) / total if total else 0.5
    confidence = min(0.99, 0.35 + 0.4 * share + 0.25 * min(1.0, root.rule.weight / 90))
    return Classified(
        category, round(confidence, 2), tool or _tool_of(found, ranked, category) or (named and named.name) or None
    )


def _votes(found: list[Finding], ranked: Ranked, root: Finding) -> dict[Category, float]:
    votes: dict[Category, float] = defaultdict(float)
    seen: set[tuple[str, int]] = set()
    for index, finding in enumerate(found):
        category = finding.rule.category
        if category is None or finding.rule.role in {Role.NOISE, Role.FRAME, Role.FILE, Role.WARNING}:
            continue
        if finding.step == root.step and (finding.rule.name, finding.step) not in seen:
            seen.add((finding.rule.name, finding.step))
            votes[category] += max(0.0, ranked.scores[index]) ** 2
    return votes


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


def _from_step(named: Tool | None, confidence: float) -> tuple[Category, float, str | None]:
    if named is None or named.category is None:
        return Category.UNKNOWN, 0.2, None if named is None else named.name
    return named.category, confidence, named.name


def _named_tool(step: Step) -> Tool | None:
    """Find the tool that the step's commands name; the last command is the one that failed."""
    for command in [*reversed(step.commands), step.name or ""]:
        for tool, pattern in _commands():
            if pattern.search(command[:300]):
                return tool
    return None


@cache
def _commands() -> tuple[tuple[Tool, re.Pattern[str]], ...]:
    return tuple((tool, re.compile(tool.command)) for tool in rule_book().tools)
