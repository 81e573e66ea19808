from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.commands import COMMANDS, MOST_COMMANDS, MOST_TEXT, Command, help_text, parse_commands


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/approve", Command("approve", None, "", 0)),
        ("/approve F12 looks right", Command("approve", 12, "looks right", 0)),
        ("/approve 12", Command("approve", 12, "", 0)),
        ("/approve looks right", Command("approve", None, "looks right", 0)),
        ("/fixer approve f12", Command("approve", 12, "", 0)),
        ("/reject F3 we keep os", Command("reject", 3, "we keep os", 0)),
        ("  /retry  ", Command("retry", None, "", 0)),
        ("/fixer help", Command("help", None, "", 0)),
        ("Thank you!\r\n/approve\r\n", Command("approve", None, "", 0)),
        ("<!-- hidden --> \n/approve", Command("approve", None, "", 0)),
        ("```\ncode\n```\n/approve", Command("approve", None, "", 0)),
    ],
)
def test_a_command_is_the_first_word_of_a_line(text: str, command: Command) -> None:
    assert parse_commands(text) == (command,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please /approve",
        "/approved",
        "/Approve",
        "/help",
        "/unknown",
        "`/approve`",
        "> /approve",
        "  > /approve",
        "    /approve",
        "\t/approve",
        "```\n/approve\n```",
        "~~~\n/approve\n~~~",
        "````\n```\n/approve\n````",
        "```\n/approve",
        "```\n``` no end\n/approve\n```",
        "<!-- /approve -->",
        "<!--\n/approve\n-->",
        "<!-- never closed\n/approve",
        "<pre>/approve</pre>",
    ],
)
def test_what_is_shown_quoted_or_meant_for_others_is_no_command(text: str) -> None:
    assert parse_commands(text) == ()


def test_several_run_in_their_order() -> None:
    found = parse_commands("/reject F1 no\n\n/approve F2\n")
    assert [(one.name, one.fix_id, one.ordinal) for one in found] == [("reject", 1, 0), ("approve", 2, 1)]


def test_a_comment_gives_ten_commands_at_most_and_their_text_is_cut() -> None:
    assert len(parse_commands("/retry\n" * 50)) == MOST_COMMANDS
    (one,) = parse_commands("/reject " + "x" * 60_000)
    assert len(one.text) == MOST_TEXT


@given(st.text(alphabet="/aprove F1`~>< \t\n!-", max_size=200) | st.text())
def test_any_text_is_read(text: str) -> None:
    for ordinal, command in enumerate(parse_commands(text)):
        assert command.ordinal == ordinal


@given(st.text(alphabet="/aprove \n", max_size=60))
def test_nothing_in_a_closed_fence_runs(inside: str) -> None:
    assert parse_commands(f"```\n{inside}\n```") == ()


def test_help_names_every_command_and_who_may_use_it() -> None:
    shown = help_text()
    for spec in COMMANDS:
        assert spec.usage in shown
        assert spec.who in shown


def test_the_readme_names_every_command_and_who_may_use_it() -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text()
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:3]) for line in readme.splitlines() if line.startswith("|")
    }
    assert {(f"`{spec.usage}`", spec.who) for spec in COMMANDS} <= rows
