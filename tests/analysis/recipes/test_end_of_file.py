"""The hooks' log in `logs/` was written by pre-commit with its own hooks; ruff is really run."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis
from analysis.patch import apply_edits
from analysis.recipes import wanted
from analysis.recipes.end_of_file import EndOfFile
from tests.analysis.recipes.red import Check, Project, actions_log

HOOKS = Check("Hooks", "pre-commit run --all-files", ())
LOG = (Path(__file__).parent / "logs" / "pre-commit-4-white-space.txt").read_text()
WHITE_SPACE = Check(
    "Lint",
    "ruff check .",
    ("ruff", "check", "--isolated", "--no-cache", "--select", "W291,W292,W293", "."),
)
FILES = {"a.py": "x = 1  \ny = 2", "b.txt": "a\n\n\n", "c.txt": "ok  \n", "d.md": "a  \nb   \nc\t\n"}
PLAIN = "repos:\n- hooks:\n  - id: trailing-whitespace\n  - id: end-of-file-fixer\n"


def mended(project: Project, diagnosis: Diagnosis, files: dict[str, str]) -> dict[str, str] | None:
    project.write(files)
    read = project.files(wanted([diagnosis]))
    proposal = EndOfFile().propose(diagnosis, read)
    if proposal is None:
        return None
    return {one.path: one.after.decode() for one in apply_edits(read, proposal.edits).files}


def hooks(printed: str = LOG) -> Diagnosis:
    return analyze([actions_log(HOOKS, printed, 1)])


def test_the_files_that_the_hooks_name_are_mended_as_the_hooks_do(project: Project) -> None:
    after = mended(project, hooks(), {**FILES, ".pre-commit-config.yaml": PLAIN})
    assert after == {"a.py": "x = 1\ny = 2\n", "b.txt": "a\n", "d.md": "a\nb\nc\n"}


@pytest.mark.parametrize(
    "value", ["--markdown-linebreak-ext=md", "--markdown-linebreak-ext=*", "--markdown-linebreak-ext, md"]
)
def test_line_breaks_of_markdown_stay_where_the_hook_keeps_them(project: Project, value: str) -> None:
    config = PLAIN.replace("whitespace\n", f"whitespace\n    args: [{value}]\n")
    after = mended(project, hooks(), {**FILES, ".pre-commit-config.yaml": config})
    assert after is not None
    assert after["d.md"] == "a  \nb  \nc\n"


def test_markdown_is_left_alone_where_the_hooks_arguments_are_unknown(project: Project) -> None:
    after = mended(project, hooks(), FILES)
    assert after is not None
    assert set(after) == {"a.py", "b.txt"}


def test_a_hook_that_strips_other_characters_is_not_imitated(project: Project) -> None:
    config = PLAIN.replace("whitespace\n", "whitespace\n    args: [--chars, x]\n")
    after = mended(project, hooks(), {**FILES, ".pre-commit-config.yaml": config})
    assert after == {"a.py": "x = 1  \ny = 2\n", "b.txt": "a\n"}


def test_mixed_line_ends_stay(project: Project) -> None:
    project.root.joinpath("a.py").write_bytes(b"x = 1 \r\ny = 2\n")
    read = project.files(frozenset({"a.py"}))
    proposal = EndOfFile().propose(hooks(), read)
    assert proposal is not None
    assert apply_edits(read, proposal.edits).files[0].after == b"x = 1\r\ny = 2\n"


def test_a_file_of_blank_lines_becomes_empty(project: Project) -> None:
    assert mended(project, hooks(), {"b.txt": "\n\n\n"}) == {"b.txt": ""}


def test_another_hooks_files_are_left_alone(project: Project) -> None:
    other = LOG.replace("hook id: trailing-whitespace", "hook id: sort").replace(
        "hook id: end-of-file-fixer", "hook id: x"
    )
    assert mended(project, hooks(other), FILES) is None


def test_a_broken_configuration_is_no_obstacle(project: Project) -> None:
    after = mended(project, hooks(), {"a.py": FILES["a.py"], ".pre-commit-config.yaml": "repos: [\n"})
    assert after == {"a.py": "x = 1\ny = 2\n"}


@pytest.mark.parametrize(
    "text",
    [
        "x = 1 \ny = 2\n",
        "x = 1",
        "def f():\n    x = 1\n    \n    return x\n",
        'def f():\n    """Doc.  \n\n    More.   \n    """\n',
        "x = 1\t\r\ny = 2\r\n",
    ],
    ids=["W291", "W292", "W293", "docstring", "windows"],
)
def test_what_the_linter_locates_is_mended(project: Project, text: str) -> None:
    project.write({"a.py": text})
    proposal = project.mend(WHITE_SPACE)
    assert proposal is not None
    assert proposal.covers == (0,)
    code, printed = project.run(WHITE_SPACE)
    assert code == 0, printed


def test_blank_lines_at_the_end_that_a_linter_locates_go(project: Project) -> None:
    project.write({"a.py": "x = 1 \n\n\n"})
    diagnosis = project.diagnosis(WHITE_SPACE)
    # ruff knows W391 only as a preview; flake8 prints it in the same form.
    places = tuple(replace(place, rule="W391", line=2) for place in diagnosis.locations)
    assert mended(project, replace(diagnosis, locations=places), {"a.py": "x = 1\n\n\n"}) == {"a.py": "x = 1\n"}


def test_white_space_in_a_string_is_left_alone(project: Project) -> None:
    project.write({"a.py": 'x = """a  \nb"""\n'})
    assert project.mend(WHITE_SPACE) is None
