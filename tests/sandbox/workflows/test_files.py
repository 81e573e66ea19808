"""The files through which a step speaks to those after it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.workflows.files import MOST_BYTES, FileCommandError, collect, prepare


def outputs(folder: Path, text: str) -> dict[str, str]:
    (folder / "output").write_text(text, newline="")
    return collect(folder).outputs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1\nb=x=y\nc=\n", {"a": "1", "b": "x=y", "c": ""}),
        ("a=1\r\nb=2\r\n", {"a": "1", "b": "2"}),
        ("\n\na=1\n\n", {"a": "1"}),
        ("a<<END\none\ntwo\nEND\nb=3\n", {"a": "one\ntwo", "b": "3"}),
        ("a<<END\nEND\n", {"a": ""}),
        ("a<<END\nb=1\nEND\n", {"a": "b=1"}),
        ("a=<<END\n", {"a": "<<END"}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=é\u2028b\x0bc\n", {"a": "é\u2028b\x0bc"}),
    ],
)
def test_values(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert outputs(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("words\n", "Invalid format 'words'"),
        ("=x\n", "Invalid format '=x'"),
        ("a<<END\none\n", "Matching delimiter not found 'END'"),
        ("a<<\none\n", "Invalid format 'a<<'"),
        ("<<END\nx\nEND\n", "Invalid format '<<END'"),
    ],
)
def test_what_cannot_be_read_is_said_as_the_runner_says_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileCommandError) as caught:
        outputs(tmp_path, text)
    assert str(caught.value).startswith("Unable to process file command 'output' successfully.\n")
    assert said in str(caught.value)


def test_paths_are_lines(tmp_path: Path) -> None:
    (tmp_path / "path").write_text("/opt/a\n\n/opt/b\n")
    assert collect(tmp_path).paths == ("/opt/a", "/opt/b")


def test_the_runners_own_variables_cannot_be_set(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=1\nGITHUB_SHA=0\nrunner_os=x\n")
    assert collect(tmp_path).env == {"A": "1"}


def test_node_options_cannot_be_set(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("NODE_OPTIONS=--require=x\n")
    with pytest.raises(FileCommandError, match="NODE_OPTIONS"):
        collect(tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileCommandError, match="1024k"):
        outputs(tmp_path, "a=" + "x" * MOST_BYTES)


def test_what_a_step_before_wrote_is_gone(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a=1\n")
    named = prepare(tmp_path)
    assert named["GITHUB_STEP_SUMMARY"] == str(tmp_path / "summary")
    assert collect(tmp_path).outputs == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "output").write_bytes(written)
    try:
        collect(tmp_path)
    except FileCommandError:
        return
