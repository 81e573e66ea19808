"""A job's log, line by line, and the annotations that come of it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.workflows import joblog
from sandbox.workflows.joblog import JobLog

MOMENT = datetime(2026, 11, 23, 9, 5, 7, 123456, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[JobLog]:
    opened = JobLog(tmp_path / "job.log", lambda: MOMENT, "/work")
    yield opened
    opened.close()


def lines(log: JobLog, tmp_path: Path) -> list[str]:
    log.close()
    text = (tmp_path / "job.log").read_text(encoding="utf-8-sig")
    return [re.sub(r"^2026-11-23T09:05:07\.1234560Z ", "", line) for line in text.splitlines()]


def test_a_line_is_stamped_to_a_hundred_nanoseconds_after_a_byte_order_mark(log: JobLog, tmp_path: Path) -> None:
    log.line("hello")
    log.close()
    assert (tmp_path / "job.log").read_bytes() == b"\xef\xbb\xbf2026-11-23T09:05:07.1234560Z hello\n"


def test_the_group_that_shows_a_command_is_that_of_actions(log: JobLog, tmp_path: Path) -> None:
    log.command("\nmake test\nmake more\n", "/usr/bin/bash -e {0}", {"LEVEL": "high"})
    assert lines(log, tmp_path) == [
        "##[group]Run make test",
        "\x1b[36;1m\x1b[0m",
        "\x1b[36;1mmake test\x1b[0m",
        "\x1b[36;1mmake more\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "env:",
        "  LEVEL: high",
        "##[endgroup]",
    ]


def test_the_group_that_shows_an_action_is_that_of_actions(log: JobLog, tmp_path: Path) -> None:
    log.action("actions/checkout@v4", {"fetch-depth": "0"}, {})
    assert lines(log, tmp_path) == ["##[group]Run actions/checkout@v4", "with:", "  fetch-depth: 0", "##[endgroup]"]


def test_commands_are_rewritten_and_annotate(log: JobLog, tmp_path: Path) -> None:
    for line in ("::group::Build", "::error file=a.py,line=3::text", "::endgroup::", "::debug::hidden", "##[notice]n"):
        log.speak(line)
    assert [(one.path, one.start_line, one.level, one.message) for one in log.annotations] == [
        ("a.py", 3, "failure", "text"),
        (".github", 4, "notice", "n"),
    ]
    assert lines(log, tmp_path) == ["##[group]Build", "##[error]text", "##[endgroup]", "##[notice]n"]


def test_a_masked_value_is_shown_nowhere_from_there_on(log: JobLog, tmp_path: Path) -> None:
    log.speak("before: s3cret")
    log.speak("::add-mask::s3cret")
    log.speak("after: s3cret and S3cret")
    log.speak("::error::it was s3cret")
    log.command("echo s3cret", "bash", {"KEY": "s3cret"})
    assert "s3cret" not in "\n".join(lines(log, tmp_path)[1:])
    assert log.annotations[0].message == "it was ***"


def test_each_line_of_a_masked_value_is_masked(log: JobLog, tmp_path: Path) -> None:
    log.speak("::add-mask::first%0Asecond")
    log.speak("the second line, and the first")
    assert lines(log, tmp_path) == ["the *** line, and the ***"]


def test_of_an_annotation_of_several_lines_the_first_alone_is_stamped(log: JobLog, tmp_path: Path) -> None:
    log.speak("::error::first%0Asecond")
    log.close()
    first, second = (tmp_path / "job.log").read_text(encoding="utf-8-sig").splitlines()
    assert first.endswith("Z ##[error]first")
    assert second == "second"


def test_of_two_masks_the_longer_goes_first(log: JobLog, tmp_path: Path) -> None:
    log.mask("abc")
    log.mask("abcdef")
    log.mask("  ")
    log.line("x abcdef y")
    assert lines(log, tmp_path) == ["x *** y"]


def test_commands_can_be_stopped_and_taken_up_again(log: JobLog, tmp_path: Path) -> None:
    for line in ("::stop-commands::token-1", "::error::shown as it is", "::TOKEN-1::", "::error::marked"):
        log.speak(line)
    assert lines(log, tmp_path) == [
        "::stop-commands::token-1", "::error::shown as it is", "::TOKEN-1::", "##[error]marked",
    ]  # fmt: skip
    assert [one.message for one in log.annotations] == ["marked"]


def test_stopped_commands_are_taken_up_by_the_next_step(log: JobLog) -> None:
    log.speak("::stop-commands::token-1")
    log.begin_step()
    log.speak("::error::marked")
    assert [one.message for one in log.annotations] == ["marked"]


def test_ten_annotations_of_a_level_a_step_and_fifty_a_job(log: JobLog) -> None:
    for _ in range(12):
        log.speak("::error::e")
        log.speak("::warning::w")
    assert len(log.annotations) == 20
    for _ in range(9):
        log.begin_step()
        for _ in range(9):
            log.speak("::notice::n")
    assert len(log.annotations) == 50


def test_a_log_without_end_is_cut(log: JobLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_left", 25)
    for _ in range(5):
        log.line("0123456789")
    assert lines(log, tmp_path) == ["0123456789", "0123456789"]
    assert joblog.MOST_BYTES == 2**30
