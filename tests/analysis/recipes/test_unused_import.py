import pytest

from analysis.analyze import analyze
from analysis.patch import apply_edits
from analysis.recipes import propose_all
from tests.analysis.recipes.red import (
    RUFF_CHECK,
    RUFF_CONCISE,
    RUFF_FORMAT,
    RUFF_GITHUB,
    Check,
    Project,
    actions_log,
)

BODY = "\n\ndef f():\n    return 1\n"
RED = {
    "the only import": "import os\n" + BODY,
    "one of two statements": "import os\nimport sys\n" + BODY + "\n\nprint(sys.path)\n",
    "behind a docstring": '"""Doc."""\n\nimport os\n' + BODY,
    "a section of its own": "import sys\n\nimport ruff\n\nprint(sys.path)\n",
    "one of several names": "from os import path, sep\n\nprint(sep)\n",
    "the last of several names": "from os import path, sep\n\nprint(path)\n",
    "an alias": "import json as js\n" + BODY,
    "an alias among names": "from os import path as p, sep as s\n\nprint(s)\n",
    "a module in a package": "import os.path\n" + BODY,
    "parentheses, the first": "from os import (\n    altsep,\n    curdir,\n    sep,\n)\n\nprint(curdir, sep)\n",
    "parentheses, a comment": "from os import (\n    altsep,\n    curdir,  # why\n    sep,\n)\n\nprint(sep, altsep)\n",
    "parentheses, the last": "from os import (\n    altsep,\n    curdir,\n    sep,\n)\n\nprint(altsep, curdir)\n",
    "parentheses, all": "from os import (\n    altsep,\n    curdir,\n)\n" + BODY,
    "the only statement of a block": "def f():\n    import os\n",
    "the first statement of a block": "def f():\n    import os\n\n    return 1\n",
    "the last statement of a block": "def f():\n    print(1)\n    import os\n",
    "under TYPE_CHECKING": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os\n\nprint(1)\n",
    "several at once": "import os\nimport re\nimport sys\nfrom os import path, sep\n\nprint(re, sep)\n",
    "the last line": "print(1)\nimport os\n",
}


@pytest.mark.parametrize("name", RED)
def test_unused_imports_go_and_the_linter_and_the_formatter_are_content(project: Project, name: str) -> None:
    project.write({"app/code.py": RED[name]})
    proposal = project.mend(RUFF_CHECK)
    assert proposal is not None
    assert proposal.covers == (0,)
    assert project.run(RUFF_CHECK)[0] == 0
    assert project.run(RUFF_FORMAT)[0] == 0


@pytest.mark.parametrize("check", [RUFF_CHECK, RUFF_CONCISE, RUFF_GITHUB], ids=lambda check: check.command)
def test_each_of_ruffs_ways_to_print_is_understood(project: Project, check: Check) -> None:
    project.write({"a.py": "import os\nfrom re import (\n    escape,\n    sub,\n)\n\nprint(sub)\n"})
    assert project.mend(check) is not None
    assert (project.root / "a.py").read_text() == "from re import (\n    sub,\n)\n\nprint(sub)\n"


def test_windows_line_ends_stay(project: Project) -> None:
    project.write({"a.py": "import os\r\nimport sys\r\n\r\nprint(sys)\r\n"})
    assert project.mend(RUFF_CHECK) is not None
    assert (project.root / "a.py").read_bytes() == b"import sys\r\n\r\nprint(sys)\r\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pkg/__init__.py", "from os import sep\n"),
        ("a.py", "try:\n    import ujson\nexcept ImportError:\n    pass\n"),
        ("a.py", "x = 1\nx = undefined_name\n"),
        ("a.py", "try:\n    import os\nfinally:\n    pass\n"),
    ],
    ids=["a package's face", "an attempt", "another rule", "inside a try"],
)
def test_what_may_be_meant_is_left_alone(project: Project, path: str, text: str) -> None:
    project.write({path: text})
    assert project.mend(RUFF_CHECK) is None


def test_where_more_is_wrong_than_is_mended_nothing_is_proposed(project: Project) -> None:
    project.write({"a.py": "import os\n\nprint(undefined_name)\n"})
    assert project.mend(RUFF_CHECK) is None


@pytest.mark.parametrize(
    "text",
    [
        "import os\n\nprint(os.name)\n",
        "import os.path\n\nprint(os.path.sep)\n",
        "import os\n\n\ndef f(a: 'os.PathLike[str]') -> None: ...\n",
        "import os\n\n__all__ = ['os']\n",
    ],
)
def test_an_import_that_the_file_uses_stays_whatever_a_log_says(project: Project, text: str) -> None:
    project.write({"a.py": "import os\n" if "path" not in text else "import os.path\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    project.write({"a.py": text})
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


def test_a_stale_log_changes_nothing(project: Project) -> None:
    project.write({"a.py": "import os\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    project.write({"a.py": "import re\n\nprint(re)\n"})
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


@pytest.mark.parametrize(
    ("text", "told", "after"),
    [
        ("import os\nimport re\n\nprint(re)\n", "Unused import os", "import re\n\nprint(re)\n"),
        ("import json as js\n\nprint(1)\n", "Unused json imported as js", "print(1)\n"),
        (
            "from os import path, sep\n\nprint(sep)\n",
            "Unused path imported from os",
            "from os import sep\n\nprint(sep)\n",
        ),
        ("from os import path as p\n\nprint(1)\n", "Unused path imported from os as p", None),
    ],
)
def test_pylint_s_words_are_understood(project: Project, text: str, told: str, after: str | None) -> None:
    project.write({"a.py": text})
    printed = f"************* Module a\na.py:1:0: W0611: {told} (unused-import)\n"
    diagnosis = analyze([actions_log(Check("Lint", "pylint a.py", ()), printed, 4)])
    files = project.files(frozenset({"a.py"}))
    proposal = propose_all([diagnosis], files)
    got = None if proposal is None else apply_edits(files, proposal.edits).files[0].after.decode()
    assert got == after
