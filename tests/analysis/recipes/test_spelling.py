"""Lines of the log as codespell 2.4 and typos 1.52 write them; the cases of `tests/repairs` really run both."""

import pytest

from analysis.analyze import analyze
from analysis.patch import apply_edits
from analysis.recipes import propose_all
from tests.analysis.recipes.red import Check, Project, actions_log

CODESPELL = Check("Spelling", "codespell .", ())


def mended(project: Project, path: str, text: str, *printed: str) -> str | None:
    project.write({path: text})
    diagnosis = analyze([actions_log(CODESPELL, "\n".join(printed), 65)])
    files = project.files(frozenset({path}))
    proposal = propose_all([diagnosis], files)
    if proposal is None:
        return None
    [patched] = apply_edits(files, proposal.edits).files
    return patched.after.decode()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "We {} it."),
        ("a.rst", "We {} it, and `others`."),
        ("README", "{}"),
        ("a.md", "- One\n    - We {} it."),
        ("a.py", "x = 1  # We {} it."),
        ("a.py", 'def f():\n    """We {} it."""'),
        ("a.js", "const x = '//'; // We {} it."),
        ("a.c", "/* We\n * {} it. */"),
        ("a.yml", "# We {} it.\na: 1"),
        ("Makefile", "# We {} it."),
    ],
)
def test_a_word_in_prose_is_spelt_right(project: Project, path: str, text: str) -> None:
    line = text[: text.index("{}")].count("\n") + 1
    after = mended(project, path, text.format("recieve") + "\n", f"./{path}:{line}: recieve ==> receive")
    assert after == text.format("receive") + "\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "Call `recieve`."),
        ("a.md", "See [it](recieve.md)."),
        ("a.md", "See https://example.org/recieve now."),
        ("a.md", "```\nrecieve\n```"),
        ("a.md", "Code:\n\n    recieve"),
        ("a.md", "Set --recieve or recieve_all or recieve()."),
        ("a.md", "We recieve; call `recieve`."),
        ("a.rst", "Code::\n\n    recieve"),
        ("requirements.txt", "recieve"),
        ("a.py", "x = 'recieve'"),
        ("a.py", "def f(recieve):\n    pass  # recieve"),
        ("a.py", "def f(:  # recieve"),
        ("a.js", "const x = 'recieve';"),
        ("a.json", '{"recieve": 1}'),
        ("a.sh", "recieve --all"),
    ],
)
def test_a_word_that_may_be_a_name_or_a_value_is_left_alone(project: Project, path: str, text: str) -> None:
    at = [number for number, line in enumerate(text.split("\n"), 1) if "recieve" in line]
    printed = [f"./{path}:{number}: recieve ==> receive" for number in at]
    assert mended(project, path, text + "\n", *printed) is None


@pytest.mark.parametrize("told", ["nd ==> and, 2nd", "nd ==> and | disabled, for it is a name", "One ==> secret"])
def test_where_the_tool_is_not_sure_nothing_is_written(project: Project, told: str) -> None:
    assert mended(project, "a.md", "One nd two.\n", f"a.md:1: {told}") is None


def test_words_are_written_right_one_by_one(project: Project) -> None:
    printed = ("a.md:1: recieve ==> receive", "a.md:1: teh ==> the", "a.md:1: teh ==> the", "a.md:2: Teh ==> The")
    assert mended(project, "a.md", "We recieve teh and teh.\nTeh.\n", *printed) == "We receive the and the.\nThe.\n"


def test_typos_points_below_its_words(project: Project) -> None:
    printed = ("error: `teh` should be `the`", "  ╭▸ ./a.md:1:5", "  │", "1 │ All teh goods.", "  ╰╴    ━━━")
    assert mended(project, "a.md", "All teh goods.\n", *printed) == "All the goods.\n"


def test_misspell_is_understood_through_golangci_lint(project: Project) -> None:
    printed = "a.go:1:8: `recieve` is a misspelling of `receive` (misspell)"
    assert mended(project, "a.go", "// We recieve.\npackage a\n", printed) == "// We receive.\npackage a\n"


def test_a_stale_log_changes_nothing(project: Project) -> None:
    assert mended(project, "a.md", "All is well.\n", "a.md:1: teh ==> the") is None
