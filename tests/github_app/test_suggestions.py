"""Suggestions stand on lines that a pull request shows, and what is to be pasted does what it says."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.edits import Edit, SourceFile
from analysis.patch import FilePatch, PatchError, apply_edits, diff_bytes, replaced_lines
from github_app.suggestions import FixedFile, Replaced, suggestions, taking

SHOWN = {"a.py": "@@ -1,4 +1,5 @@\n x\n+y\n z\n\n w\n@@ -20 +21 @@\n-p\n+q"}


def test_a_replaced_place_inside_the_diff_is_one_comment_on_its_lines() -> None:
    places = [Replaced(2, 3, ("a\n", "b\n")), Replaced(21, 21, ())]
    first, second = suggestions([FixedFile("a.py", places)], SHOWN)
    assert (first.path, first.start_line, first.line, first.body) == ("a.py", 2, 3, "```suggestion\na\nb\n```")
    assert (second.line, second.body) == (21, "```suggestion\n```")


@pytest.mark.parametrize(
    "file",
    [
        FixedFile("a.py", [Replaced(2, 2, ("a\n",)), Replaced(10, 10, ("b\n",))]),
        FixedFile("a.py", [Replaced(5, 21, ("a\n",))]),
        FixedFile("b.py", [Replaced(2, 2, ("a\n",))]),
        FixedFile("a.py", [Replaced(2, 2, ("a\n",))], takes=False),
        FixedFile("a.py", [Replaced(2, 2, ("a\u202eb\n",))]),
    ],
    ids=["one place outside", "over two hunks", "another file", "not as lines", "what is not seen"],
)
def test_a_fix_that_cannot_be_suggested_whole_is_not_suggested_at_all(file: FixedFile) -> None:
    assert suggestions([file], SHOWN) == ()


def test_a_suggestion_with_a_fence_inside_stands_in_a_longer_one() -> None:
    (comment,) = suggestions([FixedFile("a.py", [Replaced(1, 1, ("```\n",))])], SHOWN)
    assert comment.body == "````suggestion\n```\n````"


def patched(before: str, after: str) -> FilePatch:
    return FilePatch("a.py", before.encode(), after.encode(), "0" * 40)


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), min_size=1, max_size=8).map("".join)


@given(before=LINES, after=LINES)
def test_lines_put_in_the_place_of_lines_give_the_fixed_file(before: str, after: str) -> None:
    places = replaced_lines(patched(before, after))
    if places is None:
        return
    lines = before.splitlines(keepends=True)
    for start, end, new in reversed(places):
        assert 1 <= start <= end <= len(lines)
        lines[start - 1 : end] = new
    assert "".join(lines) == after


@pytest.mark.parametrize("content", ["a\r\n", "\ufeffa\n", "a"], ids=["CRLF", "mark", "no end"])
def test_a_file_that_lines_do_not_tell_whole_is_not_told_by_lines(content: str) -> None:
    assert replaced_lines(patched(content, f"b\n{content}")) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60),
    new=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
)
def test_what_is_to_be_pasted_makes_the_fixed_file_with_real_git(before: str, new: str, tmp_path: Path) -> None:
    content = f"{before}\nCI_FIXER_F1\nsearched\n".encode()
    try:
        patch = apply_edits({"a b.py": SourceFile("a b.py", content, "0" * 40)}, [Edit("a b.py", "searched", new)])
    except PatchError:
        return
    tree = tmp_path / str(len(list(tmp_path.iterdir())))
    tree.mkdir()
    command = taking(1, diff_bytes(patch)).split("\n", 1)[1].rsplit("\n", 1)[0]
    (tree / "a b.py").write_bytes(content)
    script = "git init -q . && git config user.name s && git config user.email s@x && git config core.autocrlf false\n"
    done = "git add -A && git commit -qm one\n"
    subprocess.run(
        ["/bin/bash", "-eu"],
        input=f"{script}{done}{command}\n".encode(),
        cwd=tree,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    assert (tree / "a b.py").read_bytes() == patch.files[0].after
