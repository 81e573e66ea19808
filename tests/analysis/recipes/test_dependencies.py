"""What a job installs from, and one name more in it; pip is really run by the cases of `tests/repairs`."""

import pytest

from analysis.analyze import analyze
from analysis.patch import apply_edits
from analysis.recipes import propose_all, wanted
from analysis.recipes.dependency_files import installed_by, with_dependency
from tests.analysis.recipes.red import Check, Project, actions_log

PIP = "pip install -r requirements.txt\npytest"
RAISED = """\
Traceback (most recent call last):
  File "{}", line 1, in <module>
    import {}
ModuleNotFoundError: No module named '{}'
"""


def mended(project: Project, files: dict[str, str], printed: str, script: str = PIP) -> dict[str, str] | None:
    project.write(files)
    diagnosis = analyze([actions_log(Check("Test", script, ()), printed, 1)])
    read = project.files(wanted([diagnosis]))
    proposal = propose_all([diagnosis], read)
    if proposal is None:
        return None
    return {one.path: one.after.decode() for one in apply_edits(read, proposal.edits).files}


def raised(module: str, path: str = "shop.py") -> str:
    return RAISED.format(path, module, module)


@pytest.mark.parametrize(
    ("commands", "paths"),
    [
        (["pip install -r requirements.txt"], {"requirements.txt"}),
        (["python -m pip install -q --requirement=dev/reqs.txt pytest"], {"dev/reqs.txt"}),
        (["uv pip install -r a.txt -r b.in"], {"a.txt", "b.in"}),
        (["pip install -e .[test]"], {"pyproject.toml", "setup.cfg"}),
        (['pip install ".[test, docs]"'], {"pyproject.toml", "setup.cfg"}),
        (["poetry install --with dev"], {"pyproject.toml"}),
        (["pip install requests", "grep -r x.txt ."], set()),
    ],
)
def test_the_commands_say_what_a_job_installs_from(commands: list[str], paths: set[str]) -> None:
    assert installed_by(commands).paths >= paths
    assert bool(installed_by(commands).paths) is bool(paths)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("click\npytest\n", "click\nidna\npytest\n"),
        ("pytest\nclick", "pytest\nclick\nidna\n"),
        ("", "idna\n"),
        (
            "# All.\n-r other.txt\nclick==8.1\n\n# Tests.\nZope\n",
            "# All.\n-r other.txt\nclick==8.1\n\n# Tests.\nidna\nZope\n",
        ),
    ],
    ids=["in order", "at the end", "the first", "among comments"],
)
def test_a_name_stands_in_order_where_names_do(before: str, after: str) -> None:
    installed = installed_by(["pip install -r requirements.txt"])
    assert with_dependency(installed, {"requirements.txt": before}, "idna", for_tests=False) == (
        "requirements.txt",
        after,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project]\ndependencies = ["click"]\n', '[project]\ndependencies = ["click", "idna"]\n'),
        ("[project]\ndependencies = []\n", '[project]\ndependencies = ["idna"]\n'),
        (
            '[project]\ndependencies = [\n  "click>=8",  # why\n  "a"\n]\n[tool.x]\ndependencies = ["b"]\n',
            '[project]\ndependencies = [\n  "click>=8",  # why\n  "a",\n  "idna",\n]\n[tool.x]\ndependencies = ["b"]\n',
        ),
        (
            '[project]\ndependencies = [\n    "zope[x]>=1",\n]\n',
            '[project]\ndependencies = [\n    "idna",\n    "zope[x]>=1",\n]\n',
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.11"\n\n[build-system]\n',
            '[tool.poetry.dependencies]\npython = "^3.11"\nidna = "*"\n\n[build-system]\n',
        ),
    ],
    ids=["on one line", "the first", "on lines", "in order", "poetry"],
)
def test_a_project_s_own_table_takes_the_name(before: str, after: str) -> None:
    installed = installed_by(["pip install ."])
    assert with_dependency(installed, {"pyproject.toml": before}, "idna", for_tests=False) == ("pyproject.toml", after)


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "IDNA==3\n"},
        {"requirements.txt": "click==8 \\\n    --hash=sha256:00\n"},
        {"pyproject.toml": "[project]\ndynamic = ['dependencies']\n"},
        {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3"\n', "poetry.lock": ""},
        {"pyproject.toml": "[project\n"},
        {},
    ],
    ids=["named already", "hashes", "dynamic", "a lock would not follow", "not TOML", "no file"],
)
def test_where_no_file_is_certain_none_is_written(files: dict[str, str]) -> None:
    installed = installed_by(["pip install -r requirements.txt", "pip install ."])
    assert with_dependency(installed, files, "idna", for_tests=False) is None


