import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.edits import Edit, SourceFile
from analysis.patch import (
    Patch,
    PatchError,
    apply_edits,
    diff_bytes,
    edits_between,
    split_lines,
    text_of,
)
from analysis.patch.lines import changed_regions
from analysis.patch.text import decode, encode


def source(path: str, content: bytes, mode: str = "100644") -> SourceFile:
    return SourceFile(path, content, "0" * 40, mode)


def given_files(*sources: SourceFile) -> Mapping[str, SourceFile]:
    return {one.path: one for one in sources}


def one_file(content: bytes, *edits: Edit) -> bytes:
    [patched] = apply_edits(given_files(source("f", content)), edits).files
    return patched.after


def git(cwd: Path, *arguments: str, stdin: bytes = b"") -> None:
    subprocess.run(["git", *arguments], cwd=cwd, input=stdin, check=True, capture_output=True)


def applied_by_git(tmp_path: Path, files: Mapping[str, SourceFile], patch: Patch) -> dict[str, bytes]:
    git(tmp_path, "init", "-q")
    for path, one in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(one.content)
    git(tmp_path, "-c", "core.autocrlf=false", "apply", "-", stdin=diff_bytes(patch))
    return {one.path: (tmp_path / one.path).read_bytes() for one in patch.files}


# Few letters, so that lines repeat and searches are hard to make unique.
dull = st.lists(st.sampled_from(["", "a", "b", "ab", "  a"]), max_size=30).map("\n".join)
texts = st.one_of(dull, st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=80))


@given(texts, texts)
def test_edits_between_two_texts_lead_from_one_to_the_other(before: str, after: str) -> None:
    assume(before != after)
    edits = edits_between("f", before, after)
    assert one_file(before.encode(), *edits).decode() == after


@given(texts, texts, st.booleans())
def test_windows_line_ends_and_byte_order_mark_stay(before: str, after: str, mark: bool) -> None:
    assume(before != after and "\n" in before and not before.startswith("\ufeff"))
    head = b"\xef\xbb\xbf" if mark else b""
    content = head + before.replace("\n", "\r\n").encode()
    assert one_file(content, *edits_between("f", before, after)) == head + after.replace("\n", "\r\n").encode()


@given(texts, texts)
def test_each_search_stands_once_in_the_text(before: str, after: str) -> None:
    assume(before)
    for edit in edits_between("f", before, after):
        start = before.find(edit.search)
        assert edit.search
        assert start >= 0
        assert before.find(edit.search, start + 1) == -1


@given(st.binary(max_size=200))
def test_every_byte_sequence_survives_reading_and_writing(content: bytes) -> None:
    text = decode(content)
    assert encode(text, text.text) == content


@given(dull, dull)
def test_regions_hold_every_difference_and_nothing_else_between_them(before: str, after: str) -> None:
    old, new = split_lines(before), split_lines(after)
    rebuilt: list[str] = []
    at = 0
    for region in changed_regions(old, new):
        rebuilt += old[at : region.start] + new[region.new_start : region.new_end]
        at = region.end
    assert rebuilt + old[at:] == new


@settings(max_examples=60, deadline=None)
@given(before=texts, after=texts, second=texts)
def test_git_applies_the_diff_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str, second: str
) -> None:
    assume(before != after)
    files = given_files(source("a b/é.txt", before.encode()), source("z", b"\xff" + before.encode()))
    edits = [
        *edits_between("a b/é.txt", before, after),
        *edits_between("z", text_of(files["z"]), "\xff" + after.encode().decode("latin-1")),
        Edit("new/\tfile", "", second or "x"),
    ]
    patch = apply_edits(files, edits)
    after_git = applied_by_git(tmp_path_factory.mktemp("git"), files, patch)
    assert after_git == {one.path: one.after for one in patch.files}


def test_git_applies_a_diff_of_windows_line_ends(tmp_path: Path) -> None:
    files = given_files(source("f", b"a\r\nb\r\nc"))
    patch = apply_edits(files, [Edit("f", "b\nc", "d\n")])
    assert applied_by_git(tmp_path, files, patch) == {"f": b"a\r\nd\r\n"}


def test_git_creates_an_empty_file_from_the_diff(tmp_path: Path) -> None:
    patch = apply_edits({}, [Edit("pkg/__init__.py", "", "")])
    assert applied_by_git(tmp_path, {}, patch) == {"pkg/__init__.py": b""}


def test_the_diff_reads_as_git_writes_it() -> None:
    lines = "".join(f"{number}\n" for number in range(1, 31))
    patch = apply_edits(given_files(source("n.txt", lines.encode())), [Edit("n.txt", "\n2\n", "\ntwo\n")])
    assert patch.diff.splitlines()[2:] == ["--- a/n.txt", "+++ b/n.txt", "@@ -1,5 +1,5 @@", *_two_of_five()]


def _two_of_five() -> Sequence[str]:
    return [" 1", "-2", "+two", " 3", " 4", " 5"]


def test_the_hash_names_bytes_that_look_alike_apart() -> None:
    utf8 = apply_edits(given_files(source("f", "é1\n".encode())), [Edit("f", "1", "2")])
    latin = apply_edits(given_files(source("f", "é1\n".encode("latin-1"))), [Edit("f", "1", "2")])
    assert utf8.hash != latin.hash


