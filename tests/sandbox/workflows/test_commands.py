"""Workflow commands as a runner finds them in a step's output, and what it makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.state import Annotation
from sandbox.workflows.commands import LONGEST_MESSAGE, Command, annotation, parse_command


@pytest.mark.parametrize(
    ("line", "name", "properties", "data"),
    [
        ("::error::text", "error", {}, "text"),
        ("  ::warning::text", "warning", {}, "text"),
        ("::notice file=a.py,line=3::a: b", "notice", {"file": "a.py", "line": "3"}, "a: b"),
        ("::error file=C:\\a.py,line=3::text", "error", {"file": "C:\\a.py", "line": "3"}, "text"),
        ("::error title=a%2Cb%3Ac%25::1%25%0A2", "error", {"title": "a,b:c%"}, "1%\n2"),
        ("::error::%250A", "error", {}, "%0A"),
        ("::error file=,line=3::text", "error", {"line": "3"}, "text"),
        ("::Group::Title", "group", {}, "Title"),
        ("::endgroup::", "endgroup", {}, ""),
        ("::add-mask::s3cret", "add-mask", {}, "s3cret"),
        ("##[error]text", "error", {}, "text"),
        ("words before ##[warning file=a.py;line=3]text", "warning", {"file": "a.py", "line": "3"}, "text"),
    ],
)
def test_commands(line: str, name: str, properties: dict[str, str], data: str) -> None:
    found = parse_command(line)
    assert found is not None
    assert (found.name, found.properties, found.data) == (name, properties, data)


@pytest.mark.parametrize(
    "line",
    [
        "", "text", "error: text", "::", "::::", "::error", "::error:text", "say ::error::text", "::unknown::text",
        "##[section]text", "##[error text", "# [error]text", "std::vector::at",
    ],
)  # fmt: skip
def test_ordinary_lines(line: str) -> None:
    assert parse_command(line) is None


def place(line: str) -> tuple[str, int, int, int | None, int | None]:
    found = annotation(command(line), "/home/work", log_line=12)
    return found.path, found.start_line, found.end_line, found.start_column, found.end_column


def command(line: str) -> Command:
    found = parse_command(line)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("::error file=a.py,line=3,endLine=5::x", ("a.py", 3, 5, None, None)),
        ("::error file=a.py,line=3,col=7,endColumn=9::x", ("a.py", 3, 3, 7, 9)),
        ("::error file=a.py,line=3,col=7::x", ("a.py", 3, 3, 7, None)),
        ("::error file=a.py,line=3,endLine=4,col=7::x", ("a.py", 3, 4, None, None)),
        ("::error file=a.py,endLine=5::x", ("a.py", 5, 5, None, None)),
        ("::error file=a.py,line=5,endLine=3::x", ("a.py", 1, 1, None, None)),
        ("::error file=a.py,line=3,col=9,endColumn=7::x", ("a.py", 3, 3, None, None)),
        ("::error file=a.py,line=three::x", ("a.py", 1, 1, None, None)),
        ("::error file=/home/work/src/a.py,line=1::x", ("src/a.py", 1, 1, None, None)),
        ("::error file=./src\\a.py,line=1::x", ("src/a.py", 1, 1, None, None)),
        # Without a file it stands at the line of the step's log.
        ("::error::x", (".github", 12, 12, None, None)),
        ("::error line=3::x", (".github", 12, 12, None, None)),
    ],
)
def test_places_of_annotations(line: str, expected: tuple[object, ...]) -> None:
    assert place(line) == expected


def test_an_annotation_has_level_title_and_text() -> None:
    found = annotation(command("::warning file=a.py,line=3,title=Style::too long"), "/", 1)
    assert found == Annotation("a.py", 3, 3, None, None, "warning", "too long", "Style", "")


def test_a_long_message_is_cut() -> None:
    assert len(annotation(command(f"::error::{'x' * 100_000}"), "/", 1).message) == LONGEST_MESSAGE


@given(st.text(":#[]error =,;%0A\n", max_size=60))
def test_any_line_is_a_command_or_none(line: str) -> None:
    found = parse_command(line)
    if found is not None and found.name in ("error", "warning", "notice"):
        annotation(found, "/", 1)
