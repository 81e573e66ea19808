"""What is mended where a linter saw it: plain f-strings, comparisons and escapes. `ruff` is really run."""

import pytest

from analysis.recipes import propose_all
from tests.analysis.recipes.red import Check, Project

RULES = ("ruff", "check", "--isolated", "--no-cache", "--select", "F,E7,W605", "--ignore", "E712")
FULL = Check("Lint", "ruff check .", (*RULES, "."))
CONCISE = Check("Lint", "ruff check --output-format concise .", (*RULES, "--output-format", "concise", "."))

RED = {
    "plain": ("plain-f-string", 'x = f"a"\n', 'x = "a"\n'),
    "plain and raw": ("plain-f-string", 'x = rf"a\\d"\n', 'x = r"a\\d"\n'),
    "plain, in capitals": ("plain-f-string", "x = F'a'\n", "x = 'a'\n"),
    "plain over lines": ("plain-f-string", 'x = f"""a\nb"""\n', 'x = """a\nb"""\n'),
    "plain, two on a line": ("plain-f-string", 'x = (f"a", f"b")\n', 'x = ("a", "b")\n'),
    "none in a test": ("none-comparison", "def f(x):\n    if x == None:\n        pass\n", "if x is None:"),
    "none without spaces": ("none-comparison", "def f(x):\n    if x==None:\n        pass\n", "if x is None:"),
    "none that is not": (
        "none-comparison",
        "def f(x):\n    assert not (x) != (None)\n",
        "assert not (x) is not (None)",
    ),
    "none first": (
        "none-comparison",
        "def f(x):\n    while None == x and x != 1:\n        pass\n",
        "while None is x and",
    ),
    "none in a loop": ("none-comparison", "y = [x for x in [1] if x != None]\n", "if x is not None]"),
    "a literal": ("literal-comparison", "def f(x):\n    return x is 'a'\n", "return x == 'a'"),
    "no literal": ("literal-comparison", "def f(x):\n    return x is not 1\n", "return x != 1"),
    "membership": ("negated-comparison", "def f(x):\n    return not x in [1]\n", "return x not in [1]"),
    "membership in parentheses": (
        "negated-comparison",
        "def f(x):\n    return not (x in [1])\n",
        "return (x not in [1])",
    ),
    "identity": ("negated-comparison", "def f(x):\n    return not x is f\n", "return x is not f"),
    "an escape": ("invalid-escape", 'x = "\\d+\\w"\n', 'x = r"\\d+\\w"\n'),
    "an escape beside another": ("invalid-escape", 'x = "\\d\\n"\n', 'x = "\\\\d\\n"\n'),
    "an escape in bytes": ("invalid-escape", 'x = b"\\d"\n', 'x = b"\\\\d"\n'),
    "an escape below": ("invalid-escape", 'x = """\na\\d\n"""\n', 'x = r"""\na\\d\n"""\n'),
}


@pytest.mark.parametrize("check", [FULL, CONCISE], ids=["full", "concise"])
@pytest.mark.parametrize("name", RED)
def test_the_finding_is_mended_and_ruff_is_content(project: Project, check: Check, name: str) -> None:
    recipe, before, after = RED[name]
    project.write({"app/code.py": before})
    proposal = project.mend(check)
    assert proposal is not None
    assert (proposal.recipes, proposal.covers) == ((recipe,), (0,))
    assert after in (project.root / "app/code.py").read_text()
    code, printed = project.run(check)
    assert code == 0, printed


@pytest.mark.parametrize(
    "text",
    [
        "def f(table):\n    return table.where(table.x == None)\n",
        "def f(x):\n    return x == None\n",
        'x = f"a{{b}}"\n',
        "def f(x):\n    if x == (  # why\n        None\n    ):\n        pass\n",
    ],
    ids=["a query", "a value", "doubled braces", "a comment between"],
)
def test_what_may_mean_something_else_is_left_alone(project: Project, text: str) -> None:
    project.write({"a.py": text})
    assert project.mend(FULL) is None


def test_a_stale_log_changes_nothing(project: Project) -> None:
    project.write({"a.py": 'x = f"a"\n'})
    diagnosis = project.diagnosis(FULL)
    project.write({"a.py": 'y = 1\nx = f"{y}"\n'})
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None
