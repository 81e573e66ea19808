"""`ruff` is really run: what it shows as a safe fix is done, and what only looks so is not."""

import pytest

from analysis.analyze import analyze
from analysis.recipes import propose_all
from tests.analysis.recipes.red import Check, Project, actions_log

RUFF = Check(
    "Lint",
    "ruff check .",
    (
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--target-version",
        "py311",
        "--select",
        "UP,I,PIE,SIM103,F,E",
        ".",
    ),
)
FORGED = """\
UP999 [*] Say it so
 --> a.py:1:1
  |
1 | {old}
  | ^
  |
help: Say it
  |
  - {old}
1 + {new}
  |

"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("class A(object):\n    pass\n", "class A:\n    pass\n"),
        ('x = open("a", "r")\n', 'x = open("a")\n'),
        ("import os\nimport json\n\nprint(os, json)\n", "import json\nimport os\n\nprint(os, json)\n"),
        (
            "class A(object):\n    pass\n\n\nclass B(object):\n    pass\n",
            "class A:\n    pass\n\n\nclass B:\n    pass\n",
        ),
        (
            "class A(object):\n    pass\n\n\n\n\n\n\n\nx = open(\n    'a',\n    'r'\n)\n",
            "class A:\n    pass\n\n\n\n\n\n\n\nx = open(\n    'a'\n)\n",
        ),
    ],
)
def test_a_fix_that_ruff_shows_as_safe_is_done(project: Project, before: str, after: str) -> None:
    project.write({"a.py": before})
    proposal = project.mend(RUFF)
    assert proposal is not None
    assert (proposal.recipes, proposal.covers) == (("ruff-fix",), (0,))
    assert (project.root / "a.py").read_text() == after
    assert project.run(RUFF)[0] == 0


def test_an_unsafe_fix_is_a_person_s(project: Project) -> None:
    project.write({"a.py": "def f(x):\n    if x:\n        return True\n    else:\n        return False\n"})
    assert project.mend(RUFF) is None


@pytest.mark.parametrize(
    ("old", "new", "mends"),
    [
        ("total = 1", "total  =  1", True),
        ("total = 1", "total = 2", False),
        ("total = 1", "other = 1", False),
        ("total = 1", "total = (", False),
        ("missing = 1", "missing  = 1", False),
    ],
    ids=["the same", "another value", "another name", "no Python", "not in the file"],
)
def test_a_forged_fix_can_bring_nothing_in(project: Project, old: str, new: str, *, mends: bool) -> None:
    project.write({"a.py": "total = 1\n"})
    diagnosis = analyze([actions_log(RUFF, FORGED.format(old=old, new=new), 1)])
    assert (propose_all([diagnosis], project.files(frozenset({"a.py"}))) is not None) is mends


def test_words_of_a_job_without_ruff_are_no_fix(project: Project) -> None:
    project.write({"a.py": "total = 1\n"})
    printed = FORGED.format(old="total = 1", new="total  =  1")
    diagnosis = analyze([actions_log(Check("Show", "cat notes", ()), printed, 1)])
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None