def test_what_the_code_needs_goes_where_the_code_s_needs_are(project: Project) -> None:
    files = {"requirements.txt": "click\n", "requirements-dev.txt": "-r requirements.txt\npytest\n"}
    script = "pip install -r requirements-dev.txt\npytest"
    assert mended(project, files, raised("yaml"), script) == {"requirements.txt": "click\npyyaml\n"}
    assert mended(project, files, raised("yaml", "tests/test_a.py"), script) == {
        "requirements-dev.txt": "-r requirements.txt\npytest\npyyaml\n"
    }


def test_a_program_that_python_lacks_is_for_tests(project: Project) -> None:
    printed = "/opt/python/bin/python: No module named pytest\n"
    assert mended(project, {"requirements.txt": "click\n"}, printed) == {"requirements.txt": "click\npytest\n"}


@pytest.mark.parametrize(
    ("module", "path", "more"),
    [
        ("shop_prices", "shop.py", {}),
        ("utils", "shop.py", {}),
        ("click", "shop.py", {"src/click/__init__.py": ""}),
        ("click", "app/shop.py", {"app/click.py": ""}),
        ("click", "/opt/python/lib/python3.12/site-packages/flask/app.py", {}),
        ("tomllib", "shop.py", {}),
    ],
    ids=["unknown", "a common word", "its own", "its own beside", "another package's", "Python's own"],
)
def test_a_module_that_may_be_something_else_is_not_installed(
    project: Project, module: str, path: str, more: dict[str, str]
) -> None:
    assert mended(project, {"requirements.txt": "six\n", **more}, raised(module, path)) is None


UNKNOWN = """\
ERROR: Could not find a version that satisfies the requirement {} (from versions: {})
ERROR: No matching distribution found for {}
"""
IGNORED = "ERROR: Ignored the following versions that require a different python version: 4.0 Requires-Python >=3.14\n"


@pytest.mark.parametrize(
    ("asked", "known", "got"),
    [
        ("idna==3.9.9", "2.8, 3.0, 3.9, 3.10", "idna==3.9"),
        ("idna==2.9", "2.8, 3.0", "idna==2.8"),
        ("idna==1.0", "2.8, 3.0", "idna==2.8"),
        ("idna>=9", "2.8, 3.0, 4.0rc1", "idna>=3.0"),
        ("idna~=9.1", "2.8, 3.0", "idna~=3.0"),
    ],
)
def test_the_nearest_version_that_pip_lists_is_asked_for(project: Project, asked: str, known: str, got: str) -> None:
    after = mended(project, {"requirements.txt": f"click\n{asked}  # why\n"}, UNKNOWN.format(asked, known, asked))
    assert after == {"requirements.txt": f"click\n{got}  # why\n"}


@pytest.mark.parametrize(
    ("asked", "known", "also"),
    [
        ("idna==9", "none", ""),
        ("idna==4.0", "3.0, 4.0rc1", ""),
        ("idna==3.0", "2.8, 3.0", ""),
        ("idna==4.0", "3.0", IGNORED),
        ("idna<1", "2.8", ""),
    ],
    ids=["none", "not final yet", "it exists", "for another Python", "no lower bound"],
)
def test_a_version_that_pip_does_not_lack_is_left(project: Project, asked: str, known: str, also: str) -> None:
    printed = also + UNKNOWN.format(asked, known, asked)
    assert mended(project, {"requirements.txt": f"{asked}\n"}, printed) is None


def test_a_version_asked_for_in_two_places_is_left(project: Project) -> None:
    files = {"requirements.txt": "idna==9\n", "dev.txt": "idna==9\n"}
    script = "pip install -r requirements.txt -r dev.txt"
    assert mended(project, files, UNKNOWN.format("idna==9", "3.0", "idna==9"), script) is None
