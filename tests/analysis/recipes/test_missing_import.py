import pytest

from tests.analysis.recipes.red import PYTEST, RUFF_CHECK, RUFF_FORMAT, Check, Project

SORTED = Check(
    "Lint",
    "ruff check .",
    ("ruff", "check", "--isolated", "--no-cache", "--select", "F,I", "--line-length", "120", "."),
)
USE = "\n\ndef area(r):\n    return math.pi * r\n"
RED = {
    "a file without imports": USE.lstrip("\n"),
    "behind a docstring": '"""Doc."""\n' + USE,
    "behind a licence": "# Licence.\n\nx = math.pi\n",
    "behind a shebang": "#!/usr/bin/env python\nprint(math.pi)\n",
    "before another module": "import sys\n\nprint(sys.path, math.pi)\n",
    "behind another module": "import json\n\nprint(json, math.pi)\n",
    "between two": "import json\nimport sys\n\nprint(json, math.pi, sys)\n",
    "before names from a module": "from os import sep\n\nprint(sep, math.pi)\n",
    "behind the future": "from __future__ import annotations\n\nprint(math.pi)\n",
    "between the future and others": "from __future__ import annotations\n\nimport ruff\n\nprint(math.pi, ruff)\n",
    "before others": "import ruff\n\nprint(math.pi, ruff)\n",
    "before the project's own": "from . import b\n\nprint(math.pi, b)\n",
    "beside parentheses": "import json\nfrom os import (\n    sep,\n)\n\nprint(json, sep, math.e)\n",
    "a package's module": 'print(urllib.parse.quote("a b"), xml.etree.ElementTree.Element("a"))\n',
    "two at once": "print(math.pi, json.dumps(1))\n",
}


@pytest.mark.parametrize("name", RED)
def test_the_module_is_imported_where_isort_wants_it(project: Project, name: str) -> None:
    project.write({"pkg/code.py": RED[name]})
    proposal = project.mend(RUFF_CHECK)
    assert proposal is not None
    assert proposal.covers == (0,)
    code, printed = project.run(SORTED)
    assert code == 0, printed
    assert project.run(RUFF_FORMAT)[0] == 0


def test_a_failed_test_names_the_module_that_its_code_lacks(project: Project) -> None:
    test = "from shapes import area\n\n\ndef test_area():\n    assert area(1) > 3\n"
    project.write({"shapes.py": USE.lstrip("\n"), "test_shapes.py": test})
    proposal = project.mend(PYTEST)
    assert proposal is not None
    assert proposal.covers == (0,)
    code, printed = project.run(PYTEST)
    assert code == 0, printed


def test_a_test_module_that_lacks_an_import_itself_is_mended(project: Project) -> None:
    project.write({"tests/test_shapes.py": "def test_area():\n    assert math.pi > 3\n"})
    assert project.mend(PYTEST) is not None
    assert project.run(PYTEST)[0] == 0


def test_a_name_missing_while_tests_are_collected_is_mended(project: Project) -> None:
    project.write(
        {"shapes.py": "PI = math.pi\n", "test_shapes.py": "import shapes\n\n\ndef test_pi():\n    assert shapes.PI\n"}
    )
    assert project.mend(PYTEST) is not None
    assert project.run(PYTEST)[0] == 0


def test_a_scripts_traceback_is_understood(project: Project) -> None:
    script = Check("Run", "python -m tool", ("tool",))
    project.write({"tool.py": "def main():\n    print(math.pi)\n\n\nmain()\n"})
    assert project.mend(script) is not None
    assert project.run(script)[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return total.real\n",
        "def f(x):\n    return email.subject\n",
        "def f(x):\n    return json\n",
        "def f(x):\n    return copy(x)\n",
        "def f():\n    def g():\n        string = 1\n    return string.lower()\n",
        "print(this.s)\n",
        "print(winreg.x)\n",
    ],
    ids=[
        "no module",
        "no such attribute",
        "not an attribute's",
        "called itself",
        "bound elsewhere",
        "a joke",
        "foreign",
    ],
)
def test_a_name_that_was_meant_otherwise_is_left_alone(project: Project, text: str) -> None:
    project.write({"a.py": text})
    assert project.mend(RUFF_CHECK) is None
