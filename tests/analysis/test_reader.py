import codecs

import pytest

from analysis.blocks import Chunks, StepStart
from analysis.reader import LogReader, Place
from tests.analysis.cuts import cut_anywhere


def read(chunks: Chunks) -> list[str]:
    return [line.decode("utf-8", "replace") for block in LogReader().blocks(chunks) for line in block.lines]


def lines(*text: bytes) -> list[str]:
    return read([b"\n".join(text) + b"\n"])


def places(*text: bytes) -> list[Place]:
    return [place for block in LogReader().blocks([b"\n".join(text)]) for place in block.places]


def test_the_time_stamps_of_actions_are_taken_off() -> None:
    assert lines(
        b"2025-01-31T10:20:30.1234567Z ##[group]Run make",
        b"2025-01-31T10:20:30.1234567Z   indented",
        b"2025-01-31T10:20:30.1234567Z ",
        b"2025-01-31T10:20:30Z short",
        b"2025-01-31T10:20:30.12Z",
        b"no stamp at all",
    ) == ["##[group]Run make", "  indented", "", "short", "", "no stamp at all"]


def test_a_date_that_is_no_stamp_stays() -> None:
    for line in (b"2025-01-31 10:20:30 INFO up", b"2025-01-31T10:20:30+01:00 up", b"2025-01-31T10:20:30.1234567Zulu"):
        assert lines(line) == [line.decode()]


def test_a_mark_of_utf_8_is_taken_off_wherever_a_line_begins() -> None:
    stamped = codecs.BOM_UTF8 + b"2025-01-31T10:20:30.1234567Z "
    assert lines(stamped + b"first", b"middle", stamped + b"of another file", codecs.BOM_UTF8 + b"bare") == [
        "first",
        "middle",
        "of another file",
        "bare",
    ]


class TestGhRunView:
    def test_names_and_stamps_come_off_each_line(self) -> None:
        assert lines(
            b"build\tSet up job\t\xef\xbb\xbf2025-01-31T10:20:30.1234567Z Current runner version: '2.331.0'",
            b"build\tRun make\t2025-01-31T10:20:31.1234567Z cc\ta.c",
            b"build\tRun make\t2025-01-31T10:20:31.1234567Z ",
            b"build\tRun make\tsecond line of one message",
        ) == ["Current runner version: '2.331.0'", "cc\ta.c", "", "second line of one message"]

    def test_the_step_is_told_where_it_begins(self) -> None:
        assert places(
            b"build\tSet up job\t2025-01-31T10:20:30.1234567Z a",
            b"build\tSet up job\t2025-01-31T10:20:30.1234567Z b",
            b"build\tTest\t2025-01-31T10:20:30.1234567Z c",
            b"lint\tTest\t2025-01-31T10:20:30.1234567Z d",
        ) == [Place(0, "Set up job", "build"), Place(2, "Test", "build"), Place(3, "Test", "lint")]

    @pytest.mark.parametrize(
        ("job", "step"),
        [
            ('test (ubuntu-latest, 3.11, "a, b")', "Run `pytest -q` | tee log"),
            ("Prüfung / ☕ (1/3)", "✨ lint: 100%"),
            ("x" * 300, "y" * 300),
            ("build", "UNKNOWN STEP"),
            ("[job]", "2025-01-31"),
        ],
    )
    def test_names_may_hold_anything(self, job: str, step: str) -> None:
        line = f"{job}\t{step}\t2025-01-31T10:20:30.1234567Z words\there".encode()
        assert lines(line, line) == ["words\there"] * 2
        assert places(line) == [Place(0, step, job)]

    def test_a_tab_in_a_name_is_a_space(self) -> None:
        assert places(b"a\ttab\tRun\t2025-01-31T10:20:30.1234567Z x") == [Place(0, "Run", "a tab")]

    def test_a_table_with_tabs_is_no_such_log(self) -> None:
        rows = (b"BenchmarkA\t100\t12 ns/op", b"ok\tpkg/a\t0.01s", b"a\tb\t")
        assert lines(*rows) == [row.decode() for row in rows]

    def test_a_stamp_inside_a_cell_does_not_end_the_names(self) -> None:
        assert lines(b"job\tstep\t2025-01-31T10:20:30.1234567Z a\tb\t2025-01-31T10:20:30.1234567Z c") == [
            "a\tb\t2025-01-31T10:20:30.1234567Z c"
        ]


