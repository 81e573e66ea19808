"""The log is in the form of pre-commit 4 with pre-commit-hooks 6; the cases of `tests/repairs` really run them."""

import pytest

from analysis.analyze import analyze
from analysis.patch import apply_edits
from analysis.recipes import propose_all
from tests.analysis.recipes.red import Check, Project, actions_log

CONFIG = "repos:\n- repo: local\n  hooks:\n  - id: mixed-line-ending\n{}"
PRINTED = """\
mixed line ending........................................................Failed
- hook id: mixed-line-ending
- exit code: 1
- files were modified by this hook

a.txt: fixed mixed line endings

"""


def mended(project: Project, text: str, arguments: str = "") -> str | None:
    project.write({"a.txt": text, ".pre-commit-config.yaml": CONFIG.format(arguments)})
    diagnosis = analyze([actions_log(Check("Lint", "pre-commit run -a", ()), PRINTED, 1)])
    files = project.files(frozenset({"a.txt", ".pre-commit-config.yaml"}))
    proposal = propose_all([diagnosis], files)
    if proposal is None:
        return None
    [patched] = apply_edits(files, proposal.edits).files
    return patched.after.decode()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a\nb\r\nc\n", "a\nb\nc\n"),
        ("a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n"),
        ("a\nb\r\n", "a\nb\n"),
    ],
    ids=["more of one", "more of the other", "as many"],
)
def test_the_more_frequent_end_wins(project: Project, text: str, after: str) -> None:
    assert mended(project, text) == after


@pytest.mark.parametrize(
    ("text", "arguments"),
    [("a\rb\r\nc\n", ""), ("a\r\nb\nc\n", "    args: [--fix=crlf]\n"), ("a\nb\n", "")],
    ids=["an end of its own", "another rule", "nothing to do"],
)
def test_what_the_hook_would_do_otherwise_is_left_alone(project: Project, text: str, arguments: str) -> None:
    assert mended(project, text, arguments) is None
