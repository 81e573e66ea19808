import gc
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.commands import (
    COMMANDS,
    MOST_COMMANDS,
    MOST_TEXT,
    TOO_MANY,
    UNKNOWN,
    added,
    nearest,
    parse_commands,
    table,
)
from github_app.spoken import spoken

README = Path(__file__).parent.parent.parent / "README.md"


def heard(text: str) -> list[tuple[str, int | None, str]]:
    return [(one.name, one.fix_id, one.text) for one in parse_commands(text)]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/approve", ("approve", None, "")),
        ("/approve F12 looks right", ("approve", 12, "looks right")),
        ("/approve 12", ("approve", 12, "")),
        ("/approve looks right", ("approve", None, "looks right")),
        ("/fixer approve f12", ("approve", 12, "")),
        ("/reject F3 we keep os", ("reject", 3, "we keep os")),
        ("/reject F3 `os` is ours", ("reject", 3, "`os` is ours")),
        ("  /retry  ", ("retry", None, "")),
        ("/fixer help", ("help", None, "")),
        ("/fixer", ("help", None, "")),
        ("Thank you!\r\n/approve\r\n", ("approve", None, "")),
        ("Thank you!\r/approve\r", ("approve", None, "")),
        ("/approve\u00a0F12\u2003looks\u3000right", ("approve", 12, "looks\u3000right")),
        ("\u00a0/approve", ("approve", None, "")),
        ("<!-- hidden --> \n/approve", ("approve", None, "")),
        ("```\ncode\n```\n/approve", ("approve", None, "")),
        ("```\n<!--\n```\n/approve", ("approve", None, "")),
        ("`` ` ``\n/approve", ("approve", None, "")),
        ("\\`\n/approve\n`", ("approve", None, "")),
        ("> quoted\n\n/approve", ("approve", None, "")),
        ("> <details>\n\n/approve", ("approve", None, "")),
        ("- good\n- very good\n/approve", ("approve", None, "")),
        ("<details>\n\nlong\n\n</details>\n\n/approve", ("approve", None, "")),
        ("/approve\n--\nSent from a telephone", ("approve", None, "")),
    ],
)
def test_a_command_is_the_first_word_of_a_line(text: str, command: tuple[str, int | None, str]) -> None:
    assert heard(text) == [command]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please /approve",
        "/approved",
        "/Approve",
        "/help",
        "/unknown",
        "\\/approve",
        "# /approve",
        "- /approve",
        "one line\u2028/approve",
        "`/approve`",
        "` code over\n/approve\nlines `",
        "> /approve",
        "  > /approve",
        "> quoted\n/approve",
        "> - quoted\n/approve",
        "- > quoted\n/approve",
        "    /approve",
        "\t/approve",
        "- item\n\n      /approve",
        "```\n/approve\n```",
        "~~~\n/approve\n~~~",
        "````\n```\n/approve\n````",
        "```\n/approve",
        "```\n``` no end\n/approve\n```",
        "`<!--`\n```\n`-->`\n/approve\n```",
        "<!-- /approve -->",
        "<!--\n/approve\n-->",
        "<!-- never closed\n/approve",
        "text <!--\n/approve\n-->",
        "<pre>/approve</pre>",
        "<pre>\n\n/approve\n\n</pre>",
        "<div>\n/approve\n</div>",
        "<details>\n\n/approve\n\n</details>",
        "<DETAILS open>\n<summary>x</summary>\n\n- a\n\n/approve\n",
        "text <details>\n/approve",
        '<a title="\n/approve\n">',
        "<blockquote>\n\n/approve\n\n</blockquote>",
    ],
)
def test_what_is_shown_quoted_folded_or_meant_for_others_is_no_command(text: str) -> None:
    assert heard(text) == []


def test_several_run_in_their_order() -> None:
    found = parse_commands("/reject F1 no\n\n/approve F2\n")
    assert [(one.name, one.fix_id, one.ordinal) for one in found] == [("reject", 1, 0), ("approve", 2, 1)]


def test_a_comment_gives_ten_commands_and_says_how_many_are_left_out() -> None:
    *ten, last = parse_commands("/retry\n" * 50)
    assert len(ten) == MOST_COMMANDS
    assert (last.name, last.text) == (TOO_MANY, "40")
    assert len(parse_commands("/retry\n" * MOST_COMMANDS)) == MOST_COMMANDS


