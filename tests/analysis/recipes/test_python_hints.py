"""What Python and mypy say themselves: a colon, `print`'s parentheses, a name that was meant. Python is really run."""

import sys

import pytest

from analysis.analyze import analyze
from analysis.recipes import propose_all
from analysis.recipes.suggested_name import is_one_slip
from tests.analysis.recipes.red import Check, Project, actions_log

SCRIPT = Check("Run", "python -m tool", ("tool",))
MYPY = Check("Types", "mypy tool.py", ("mypy", "--cache-dir", "/dev/null", "tool.py"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        ("if True  # why\n    pass\n", "if True:  # why\n    pass\n"),
        ("class A\n    pass\n\n\nclass B\n    pass\n", "class A:\n    pass\n\n\nclass B:\n    pass\n"),
        ("try:\n    pass\nfinally\n    pass\n", "try:\n    pass\nfinally:\n    pass\n"),
        ('print "a"\nprint "b", 1  # two\n', 'print("a")\nprint("b", 1)  # two\n'),
        ("if 1: print 'a'\n", "if 1: print('a')\n"),
    ],
)
def test_what_python_misses_is_written(project: Project, before: str, after: str) -> None:
    project.write({"tool.py": before})
    proposal = project.mend(SCRIPT)
    assert proposal is not None
    assert (proposal.recipes, proposal.covers) == (("syntax-hint",), (0,))
    assert (project.root / "tool.py").read_text() == after
    assert project.run(SCRIPT)[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "if x = 1:\n    pass\n",
        "x = [1, 2\n",
        "def f(x)\nreturn x\n",
        "print 'a',\n",
        "else if x\n    pass\n",
        "x = 'a\n",
    ],
)
def test_what_python_does_not_name_is_left_alone(project: Project, text: str) -> None:
    project.write({"tool.py": text})
    assert project.mend(SCRIPT) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("value = 1\nprint(vlaue, vlaue + 1)\n", "value = 1\nprint(value, value + 1)\n"),
        ("def f(size):\n    return sizee\n\n\nf(1)\n", "def f(size):\n    return size\n\n\nf(1)\n"),
        ("import decimal\n\nprint(decimal.Decimla(1))\n", "import decimal\n\nprint(decimal.Decimal(1))\n"),
        ("prnit('a')\n", "print('a')\n"),
    ],
)
def test_a_name_one_slip_away_is_written_as_suggested(project: Project, before: str, after: str) -> None:
    project.write({"tool.py": before})
    proposal = project.mend(SCRIPT)
    assert proposal is not None
    assert proposal.recipes == ("suggested-name",)
    assert (project.root / "tool.py").read_text() == after
    assert project.run(SCRIPT)[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "price, prices = 1, 2\nprint(prics)\n",
        "item1 = 1\nprint(item2)\n",
        "items = 1\nprint(item)\n",
        "count = 1\nprint(ccuontt)\n",
        "class A:\n    def size(self):\n        return 1\n\n\nA().sizes\n",
    ],
    ids=["two as near", "another number", "singular", "far off", "plural"],
)
def test_a_name_that_may_be_another_is_left_alone(project: Project, text: str) -> None:
    project.write({"tool.py": text})
    assert project.mend(SCRIPT) is None


def test_mypys_maybe_is_followed(project: Project) -> None:
    project.write({"tool.py": 'print("a".uper())\n'})
    assert project.mend(MYPY) is not None
    assert (project.root / "tool.py").read_text() == 'print("a".upper())\n'
    assert project.run(MYPY)[0] == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="newer Pythons are really asked above")
def test_a_suggested_import_is_followed(project: Project) -> None:
    project.write({"tool.py": "from decimal import Decimla\n\nprint(Decimla(1))\n"})
    code, printed = project.run(SCRIPT)
    told = printed.rstrip("\n") + ". Did you mean: 'Decimal'?\n"
    files = project.files(frozenset({"tool.py"}))
    proposal = propose_all([analyze([actions_log(SCRIPT, told.replace(str(project.root), "."), code)])], files)
    assert proposal is not None
    assert proposal.edits[0].replace.startswith("from decimal import Decimal\n")


def test_a_stale_log_changes_nothing(project: Project) -> None:
    project.write({"tool.py": "value = 1\nprint(vlaue)\n"})
    diagnosis = project.diagnosis(SCRIPT)
    project.write({"tool.py": "value = 1\nvlaue = 2\nprint(vlaue)\n"})
    assert propose_all([diagnosis], project.files(frozenset({"tool.py"}))) is None


@pytest.mark.parametrize(
    ("wrong", "right", "is_slip"),
    [
        ("vlaue", "value", True),
        ("valu", "value", True),
        ("valuee", "value", True),
        ("valve", "value", True),
        ("value", "values", False),
        ("Value", "value", False),
        ("value1", "value2", False),
        ("vlaeu", "value", False),
    ],
)
def test_a_slip_is_one_letter_and_no_other_word(wrong: str, right: str, *, is_slip: bool) -> None:
    assert is_one_slip(wrong, right) is is_slip
