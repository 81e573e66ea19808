"""`ruff format` is really run; black, rustfmt and pre-commit wrote the logs in `logs/`, each with its version.

gofmt's is in the form that its source writes (cmd/gofmt, internal/diff), for want of a Go toolchain here.
"""

import difflib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.analyze import analyze
from analysis.diagnosis import Block, Diagnosis
from analysis.patch import apply_edits
from analysis.recipes import propose_all, wanted
from analysis.recipes.printed_diff import Hunk, apply_hunks
from tests.analysis.recipes.red import RUFF_CHECK, RUFF_FORMAT, Check, Project, actions_log

LOGS = Path(__file__).parent / "logs"
UGLY = 'x = {  "a":1 }\n\n\n\ndef f( a ):\n    """Say  it.   """\n    return   a\n\ny = [1,\n2]'
MANY = "".join(f"x_{number} = {number}\n" for number in range(40))
PYTHON_BEFORE = 'x = {  "a":1 }\n\n\n\n\ndef f( a ):\n    return a\n\ny = [1,\n2]\n'
PYTHON_AFTER = 'x = {"a": 1}\n\n\ndef f(a):\n    return a\n\n\ny = [1, 2]\n'
RUST_BEFORE = """\
use std::io;
use std::fs;
fn main() {
let x=1;
   println!("{}",x);



    let y = vec![1,2,
3];
}
fn  g( ) {}
"""
RUST_AFTER = """\
use std::fs;
use std::io;
fn main() {
    let x = 1;
    println!("{}", x);

    let y = vec![1, 2, 3];
}
fn g() {}
"""
GO_BEFORE = 'package a\n\nimport (\n\t"os"\n\t"fmt"\n)\nfunc  f( ) {\n  fmt.Println(os.Args)\n}\n'
GO_AFTER = 'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc f() {\n\tfmt.Println(os.Args)\n}\n'


def diagnosed(name: str, command: str) -> Diagnosis:
    return analyze([actions_log(Check("Format", command, ()), (LOGS / name).read_text(), 1)])


def mended(project: Project, diagnosis: Diagnosis, files: dict[str, str]) -> dict[str, str] | None:
    project.write(files)
    read = project.files(wanted([diagnosis]))
    proposal = propose_all([diagnosis], read)
    if proposal is None:
        return None
    assert proposal.recipes == ("formatter-diff",)
    return {one.path: one.after.decode() for one in apply_edits(read, proposal.edits).files}


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": UGLY},
        {"a.py": UGLY, "pkg/b.py": "z = 1", "pkg/c.py": "good = 1\n"},
        {"a.py": "x = 1\n\n\n\n\n"},
        {"a.py": "\n\n\nx = 1\n"},
        {"a.py": MANY + "y=1\n" + MANY + "q=2\n"},
        {"a.py": "x=1\r\ny = 2\r\n"},
        {"a.py": "x = \"é\" ;y='☃'\n"},
    ],
    ids=["one file", "two of three files", "blank lines at the end", "at the start", "two hunks", "windows", "letters"],
)
def test_what_ruff_format_shows_is_applied_and_ruff_is_content(project: Project, files: dict[str, str]) -> None:
    project.write(files)
    proposal = project.mend(RUFF_FORMAT)
    assert proposal is not None
    assert proposal.covers == (0,)
    code, printed = project.run(RUFF_FORMAT)
    assert code == 0, printed


def test_blacks_diff_is_applied(project: Project) -> None:
    diagnosis = diagnosed("black-26.txt", "black --check --diff .")
    files = {"a.py": PYTHON_BEFORE, "b.py": "z = 1"}
    assert mended(project, diagnosis, files) == {"a.py": PYTHON_AFTER, "b.py": "z = 1\n"}


def test_rustfmts_hunks_are_applied(project: Project) -> None:
    diagnosis = diagnosed("rustfmt-1.9.txt", "cargo fmt --check")
    files = {"src/m.rs": RUST_BEFORE, "src/n.rs": "use a::b;\nfn g() {}"}
    assert mended(project, diagnosis, files) == {"src/m.rs": RUST_AFTER, "src/n.rs": "use a::b;\nfn g() {}\n"}


def test_pre_commits_own_diff_is_applied(project: Project) -> None:
    diagnosis = diagnosed("pre-commit-4-ruff-format.txt", "pre-commit run --all-files --show-diff-on-failure")
    assert mended(project, diagnosis, {"a.py": PYTHON_BEFORE}) == {"a.py": PYTHON_AFTER}


def test_gofmts_diff_is_applied(project: Project) -> None:
    printed = "".join(difflib.unified_diff(GO_BEFORE.splitlines(True), GO_AFTER.splitlines(True), "a.go.orig", "a.go"))
    diagnosis = analyze([actions_log(Check("Format", "gofmt -d .", ()), "diff a.go.orig a.go\n" + printed, 1)])
    assert mended(project, diagnosis, {"a.go": GO_BEFORE}) == {"a.go": GO_AFTER}


def test_without_the_file_nothing_is_proposed(project: Project) -> None:
    diagnosis = diagnosed("black-26.txt", "black --check --diff .")
    assert mended(project, diagnosis, {"a.py": PYTHON_BEFORE}) is None


def test_a_file_that_is_not_the_one_of_the_diff_is_left_alone(project: Project) -> None:
    diagnosis = diagnosed("black-26.txt", "black --check --diff .")
    assert mended(project, diagnosis, {"a.py": "q = 1\n", "b.py": "z = 1"}) is None


