"""The rules are data: each carries examples that it must match, and none may be outside of linear time.

That the gate flags what a rule matches, with either engine, is held in test_gate.
"""

import pytest
import re2

from analysis.engine import capture
from analysis.findings import unwrapped
from analysis.rules import Role, Rule, RuleError, Tool, gate_pattern, read_matchers, rule_book

RULES = rule_book().rules
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]


def name(value: object) -> str:
    return value.name if isinstance(value, Rule) else ""


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=name)
def test_a_rule_matches_its_own_examples(rule: Rule, example: str) -> None:
    groups = capture(rule, unwrapped(example)) or capture(rule, example)
    assert groups is not None
    assert all(value.strip() for value in groups.values())


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_a_pattern_keeps_to_re2(rule: Rule) -> None:
    re2.compile(rule.pattern)
    re2.compile(gate_pattern(rule))


@pytest.mark.parametrize("tool", rule_book().tools, ids=lambda tool: tool.name or tool.command)
def test_a_tools_command_keeps_to_re2(tool: Tool) -> None:
    re2.compile(tool.command)


def test_a_rule_has_one_name() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.role in {Role.PLACE, Role.FRAME, Role.FILE}], ids=name)
def test_a_rule_that_says_where_captures_a_path(rule: Rule) -> None:
    for example in rule.examples:
        assert "path" in (capture(rule, unwrapped(example)) or capture(rule, example) or {})


def test_a_wrong_file_is_refused_by_name() -> None:
    with pytest.raises(RuleError, match=r"mine\.toml: .*colour"):
        read_matchers('[tool]\ncolour = "red"', "mine.toml")
