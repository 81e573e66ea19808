"""Spaces and blank lines by flake8's codes, whose lines are written here as flake8 7 does; the cases really run it."""

import pytest

from analysis.analyze import analyze
from analysis.patch import apply_edits
from analysis.recipes import propose_all
from tests.analysis.recipes.red import Check, Project, actions_log

FLAKE8 = Check("Lint", "flake8 .", ())
TRAILING_COMMA = Check(
    "Lint",
    "ruff check --select COM .",
    ("ruff", "check", "--isolated", "--no-cache", "--select", "COM", "."),
)
F = "def f():\n    return 1\n"


def mended(project: Project, text: str, *printed: str) -> str | None:
    project.write({"a.py": text})
    diagnosis = analyze([actions_log(FLAKE8, "".join(f"./a.py:{line}\n" for line in printed), 1)])
    files = project.files(frozenset({"a.py"}))
    proposal = propose_all([diagnosis], files)
    if proposal is None:
        return None
    [patched] = apply_edits(files, proposal.edits).files
    return patched.after.decode()


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        ("x=1\n", ["1:2: E225 missing whitespace around operator"], "x = 1\n"),
        ("x =1\n", ["1:4: E225 missing whitespace around operator"], "x = 1\n"),
        ("x = 2*3\n", ["1:6: E226 missing whitespace around arithmetic operator"], "x = 2 * 3\n"),
        ("f( 1 )\n", ["1:3: E201 whitespace after '('", "1:5: E202 whitespace before ')'"], "f(1)\n"),
        ("f (1)\n", ["1:2: E211 whitespace before '('"], "f(1)\n"),
        ("x = [1 ,2]\n", ["1:7: E203 whitespace before ','", "1:8: E231 missing whitespace after ','"], "x = [1, 2]\n"),
        ("x  = 1\n", ["1:2: E221 multiple spaces before operator"], "x = 1\n"),
        ("x =  1\n", ["1:4: E222 multiple spaces after operator"], "x = 1\n"),
        ("f(a = 1)\n", ["1:4: E251 unexpected spaces", "1:6: E251 unexpected spaces"], "f(a=1)\n"),
        ("x = 1 # why\n", ["1:6: E261 at least two spaces before inline comment"], "x = 1  # why\n"),
        ("x = 1  #why\n", ["1:8: E262 inline comment should start with '# '"], "x = 1  # why\n"),
        ("#why\nx = 1\n", ["1:1: E265 block comment should start with '# '"], "# why\nx = 1\n"),
        ("### why\nx = 1\n", ["1:1: E266 too many leading '#' for block comment"], "# why\nx = 1\n"),
        ("if(1):\n    pass\n", ["1:3: E275 missing whitespace after keyword"], "if (1):\n    pass\n"),
        ("import os, re\n", ["1:10: E401 multiple imports on one line"], "import os\nimport re\n"),
        ("x = 1;\n", ["1:6: E703 statement ends with a semicolon"], "x = 1\n"),
        ("x = 1\n" + F, ["2:1: E302 expected 2 blank lines, found 0"], "x = 1\n\n\n" + F),
        ("x = 1\n\n# Why.\n" + F, ["4:1: E302 expected 2 blank lines, found 1"], "x = 1\n\n\n# Why.\n" + F),
        (
            F + "x = 1\n",
            ["3:1: E305 expected 2 blank lines after class or function definition, found 0"],
            F + "\n\nx = 1\n",
        ),
        ("x = 1\n\n\n\n\ny = 1\n", ["6:1: E303 too many blank lines (4)"], "x = 1\n\n\ny = 1\n"),
        (
            "def f():\n    x = 1\n\n\n    return x\n",
            ["5:5: E303 too many blank lines (2)"],
            "def f():\n    x = 1\n\n    return x\n",
        ),
        (
            "@f\n\ndef g():\n    pass\n",
            ["3:1: E304 blank lines found after function decorator (1)"],
            "@f\ndef g():\n    pass\n",
        ),
    ],
)
def test_each_finding_is_mended_at_its_column(project: Project, before: str, found: list[str], after: str) -> None:
    assert mended(project, before, *found) == after


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n", "1:2: E225 missing whitespace around operator"),
        ("x = 'a,b'\n", "1:7: E231 missing whitespace after ','"),
        ("x = '( a'\n", "1:7: E201 whitespace after '('"),
        ("import os, re; x = 1\n", "1:10: E401 multiple imports on one line"),
        ("x = 1\n", "9:1: E302 expected 2 blank lines, found 0"),
        ("x = '''\n\n\n\n'''\n", "5:1: E303 too many blank lines (3)"),
    ],
    ids=["nothing there", "a string", "another string", "shared line", "no such line", "lines of a string"],
)
def test_what_would_change_more_than_space_is_left_alone(project: Project, text: str, found: str) -> None:
    assert mended(project, text, found) is None


def test_a_trailing_comma_stands_where_ruff_misses_it(project: Project) -> None:
    project.write({"a.py": "x = [\n    1,\n    2\n]\nf(1,)\n"})
    proposal = project.mend(TRAILING_COMMA)
    assert proposal is not None
    assert proposal.recipes == ("python-spacing",)
    assert (project.root / "a.py").read_text() == "x = [\n    1,\n    2,\n]\nf(1)\n"
