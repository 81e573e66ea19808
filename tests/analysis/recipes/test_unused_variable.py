import pytest

from analysis.recipes import propose_all
from tests.analysis.recipes.red import RUFF_CHECK, RUFF_FORMAT, Project

RED = {
    "a literal": ("def f():\n    x = 1\n    return 2\n", "def f():\n    return 2\n"),
    "a literal alone": ("def f():\n    x = [1, 2]\n", "def f():\n    pass\n"),
    "with a type": ("def f():\n    x: int = 1\n    return 2\n", "def f():\n    return 2\n"),
    "a name": ("def f(y):\n    x = y\n    return y\n", "def f(y):\n    return y\n"),
    "a call": ("def f(g):\n    x = g(1)\n    return 2\n", "def f(g):\n    g(1)\n    return 2\n"),
    "a call over lines": (
        "def f(g):\n    x = g(\n        1,\n    )\n    return 2\n",
        "def f(g):\n    g(\n        1,\n    )\n    return 2\n",
    ),
    "a typed call": ("def f(g):\n    x: int = g()\n    return 2\n", "def f(g):\n    g()\n    return 2\n"),
    "awaited": ("async def f(g):\n    x = await g()\n", "async def f(g):\n    await g()\n"),
    "an exception": (
        "def f(g):\n    try:\n        g()\n    except ValueError as x:\n        pass\n",
        "def f(g):\n    try:\n        g()\n    except ValueError:\n        pass\n",
    ),
    "exceptions in parentheses": (
        "def f(g):\n    try:\n        g()\n    except (ValueError, KeyError) as x:\n        pass\n",
        "def f(g):\n    try:\n        g()\n    except (ValueError, KeyError):\n        pass\n",
    ),
    "a manager": (
        "def f(g):\n    with g() as x:\n        return 1\n",
        "def f(g):\n    with g():\n        return 1\n",
    ),
    "two at once": ("def f():\n    x = 1\n    y = 2\n    return 3\n", "def f():\n    return 3\n"),
}


@pytest.mark.parametrize("name", RED)
def test_the_name_goes_and_what_may_do_something_stays(project: Project, name: str) -> None:
    before, after = RED[name]
    project.write({"app/code.py": before})
    proposal = project.mend(RUFF_CHECK)
    assert proposal is not None
    assert (proposal.recipes, proposal.covers) == (("unused-variable",), (0,))
    assert (project.root / "app/code.py").read_text() == after
    assert (project.run(RUFF_CHECK)[0], project.run(RUFF_FORMAT)[0]) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "def f(a):\n    x = a[0]\n",
        "def f(a):\n    x = a.size\n",
        "def f(a):\n    x = y = a()\n    return y\n",
        "def f(a):\n    if (x := a()):\n        return 1\n",
        "def f(a):\n    if a: x = 1; x = 2\n",
    ],
    ids=["an item", "an attribute", "two names", "a walrus", "twice on the line"],
)
def test_what_may_matter_is_left_alone(project: Project, text: str) -> None:
    project.write({"a.py": text})
    assert project.mend(RUFF_CHECK) is None


def test_a_stale_log_changes_nothing(project: Project) -> None:
    project.write({"a.py": "def f():\n    x = 1\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    project.write({"a.py": "def f():\n    x = 1\n    return x\n"})
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None
