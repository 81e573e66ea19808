"""The steps of a job, read through the scanner as the diagnosis reads them."""

import pytest

from analysis.analyze import COMMANDS_KEPT, analyze
from analysis.blocks import Chunks, StepStart
from analysis.scan import Scan, Scanner
from analysis.steps import MARKS_KEPT, STEPS_KEPT, Step


def scan(*lines: str) -> Scan:
    return read(["\n".join(lines).encode() + b"\n"])


def read(chunks: Chunks) -> Scan:
    return Scanner().read(chunks)


def stamped(*lines: str) -> Scan:
    return scan(*(f"2025-01-31T10:20:30.1234567Z {line}" for line in lines))


def named(steps: list[Step]) -> list[tuple[str | None, int, int]]:
    return [(step.name, step.first, step.last) for step in steps]


HEADER = ("##[group]Run pytest -q", "pytest -q", "shell: /usr/bin/bash -e {0}", "env:", "  A: b", "##[endgroup]")


class TestActions:
    def test_each_header_begins_a_step_and_the_next_ends_it(self) -> None:
        steps = stamped("Current runner version: '2.331.0'", *HEADER, "1 failed", *HEADER, "done").steps
        assert named(steps) == [(None, 1, 1), ("Run pytest -q", 2, 8), ("Run pytest -q", 9, 15)]

    def test_the_header_is_an_echo_of_the_script(self) -> None:
        [_, step] = stamped(*HEADER, "1 failed").steps
        assert step.echo == (1, 6)

    def test_a_group_of_output_is_no_step_and_no_echo(self) -> None:
        [step] = stamped("##[group]Installing", "error: no", "##[endgroup]").steps
        assert (step.name, step.echo) == (None, None)

    def test_a_run_header_without_a_shell_that_holds_output_is_no_echo(self) -> None:
        [_, step] = stamped("##[group]Run the migrations", "one", "error: two", "##[endgroup]").steps
        assert step.echo is None

    def test_the_exit_code_is_told_with_the_line_that_tells_it(self) -> None:
        [_, step] = stamped(*HEADER, "boom", "##[error]Process completed with exit code 2.").steps
        assert (step.exit_code, step.exits, step.errors) == (2, [8], [8])

    def test_an_annotation_is_an_error_but_no_exit(self) -> None:
        [_, step] = stamped(*HEADER, "##[error]src/a.ts(1,2): error TS1005: ';' expected.").steps
        assert (step.exit_code, step.exits, step.errors) == (None, [], [7])

    def test_the_toolkit_s_own_processes_tell_their_exit_code_too(self) -> None:
        [_, step] = stamped(*HEADER, "##[error]The process '/usr/bin/git' failed with exit code 128").steps
        assert step.exit_code == 128

    def test_the_script_s_lines_are_commands(self) -> None:
        header = ("##[group]Run set -e", "set -e", "npm ci", "npm test", "shell: /usr/bin/bash -e {0}", "##[endgroup]")
        [_, step] = stamped(*header).steps
        assert step.commands == ["set -e", "set -e", "npm ci", "npm test"]

    def test_the_diagnosis_tells_each_command_of_the_job_once(self) -> None:
        log = "\n".join(
            (*HEADER, "done", *HEADER, "##[group]Run make", "##[endgroup]", "Post job cleanup.", "[command]git")
        )
        assert analyze([log.encode()]).commands == ("pytest -q", "make")

    def test_of_many_commands_the_first_and_the_last_are_told(self) -> None:
        log = "\n".join(f"##[group]Run make {number}\n##[endgroup]" for number in range(COMMANDS_KEPT + 50))
        told = analyze([log.encode()]).commands
        assert (len(told), told[0], told[-1]) == (COMMANDS_KEPT, "make 0", f"make {COMMANDS_KEPT + 49}")

    def test_a_composite_action_s_steps_are_steps(self) -> None:
        steps = stamped("##[group]Run ./.github/actions/build", "with:", "##[endgroup]", *HEADER, "boom").steps
        assert [step.name for step in steps] == [None, "Run ./.github/actions/build", "Run pytest -q"]

    def test_commands_are_told_by_the_toolkit_and_by_set_x(self) -> None:
        [_, step] = stamped(*HEADER, "[command]/usr/bin/git version", "+ make test", "++ date").steps
        assert step.commands[-3:] == ["/usr/bin/git version", "make test", "date"]

    def test_what_a_header_shows_is_not_taken_for_a_command_run(self) -> None:
        [_, step] = stamped("##[group]Run cat x", "+ not run", "shell: bash", "##[endgroup]").steps
        assert step.commands == ["cat x", "+ not run"]

    def test_the_clean_up_after_the_job_is_known(self) -> None:
        steps = stamped(*HEADER, "Post job cleanup.", "[command]/usr/bin/git version").steps
        assert [step.post for step in steps] == [False, False, True]

    def test_words_of_other_services_count_for_nothing_in_an_actions_log(self) -> None:
        [_, step] = stamped(*HEADER, "ERROR: Job failed: exit code 7", "~~~ Not Buildkite", "--- Nor this").steps
        assert (step.exit_code, step.name) == (None, "Run pytest -q")


