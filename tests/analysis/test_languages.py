import pytest

from analysis.languages import TOOLS, language_of
from analysis.rules import rule_book


@pytest.mark.parametrize(
    ("tool", "language"),
    [("ruff", "Python"), ("go test", "Go"), ("tsc", "TypeScript"), ("prettier", None), ("nobody", None), (None, None)],
)
def test_a_tool_tells_its_language_or_none(tool: str | None, language: str | None) -> None:
    assert language_of(tool) == language


def test_every_tool_of_a_language_is_one_that_the_matchers_know_and_is_named_once() -> None:
    named = [tool for tools in TOOLS.values() for tool in tools]
    assert set(named) <= {rule.tool for rule in rule_book().rules}
    assert len(named) == len(set(named))
