"""mypy and ruff are really run: a comment that silences nothing goes, and one that does something stays."""

import pytest

from tests.analysis.recipes.red import Check, Project

MYPY = Check("Types", "mypy --strict .", ("mypy", "--strict", "--cache-dir", "/dev/null", "a.py"))
RUFF = Check("Lint", "ruff check .", ("ruff", "check", "--isolated", "--no-cache", "--select", "F,E,RUF100", "."))


@pytest.mark.parametrize(
    ("check", "before", "after"),
    [
        (MYPY, "x = 1  # type: ignore\n", "x = 1\n"),
        (MYPY, "x = 1  # type: ignore[misc]  # why\n", "x = 1  # why\n"),
        (MYPY, "x: int = ''  # type: ignore[misc, assignment]\n", "x: int = ''  # type: ignore[assignment]\n"),
        (RUFF, "x = 1  # noqa\n", "x = 1\n"),
        (RUFF, "x = 1  # noqa: E501\n", "x = 1\n"),
        (RUFF, "import os  # noqa: F401, E501\n", "import os  # noqa: F401\n"),
        (RUFF, "x = 1  # why # noqa: E501\n", "x = 1  # why\n"),
    ],
)
def test_a_comment_that_silences_nothing_goes(project: Project, check: Check, before: str, after: str) -> None:
    project.write({"a.py": before})
    proposal = project.mend(check)
    assert proposal is not None
    assert (proposal.recipes, proposal.covers) == (("unused-suppression",), (0,))
    assert (project.root / "a.py").read_text() == after
    assert project.run(check)[0] == 0


@pytest.mark.parametrize("text", ["x = 1  # noqa: T201\n", "x = 1  # noqa: E501, T201\n"])
def test_a_comment_that_may_be_another_linters_stays(project: Project, text: str) -> None:
    project.write({"a.py": text})
    assert project.mend(RUFF) is None