@pytest.mark.parametrize("side", ["start", "end", "middle"])
def test_a_diff_that_the_evidence_cuts_is_not_applied(project: Project, side: str) -> None:
    project.write({"a.py": PYTHON_BEFORE})
    whole = project.diagnosis(RUFF_FORMAT)
    [block] = whole.evidence.blocks
    lines = block.text.split("\n")
    hunk = next(at for at, line in enumerate(lines) if line.startswith("@@"))
    kept = {"start": (hunk, len(lines)), "end": (0, hunk + 4), "middle": (0, hunk + 9)}[side]
    cut = Block(block.start + kept[0], block.start + kept[1] - 1, 1.0, "\n".join(lines[kept[0] : kept[1]]))
    blocks = (cut,) if side != "middle" else (cut, Block(cut.end + 2, block.end, 1.0, "\n".join(lines[kept[1] + 1 :])))
    diagnosis = replace(whole, evidence=replace(whole.evidence, blocks=blocks))
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


def test_blocks_that_touch_are_read_as_one(project: Project) -> None:
    project.write({"a.py": PYTHON_BEFORE})
    whole = project.diagnosis(RUFF_FORMAT)
    [block] = whole.evidence.blocks
    lines = block.text.split("\n")
    middle = len(lines) // 2
    halves = (
        Block(block.start, block.start + middle - 1, 1.0, "\n".join(lines[:middle])),
        Block(block.start + middle, block.end, 1.0, "\n".join(lines[middle:])),
    )
    diagnosis = replace(whole, evidence=replace(whole.evidence, blocks=halves))
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is not None


def test_more_files_announced_than_shown_are_not_half_formatted(project: Project) -> None:
    project.write({"a.py": "x=1\n"})
    code, printed = project.run(RUFF_FORMAT)
    log = actions_log(RUFF_FORMAT, printed.replace("1 file would", "2 files would"), code)
    assert propose_all([analyze([log])], project.files(frozenset({"a.py"}))) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [("assert area(1) == 3\n", "assert True\n"), ("x = 1\n", "x = 2\n"), ("f()\n", "f()  # noqa\ng()\n")],
)
def test_a_diff_that_changes_the_meaning_in_a_formatters_name_is_refused(
    project: Project, before: str, after: str
) -> None:
    project.write({"a.py": before})
    removed = "".join(f"-{line}\n" for line in before.splitlines())
    added = "".join(f"+{line}\n" for line in after.splitlines())
    header = f"--- a.py\n+++ a.py\n@@ -1 +1,{len(after.splitlines())} @@\n"
    printed = f"{header}{removed}{added}\n1 file would be reformatted\n"
    diagnosis = analyze([actions_log(RUFF_FORMAT, printed, 1)])
    assert wanted([diagnosis]) >= {"a.py"}
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


def test_a_diff_that_no_formatter_printed_is_no_formatting(project: Project) -> None:
    project.write({"a.py": "x=1\n"})
    printed = "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n\nthe files differ\n"
    diagnosis = analyze([actions_log(Check("Diff", "diff a b", ()), printed, 1)])
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


@pytest.mark.parametrize(
    ("script", "mends"), [("make tables\ngit diff --exit-code", False), ("black .\ngit diff --exit-code", True)]
)
def test_what_git_shows_is_formatting_only_where_a_formatter_ran(project: Project, script: str, mends: bool) -> None:
    project.write({"a.py": "x=1\n"})
    printed = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n"
    diagnosis = analyze([actions_log(Check("Diff", script, ()), printed, 1)])
    assert (propose_all([diagnosis], project.files(frozenset({"a.py"}))) is not None) is mends


def test_of_two_formatters_that_disagree_none_is_followed(project: Project) -> None:
    project.write({"a.py": "x=1\n"})
    black = "--- a.py\t2026-01-01 10:00:00+00:00\n+++ a.py\t2026-01-01 10:00:01+00:00\n@@ -1 +1 @@\n-x=1\n+x = 1\n\n"
    yapf = "--- a.py\t(original)\n+++ a.py\t(reformatted)\n@@ -1 +1 @@\n-x=1\n+x =  1\n\n"
    diagnosis = analyze([actions_log(Check("Format", "make format", ()), black + yapf + "done\n", 1)])
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


def test_an_import_that_isort_would_drop_is_not_dropped(project: Project) -> None:
    project.write({"a.py": "import sys, os\n"})
    printed = "--- a.py:before\t2026\n+++ a.py:after\t2026\n@@ -1 +1 @@\n-import sys, os\n+import os\n\n"
    diagnosis = analyze([actions_log(Check("Format", "isort --diff .", ()), printed, 1)])
    assert propose_all([diagnosis], project.files(frozenset({"a.py"}))) is None


def test_an_import_that_ruff_also_finds_is_removed_with_it(project: Project) -> None:
    project.write({"a.py": "import os\nimport re\n\nprint( re )\n"})
    proposal = project.mend(RUFF_CHECK, RUFF_FORMAT)
    assert proposal is not None
    assert [project.run(check)[0] for check in (RUFF_CHECK, RUFF_FORMAT)] == [0, 0]


lines = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=12)


@given(lines, st.integers(0, 12), st.integers(0, 4), lines, st.integers(-3, 3))
def test_a_hunk_lands_at_its_place_or_at_its_only_other_one(
    text: list[str], start: int, length: int, new: list[str], off: int
) -> None:
    old = text[start : start + length]
    after = apply_hunks("\n".join(text), [Hunk(start + 1 + off, tuple(old), tuple(new))])
    stands = [at for at in range(len(text) - len(old) + 1) if text[at : at + len(old)] == old]
    places = [start + off] if start + off in stands else stands if len(stands) == 1 and old else []
    expected = [[*text[:at], *new, *text[at + len(old) :]] for at in places]
    assert after == ("\n".join(expected[0]) if expected else None)