def test_the_hash_does_not_depend_on_the_order_of_edits() -> None:
    files = given_files(source("a", b"1 2"), source("b", b"3"))
    edits = [Edit("a", "1", "x"), Edit("b", "3", "y"), Edit("a", "2", "z")]
    assert apply_edits(files, edits).hash == apply_edits(files, edits[::-1]).hash


def test_a_file_that_changes_keeps_its_blob_and_mode() -> None:
    [patched] = apply_edits(given_files(SourceFile("f", b"a", "b10b", "100755")), [Edit("f", "a", "b")]).files
    assert (patched.before_blob_sha, patched.mode) == ("b10b", "100755")


def test_text_beyond_the_encoding_of_the_file_is_refused() -> None:
    with pytest.raises(PatchError, match="latin-1"):
        one_file(b"\xe9 a", Edit("f", "a", "\u4e16"))


def test_windows_line_ends_in_an_edit_of_a_unix_file_become_unix_ones() -> None:
    assert one_file(b"a\nb\n", Edit("f", "a\r\nb", "c\r\nd")) == b"c\nd\n"


def test_mixed_line_ends_are_left_as_they_are() -> None:
    assert one_file(b"a\r\nb\nc\n", Edit("f", "b", "d")) == b"a\r\nd\nc\n"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (Edit("f", "x", "y"), "does not hold"),
        (Edit("f", "aa", "y"), "more than once"),
        (Edit("f", "", "y"), "exists already"),
        (Edit("g", "x", "y"), "not among the files"),
        (Edit("f", "b", "\0"), "NUL"),
        (Edit("f", "b", "\ud800"), "cannot hold"),
        (Edit("", "b", "c"), "empty"),
        (Edit("\ud800", "", "c"), "not valid text"),
        (Edit("../g", "", "c"), "not a plain path"),
        (Edit("/g", "", "c"), "not a plain path"),
        (Edit("a//g", "", "c"), "not a plain path"),
        (Edit(".Git/config", "", "c"), "not a plain path"),
        (Edit("g/" * 600 + "h", "", "c"), "can be checked out"),
        (Edit("f/g", "", "c"), "f is a file"),
        (Edit("f", "b", "b"), "change nothing"),
        (Edit("f", "b", "c" * (1 << 20)), "not edited"),
    ],
)
def test_an_edit_that_does_not_fit_is_an_error_that_says_why(edit: Edit, reason: str) -> None:
    with pytest.raises(PatchError, match=reason):
        one_file(b"aaab", edit)


def test_no_edits_are_no_patch() -> None:
    with pytest.raises(PatchError, match="change nothing"):
        apply_edits({}, [])


def test_two_edits_of_the_same_text_are_refused() -> None:
    with pytest.raises(PatchError, match="touch the same text"):
        one_file(b"abc", Edit("f", "ab", "x"), Edit("f", "bc", "y"))


def test_a_new_file_cannot_be_the_folder_of_another() -> None:
    with pytest.raises(PatchError, match="neither deletes nor renames"):
        apply_edits({}, [Edit("a/b/c", "", "x"), Edit("a", "", "y")])


@given(dull, st.data(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "latin-1"]), st.booleans())
def test_one_edit_leaves_all_other_bytes_alone(
    lines: str, data: st.DataObject, end: str, encoding: str, mark: bool
) -> None:
    text = f"é {lines}\n\tlast"
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    assume(text.find(text[start:stop]) == start and text.find(text[start:stop], start + 1) < 0)
    mark = mark and encoding == "utf-8"
    head, old, tail = (
        part.replace("\n", end).encode(encoding) for part in (text[:start], text[start:stop], text[stop:])
    )
    content = (b"\xef\xbb\xbf" if mark else b"") + head
    assert one_file(content + old + tail, Edit("f", text[start:stop], "X\n\t")) == (
        content + f"X{end}\t".encode(encoding) + tail
    )


def test_two_texts_for_one_new_file_are_refused() -> None:
    with pytest.raises(PatchError, match="more than once"):
        apply_edits({}, [Edit("f", "", "x"), Edit("f", "", "y")])


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_links_and_submodules_are_not_edited(mode: str) -> None:
    with pytest.raises(PatchError, match="never edited"):
        apply_edits(given_files(source("f", b"a", mode)), [Edit("f", "a", "b")])


def test_binary_files_are_not_edited() -> None:
    with pytest.raises(PatchError, match="binary"):
        one_file(b"a\0", Edit("f", "a", "b"))


def test_more_edits_than_a_fix_can_have_are_refused() -> None:
    with pytest.raises(PatchError, match="too many"):
        apply_edits({}, [Edit(f"f{number}", "", "x") for number in range(1001)])


def test_a_text_that_differs_everywhere_is_still_turned_into_the_other() -> None:
    before, after = ("".join(f"{word}{number}\n" for number in range(3000)) for word in ("a", "b"))
    assert one_file(before.encode(), *edits_between("f", before, after)).decode() == after