def test_the_text_of_a_command_is_cut() -> None:
    (one,) = parse_commands("/reject " + "x" * 60_000)
    assert len(one.text) == MOST_TEXT


def test_a_prefixed_word_that_is_no_command_is_answered_with_the_nearest() -> None:
    assert heard("/fixer aprove F1") == [(UNKNOWN, None, "aprove")]
    assert [nearest(word) for word in ("aprove", "APPROVE", "rejct", "zzz")] == ["approve", "approve", "reject", None]


def test_an_edit_adds_only_what_was_not_said_before() -> None:
    assert added("/approve F1\n/retry", "text\n\n/approve  F1") == parse_commands("\n/approve F1\n/retry")[1:]
    assert added("/retry\ntext\n/approve F1", "/approve F1\n/retry") == ()
    assert [one.act[-2:] for one in added("/retry\n/retry", "/retry")] == [".2"]
    assert len(added("/retry", None)) == 1


def test_a_command_that_is_written_with_the_prefix_at_last_is_new() -> None:
    (plain,), (prefixed,) = parse_commands("/retry"), added("/fixer retry", "/retry")
    assert (plain.act, plain.prefixed, prefixed.prefixed) == (prefixed.act, False, True)


def test_a_command_keeps_its_name_whatever_its_line_and_its_spaces() -> None:
    first, second = parse_commands("/reject F1 we keep os\n/reject f1  we  keep\u00a0os")
    assert first.act.removesuffix(".1") == second.act.removesuffix(".2")
    others = parse_commands("/reject F1 we keep\n/reject we keep\n/reject F2 we keep\n/approve F1 we keep")
    assert len({one.act[:32] for one in (*others, first)}) == 5


_SAID = st.text(alphabet="/aprove F1`~>< \t\n\r!-\\*#dtils\u00a0", max_size=200)


@given(_SAID | st.text())
def test_any_text_is_read(text: str) -> None:
    found = parse_commands(text)
    assert [one.ordinal for one in found] == list(range(len(found)))
    assert len({one.act for one in found}) == len(found)


@given(_SAID)
def test_what_is_said_stands_in_the_text_as_a_line(text: str) -> None:
    lines = {line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")}
    assert set(spoken(text)) <= lines


@given(st.text(alphabet="/aprove \n", max_size=60))
def test_nothing_in_a_closed_fence_runs(inside: str) -> None:
    assert parse_commands(f"```\n{inside}\n```") == ()


@given(_SAID)
def test_nothing_in_a_quote_runs(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.replace("\r", "\n").split("\n"))
    assert parse_commands(quoted) == ()


@given(st.permutations(["/approve F1", "/retry", "/retry", "/reject no"]))
def test_the_order_of_lines_names_the_same_commands(lines: list[str]) -> None:
    text = "/approve F1\n/retry\n/retry\n/reject no"
    assert {one.act for one in parse_commands("\n".join(lines))} == {one.act for one in parse_commands(text)}


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "\n",
        "/approve\n",
        "<!--",
        "<?",
        "<a ",
        "`` `",
        "<details>",
        "> ",
        "- ",
        "1. a\n",
        "> a\nb\n",
        "\\",
        "*",
        "[a]: ",
    ],
)
def test_a_hostile_text_takes_time_that_grows_with_it(piece: str) -> None:
    def seconds(length: int) -> float:
        text = "/approve " + piece * (length // len(piece))
        # This thread's own time: others share the machine.
        began = time.thread_time()
        parse_commands(text)
        return time.thread_time() - began

    # What thousands of tests before left behind is not this text's to sweep up.
    gc.disable()
    try:
        short, long = (min(seconds(length) for _ in range(3)) for length in (8_000, 64_000))
    finally:
        gc.enable()
    # Eight times the text; the square would be sixty-four times the time. A moment's pause counts for nothing.
    assert long < 32 * short + 0.1


def test_the_readme_shows_the_table_of_the_registry() -> None:
    assert f"\n{table()}\n" in README.read_text()


def test_every_command_is_registered_with_an_example_that_is_heard_as_it() -> None:
    for spec in COMMANDS:
        (example,) = parse_commands(spec.example)
        assert example.name == spec.name
        assert spec.usage.split()[0] in spec.example
        assert spec.who
        assert spec.what