class TestOtherServices:
    def test_gitlab_s_sections_name_steps_and_leave_their_header(self) -> None:
        log = (
            b"\x1b[0KRunning with gitlab-runner 17.0.0\x1b[0;m",
            b'section_start:1717171717:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting "step_script"\x1b[0;m',
            b"\x1b[32;1m$ make test\x1b[0;m",
            b"section_end:1717171799:step_script\r\x1b[0K",
            b"no section",
            b"section_start:1717171800:upload\r\x1b[0KUploading",
            b"section_end:1717171801:upload\r\x1b[0Ksection_start:1717171802:cleanup[a=b]\r\x1b[0KCleaning up",
        )
        assert lines(*log) == [
            "Running with gitlab-runner 17.0.0",
            'Executing "step_script"',
            "$ make test",
            "",
            "no section",
            "Uploading",
            "Cleaning up",
        ]
        assert places(*log) == [Place(1, "step_script"), Place(3, ""), Place(5, "upload"), Place(6, "cleanup")]

    def test_gitlab_s_stamps_name_the_stream(self) -> None:
        assert lines(
            b"2024-05-22T12:43:46.962646Z 00O section_start:1716381826:step_script",
            b"2024-05-22T12:43:46.962646Z 00E error: no such file",
            b"2024-05-22T12:43:46.962646Z 01O+ and on",
        ) == ["section_start:1716381826:step_script", "error: no such file", " and on"]

    def test_azure_stamps_as_actions_does(self) -> None:
        assert lines(b"2025-01-31T10:20:30.1234567Z ##[section]Starting: Build") == ["##[section]Starting: Build"]

    def test_travis_hides_its_folds(self) -> None:
        log = (
            b"travis_fold:start:git.checkout\r\x1b[0Ktravis_time:start:2f\r\x1b[0K$ git clone --depth=50",
            b"travis_time:end:2f:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:git.checkout\r\x1b[0K",
            b"\x1b[0K$ npm test",
        )
        assert lines(*log)[0] == "$ git clone --depth=50"
        assert lines(*log)[2] == "$ npm test"
        assert places(*log) == [Place(0, "git.checkout"), Place(1, "")]

    def test_jenkins_stamps_in_brackets_and_hides_notes(self) -> None:
        assert lines(
            b"[2025-01-31T10:20:30.123Z] + make test",
            b"\x1b[8mha:////4Base64WithoutEnd+AAAAkg==\x1b[0m[Pipeline] sh",
            b"[2025-01-31 10:20:30] not this one",
        ) == ["+ make test", "[Pipeline] sh", "[2025-01-31 10:20:30] not this one"]

    def test_buildkite_s_times_stand_in_application_commands(self) -> None:
        assert lines(
            b"\x1b_bk;t=1745322209921\x07~~~ Running global environment hook",
            b"\x1b_bk;t=1745322209922\x07\x1b[90m$\x1b[0m make\x1b_bk;t=1745322209923\x07 test",
        ) == ["~~~ Running global environment hook", "$ make test"]


class TestColoursAndControls:
    @pytest.mark.parametrize(
        ("written", "seen"),
        [
            (b"\x1b[31;1mred\x1b[0m", "red"),
            (b"\x1b[38;2;255;0;0mtrue colour\x1b[39m", "true colour"),
            (b"\x1b[4:3mcurly\x1b[m", "curly"),
            (b"\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor"),
            (b"\x1b[2K\x1b[1Gback to the start", "back to the start"),
            (b"\x1b]8;;https://example.com/a?b=c\x07link\x1b]8;;\x07", "link"),
            (b"\x1b]8;id=1;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
            (b"\x1b]0;a title\x07text", "text"),
            (b"\x1bP1$r0m\x1b\\text", "text"),
            (b"\x1b(Btext\x1b[0m", "text"),
            (b"\x1b7saved\x1b8", "saved"),
            (b"error\x1b[K", "error"),
        ],
    )
    def test_escape_sequences_go(self, written: bytes, seen: str) -> None:
        assert lines(written) == [seen]

    def test_a_sequence_that_never_ends_costs_its_escape_alone(self) -> None:
        assert lines(b"\x1b]8;;https://example.com and the rest", b"next") == [
            "]8;;https://example.com and the rest",
            "next",
        ]

    def test_control_characters_and_nuls_go_and_tabs_stay(self) -> None:
        assert lines(b"a\x00b\x07c\x08d\x0ce\x7ff\tg") == ["abcdef\tg"]

    def test_windows_line_ends_are_line_ends(self) -> None:
        assert lines(b"one\r", b"two\r\r", b"\r", b"three") == ["one", "two", "", "three"]

    def test_a_progress_bar_is_folded_to_its_last_state(self) -> None:
        assert lines(b"  0%\r 50%\r100% done", b"12%\r\x1b[K", b"fetch: 10%\rfetch: 100%\r") == [
            "100% done",
            "12%",
            "fetch: 100%",
        ]

    def test_a_line_with_a_carriage_return_counts_once(self) -> None:
        assert len(lines(b"a\rb\rc", b"d")) == 2

    def test_broken_utf_8_is_no_reason_to_lose_a_line(self) -> None:
        assert lines(b"caf\xe9 \xff\xfe ok", "näher ✓".encode()) == ["caf� �� ok", "näher ✓"]

    def test_utf_16_of_powershell_is_read(self) -> None:
        text = "2025-01-31T10:20:30.1234567Z Fehler: größer\r\nzwei\r\n"
        assert read([codecs.BOM_UTF16_LE + text.encode("utf-16-le")]) == ["Fehler: größer", "zwei"]

    def test_a_megabyte_of_broken_escapes_is_read_in_time(self) -> None:
        for piece in (b"\x1b[", b"\x1b]", b"\x1b[31", b"\x1b_", b"\x1b\x1b"):
            assert len(lines(piece * (1_000_000 // len(piece)))) == 1


def test_the_files_of_a_run_s_steps_begin_at_their_first_line() -> None:
    chunks: list[bytes | StepStart] = [
        StepStart("job", "Build"),
        b"a\nb",
        StepStart("job", "Empty"),
        StepStart("job", "Test"),
        b"\xef\xbb\xbfc\n",
    ]
    blocks = list(LogReader().blocks(chunks))
    assert [block.lines for block in blocks] == [[b"a", b"b"], [b"c"]]
    assert [block.places for block in blocks] == [(Place(0, "Build", "job"),), (Place(0, "Test", "job"),)]


def test_a_step_s_name_is_one_line_without_controls() -> None:
    [block] = LogReader().blocks([StepStart("a\njob", " Run\t\x1b[31mmake\x1b[0m\0\r\n"), b"x"])
    assert block.places == (Place(0, "Run make", "a job"),)


def test_bytes_are_counted_as_they_came() -> None:
    reader = LogReader()
    list(reader.blocks(cut_anywhere(codecs.BOM_UTF16_LE + "häh\n".encode("utf-16-le"), [3])))
    assert reader.bytes == 10
