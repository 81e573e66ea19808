"""The rules are data: each carries examples that it must match, and none may be outside of linear time."""

import pytest
import re2

from analysis.engine import Re2Gate, build_gate, capture, rule_patterns
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


def test_the_gate_flags_every_example_with_its_rule() -> None:
    flagged = build_gate(rule_patterns()).flag([example.encode() for _, example in EXAMPLES])
    by_line = {(line, RULES[pattern].name) for line, pattern in flagged}
    assert [rule.name for line, (rule, _) in enumerate(EXAMPLES) if (line, rule.name) not in by_line] == []


def test_both_engines_flag_the_same_lines() -> None:
    lines = [example.encode() for _, example in EXAMPLES]
    encoded = [pattern.encode() for pattern in rule_patterns()]
    assert sorted(build_gate(rule_patterns()).flag(lines)) == sorted(Re2Gate(encoded).flag(lines))


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
