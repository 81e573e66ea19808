"""The gate flags every line that a rule matches, and both engines flag the same."""

from analysis.engine import Re2Gate, build_gate, rule_patterns
from analysis.rules import rule_book

RULES = rule_book().rules
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]


def test_the_gate_flags_every_example_with_its_rule() -> None:
    flagged = build_gate(rule_patterns()).flag([example.encode() for _, example in EXAMPLES])
    by_line = {(line, RULES[pattern].name) for line, pattern in flagged}
    assert [rule.name for line, (rule, _) in enumerate(EXAMPLES) if (line, rule.name) not in by_line] == []


def test_both_engines_flag_the_same_lines() -> None:
    # Each between others: Hyperscan may flag a line that stands alone and miss it there.
    lines = [line for _, example in EXAMPLES for line in (b"x" * 50, example.encode(), b"")]
    encoded = [pattern.encode() for pattern in rule_patterns()]
    assert sorted(build_gate(rule_patterns()).flag(lines)) == sorted(Re2Gate(encoded).flag(lines))
