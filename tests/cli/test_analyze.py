"""`ci-fixer analyze`, run as people run it."""

import gzip
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.contract import assert_contract, assert_whole

STAMP = "2025-01-31T10:20:30.1234567Z "
LOG = "".join(
    f"{STAMP}{line}\n"
    for line in (
        "##[group]Run ruff check .",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        "src/shop/cart.py:16:55: F401 [*] `os.path` imported but unused",
        "Found 1 error.",
        "##[error]Process completed with exit code 1.",
    )
)
GREEN = f"{STAMP}##[group]Run true\n{STAMP}##[endgroup]\n{STAMP}fine\n"
HEADLINE = "src/shop/cart.py:16:55: F401 [*] `os.path` imported but unused"


def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "github_app", "analyze", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def refused(*arguments: str | Path, stdin: bytes = b"") -> str:
    """What was said on standard error by a command that failed: one sentence, no traceback."""
    done = run(*arguments, stdin=stdin)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b""), said
    assert said.count("\n") == 1
    assert said.startswith("ci-fixer: ")
    return said.removeprefix("ci-fixer: ").strip()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "job.log"
    path.write_text(LOG)
    return path


def zipped(path: Path, files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


class TestReport:
    def test_a_file(self, log: Path) -> None:
        done = run(log)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode().splitlines() == [
            HEADLINE,
            *[line for line in done.stdout.decode().splitlines() if line.startswith("  category    lint (")],
            "  tool        ruff",
            "  step        Run ruff check .",
            "  exit code   1",
            "  log line    4 of 6",
            *[line for line in done.stdout.decode().splitlines() if line.startswith("  fingerprint ruff:")],
            "",
            "places (1)",
            "  src/shop/cart.py:16:55  `os.path` imported but unused [F401]",
            "",
            "evidence",
            "       1  ##[group]Run ruff check .",
            "       2  shell: /usr/bin/bash -e {0}",
            "       3  ##[endgroup]",
            f"       4  {HEADLINE}",
            "       5  Found 1 error.",
            "       6  ##[error]Process completed with exit code 1.",
            "",
        ]

    def test_a_stream(self) -> None:
        assert run("-", stdin=LOG.encode()).stdout.decode().startswith(HEADLINE)

    def test_the_jobs_of_a_run_that_failed_come_first(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_green.txt": GREEN.encode(), "1_lint.txt": LOG.encode()})
        said = run(path).stdout.decode()
        assert "── lint ──" in said
        assert said.endswith("no step failed (1)\n  green\n")

    def test_is_plain_where_no_terminal_is(self, log: Path) -> None:
        assert b"\x1b" not in run(log).stdout

    def test_is_written_where_letters_are_missing(self, tmp_path: Path) -> None:
        (tmp_path / "job.log").write_text("error: ✗ größer\n")
        done = run(tmp_path / "job.log", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert (done.returncode, done.stderr) == (0, b"")

    def test_shows_no_letter_that_steers_a_terminal(self, tmp_path: Path) -> None:
        (tmp_path / "job.log").write_text("error: \x1b[2J\x9b2J\u202eevil\u202c [bold]markup[/bold]\n")
        said = run(tmp_path / "job.log").stdout.decode()
        assert said.splitlines()[0] == "error: 2Jevil [bold]markup[/bold]"


class TestJson:
    def test_keeps_the_contract(self, log: Path) -> None:
        answer = json.loads(run(log, "--json").stdout)
        assert_contract(answer)
        assert_whole(answer, LOG.encode(), 8000)
        assert answer["headline"] == HEADLINE
        assert answer["root_line"] == {"line": 4, "text": HEADLINE}
        assert (answer["category"], answer["tool"], answer["step"]) == ("lint", "ruff", "Run ruff check .")
        assert (answer["exit_code"], answer["redactions"]) == (1, 0)
        assert answer["locations"] == [
            {
                "path": "src/shop/cart.py",
                "line": 16,
                "column": 55,
                "end_line": None,
                "level": "error",
                "message": "`os.path` imported but unused",
                "rule": "F401",
                "tool": "ruff",
                "log_line": 4,
            }
        ]

    def test_of_a_stream_is_the_same(self, log: Path) -> None:
        assert run("-", "--json", stdin=LOG.encode()).stdout == run(log, "--json").stdout

    def test_of_several_jobs_names_each(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_lint.txt": LOG.encode(), "1_green.txt": GREEN.encode()})
        answer = json.loads(run(path, "--json").stdout)
        assert set(answer) == {"schema", "jobs"}
        assert answer["schema"] == 1
        assert [job.pop("name") for job in answer["jobs"]] == ["lint", "green"]
        for job in answer["jobs"]:
            assert_contract(job)

    @pytest.mark.parametrize("make", ["folder", "zip"])
    def test_of_one_job_s_steps_is_one_object(self, tmp_path: Path, make: str) -> None:
        files = {"lint/1_Set up job.txt": b"hello\n", "lint/2_Lint it.txt": LOG.encode(), "lint/system.txt": b"x"}
        path = tmp_path / "run"
        if make == "zip":
            zipped(path, files)
        else:
            for name, content in files.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(content)
        answer = json.loads(run(path, "--json").stdout)
        assert_contract(answer)
        assert (answer["step"], answer["root_line"]["line"], answer["lines"]) == ("Lint it", 5, 7)

    @pytest.mark.parametrize("budget", [50, 500, 1_000_000])
    def test_keeps_to_the_budget(self, tmp_path: Path, budget: int) -> None:
        (tmp_path / "long.log").write_text(LOG * 200)
        answer = json.loads(run(tmp_path / "long.log", "--json", "--budget-tokens", str(budget)).stdout)
        assert_contract(answer)
        assert_whole(answer, (LOG * 200).encode(), budget)

    def test_masks_secrets(self, tmp_path: Path) -> None:
        secret = "gh" + "p_" + "a1B2" * 9
        (tmp_path / "job.log").write_text(f"error: bad token {secret}\n")
        done = run(tmp_path / "job.log", "--json")
        assert secret.encode() not in done.stdout
        assert json.loads(done.stdout)["redactions"] == 1


class TestUsage:
    @pytest.mark.parametrize("budget", ["", "x", "-1", "0", "49", "1000001", "1e3", "1_000", "٣٠٠", "9" * 5000, "8.5"])
    def test_a_bad_budget_is_told_with_its_bounds(self, log: Path, budget: str) -> None:
        done = run(log, f"--budget-tokens={budget}")
        assert done.returncode == 2
        assert b"is no number of tokens from 50 to 1,000,000" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_help_has_examples(self) -> None:
        done = run("--help")
        assert done.returncode == 0
        assert b"ci-fixer analyze job.log" in done.stdout
        assert b"gh run view 42 --log-failed | ci-fixer analyze -" in done.stdout

    def test_without_a_log_it_says_what_is_missing(self) -> None:
        done = run()
        assert done.returncode == 2
        assert b"LOG" in done.stderr

    def test_the_module_alone_is_the_same_command(self, log: Path) -> None:
        done = subprocess.run([sys.executable, "-m", "cli.analyze", log, "--json"], capture_output=True, check=True)
        assert done.stdout == run(log, "--json").stdout


class TestBadInput:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "gone.log") == f"{tmp_path / 'gone.log'}: no such file or folder"

    def test_a_folder_without_logs(self, tmp_path: Path) -> None:
        (tmp_path / "picture.png").write_bytes(b"x")
        assert refused(tmp_path).endswith("a folder without logs (looked for *.txt, *.log and *.out)")

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
    def test_an_empty_log(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "job.log").write_bytes(content)
        assert refused(tmp_path / "job.log").startswith("job.log: the log is empty; GitHub writes")
        assert refused("-", stdin=content).startswith("standard input: the log is empty")

    @pytest.mark.parametrize("content", [b"\0" * 10_000, b"\x7fELF\x02\x01\x01" + b"\0" * 57 + b"code" * 99])
    def test_a_binary_file(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "job.log").write_bytes(content)
        assert refused(tmp_path / "job.log") == "job.log: a binary file, not a log"

    def test_a_log_packed_with_gzip(self, tmp_path: Path) -> None:
        (tmp_path / "job.log.gz").write_bytes(gzip.compress(LOG.encode()))
        assert "gunzip -c FILE | ci-fixer analyze -" in refused(tmp_path / "job.log.gz")

    def test_a_zip_on_standard_input(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_lint.txt": LOG.encode()})
        assert refused("-", stdin=path.read_bytes()).startswith("standard input: a zip; give its name as LOG")

    def test_a_zip_cut_short(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_lint.txt": LOG.encode()})
        path.write_bytes(path.read_bytes()[:-30])
        assert refused(path).startswith("run.zip: a zip")

    def test_a_zip_bomb(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_lint.txt": b"a" * (40 << 20)})
        assert refused(path).endswith("0_lint.txt inflates far beyond a log's size; not read")

    def test_a_zip_whose_names_climb(self, tmp_path: Path) -> None:
        assert "a zip without logs" in refused(zipped(tmp_path / "run.zip", {"../../up.log": LOG.encode()}))

    def test_a_zip_of_a_hundred_thousand_members(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"0_a.txt": b""})
        whole = path.read_bytes()
        first, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
        directory = b"".join(whole[first:end].replace(b"0_a.txt", b"%06d." % number) for number in range(100_000))
        sizes = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), first, 0)
        path.write_bytes(whole[:first] + directory + sizes)
        assert refused(path).endswith("the logs of one run are far fewer")

    def test_a_folder_that_may_not_be_read(self, tmp_path: Path) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may read anything")
        (tmp_path / "job.log").write_text(LOG)
        (tmp_path / "job.log").chmod(0)
        assert "Permission denied" in refused(tmp_path / "job.log")

    def test_one_empty_log_among_others_is_left_out_and_told_of(self, tmp_path: Path) -> None:
        done = run(zipped(tmp_path / "run.zip", {"0_lint.txt": LOG.encode(), "1_skipped.txt": b""}), "--json")
        assert done.returncode == 0
        assert done.stderr.decode().startswith("ci-fixer: left out: skipped: the log is empty")
        assert json.loads(done.stdout)["headline"] == HEADLINE

    def test_nuls_within_a_log_are_no_binary_file(self, tmp_path: Path) -> None:
        (tmp_path / "job.log").write_bytes(LOG.encode() * 30 + b"\0" * 10_000)
        assert run(tmp_path / "job.log").stdout.decode().startswith(HEADLINE)


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_closed_pipe_is_no_error(tmp_path: Path, arguments: Sequence[str]) -> None:
    (tmp_path / "long.log").write_text(LOG * 2000)
    read, write = os.pipe()
    os.close(read)
    command = ["-m", "github_app", "analyze", str(tmp_path / "long.log"), "--budget-tokens", "100000", *arguments]
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run([sys.executable, *command], stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")


class TestProgress:
    # What is shown from thirty megabytes on in life is shown here from a thousand bytes on.
    PROGRAM = "import sys, cli.analyze as command; command.SHOW_PROGRESS_FROM = 1000; command.main(sys.argv[1:])"

    def test_is_shown_on_a_terminal_for_a_large_log(self, tmp_path: Path) -> None:
        (tmp_path / "large.log").write_text(LOG * 100)
        leader, follower = os.openpty()
        command = [sys.executable, "-c", self.PROGRAM, str(tmp_path / "large.log"), "--json"]
        environment = {**os.environ, "TERM": "xterm"}
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=environment)
        os.close(follower)
        out, _ = started.communicate(timeout=120)
        assert b"Reading the log" in os.read(leader, 100_000)
        os.close(leader)
        assert json.loads(out)["headline"] == HEADLINE

    def test_is_not_shown_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "large.log").write_text(LOG * 100)
        command = [sys.executable, "-c", self.PROGRAM, str(tmp_path / "large.log"), "--json"]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""