class TestNamesFromTheLogsForm:
    def test_gh_run_view_names_job_and_step(self) -> None:
        stamp = "2025-01-31T10:20:30.1234567Z"
        steps = scan(
            f"unit / linux\tSet up job\t{stamp} runner",
            f"unit / linux\tRun tests\t{stamp} ##[group]Run pytest -q",
            f"unit / linux\tRun tests\t{stamp} shell: bash",
            f"unit / linux\tRun tests\t{stamp} ##[endgroup]",
            f"unit / linux\tRun tests\t{stamp} ##[error]Process completed with exit code 1.",
        ).steps
        assert (steps[-1].job, steps[-1].name, steps[-1].exit_code) == ("unit / linux", "Run tests", 1)
        assert steps[-1].echo == (2, 4)

    def test_an_unknown_step_of_gh_is_named_by_its_header(self) -> None:
        stamp = "2025-01-31T10:20:30.1234567Z"
        steps = scan(f"unit\tUNKNOWN STEP\t{stamp} a", f"unit\tUNKNOWN STEP\t{stamp} ##[group]Run make").steps
        assert steps[-1].name == "Run make"

    def test_the_files_of_a_zip_name_their_steps(self) -> None:
        chunks: list[bytes | StepStart] = [
            StepStart("job", "Build it"),
            b"##[group]Run make\n",
            StepStart("job", "Test"),
        ]
        steps = read([*chunks, b"##[error]Process completed with exit code 3.\n"]).steps
        assert named(steps)[1:] == [("Build it", 1, 0), ("Build it", 1, 1), ("Test", 2, 2)]
        assert steps[-1].exit_code == 3


class TestOtherServices:
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("ERROR: Job failed: exit code 1", 1),
            ("ERROR: Job failed: command terminated with exit code 137", 137),
            ("ERROR: Job failed (system failure): prepare environment: exit status 2", None),
            ("ERROR: script returned exit code 2", 2),
            ("Exited with code exit status 5", 5),
            ("Exited with code 5", 5),
            ('The command "npm test" exited with 1.', 1),
            ('The command "eval pip install . " failed and exited with 4 during .', 4),
            ("🚨 Error: The command exited with status 9", 9),
            ("Error: Process completed with exit code 11.", 11),
            ("##[error]Bash exited with code '1'.", 1),
            ("##[error]PowerShell exited with code '-1073741819'.", -1073741819),
            ('echo The command "x" exited with 3', None),
        ],
    )
    def test_each_tells_the_exit_code_in_its_own_words(self, line: str, code: int | None) -> None:
        assert scan("some output", line).steps[-1].exit_code == code

    def test_azure_names_its_tasks(self) -> None:
        steps = stamped(
            "##[section]Starting: Run tests", "##[command]npm test", "no", "##[section]Finishing: Run tests", "bye"
        ).steps
        assert named(steps)[1:] == [("Run tests", 1, 4), (None, 5, 5)]
        assert steps[1].commands == ["npm test"]

    def test_gitlab_s_sections_are_steps(self) -> None:
        steps = scan(
            "section_start:1717171717:step_script\r\x1b[0KExecuting",
            "\x1b[32;1m$ make test\x1b[0;m",
            "section_end:1717171799:step_script\r\x1b[0K",
            "ERROR: Job failed: exit code 2",
        ).steps
        assert named(steps)[1:] == [("step_script", 1, 2), (None, 3, 4)]
        assert steps[1].commands == ["make test"]

    def test_jenkins_names_its_stages(self) -> None:
        steps = scan("[Pipeline] stage", "[Pipeline] { (Build)", "[Pipeline] sh", "+ make", "[Pipeline] { (Test)").steps
        assert named(steps)[1:] == [("Build", 2, 4), ("Test", 5, 5)]
        assert steps[1].commands == ["make"]

    def test_buildkite_names_its_groups_once_it_is_known_for_buildkite(self) -> None:
        bk = "\x1b_bk;t=1745322209921\x07"
        steps = scan(f"{bk}~~~ Preparing", f"{bk}--- :pytest: Tests", f"{bk}--- FAIL: TestA", f"{bk}--- a/x.py").steps
        assert named(steps)[1:] == [("Preparing", 1, 1), (":pytest: Tests", 2, 4)]

    def test_a_diff_is_no_group_of_buildkite(self) -> None:
        assert named(scan("--- old.py", "+++ new.py", "@@ -1 +1 @@").steps) == [(None, 1, 3)]


class TestLimits:
    def test_a_log_of_nothing_but_headers_keeps_so_many_steps(self) -> None:
        steps = scan(*["##[group]Run x"] * (STEPS_KEPT + 500)).steps
        assert len(steps) == STEPS_KEPT
        assert steps[-1].last == STEPS_KEPT + 500

    def test_a_step_of_nothing_but_marks_keeps_the_first_and_the_last(self) -> None:
        [step] = scan(*["##[error]no"] * 1000).steps
        assert len(step.errors) == MARKS_KEPT
        assert (step.errors[0], step.errors[-1]) == (1, 1000)
