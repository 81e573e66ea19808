"""The demo as its user runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_SECONDS = 120


@contextmanager
def demo(*arguments: str, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """The demo, which does not outlive a test that fails."""
    with subprocess.Popen(
        [sys.executable, "-m", "github_app", "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


@pytest.fixture(scope="module")
def once() -> tuple[int, Mapping[str, object], list[str]]:
    """(exit code, the JSON object, the lines of progress), with settings of a real App around that must not be used."""
    with demo("--once", "--json", GITHUB_API_URL="http://127.0.0.1:9", GOOGLE_API_KEY="a key for real work") as process:
        output, progress = process.communicate(timeout=_SECONDS)
    assert output, progress
    return process.returncode, json.loads(output), progress.splitlines()


def test_the_fix_is_verified_and_the_exit_code_says_so(once: tuple[int, Mapping[str, object], list[str]]) -> None:
    code, told, _ = once
    assert (code, told["verified"]) == (0, True)


def test_ci_truly_failed_in_two_ways_and_one_fix_mends_both(
    once: tuple[int, Mapping[str, object], list[str]],
) -> None:
    _, told, _ = once
    assert told["failed_jobs"] == ["lint", "test"]
    assert "+import math" in str(told["fix"])
    assert "-import json" in str(told["fix"])


def test_the_object_holds_what_people_saw(once: tuple[int, Mapping[str, object], list[str]]) -> None:
    _, told, _ = once
    assert "### Fixed and verified" in str(told["comment"])
    check = told["check_run"]
    assert isinstance(check, dict)
    assert check["conclusion"] == "success"
    places = [(one["path"], one["line"]) for one in check["annotations"]]
    assert ("geometry/report.py", 3) in places


def test_progress_is_plain_lines_where_there_is_no_terminal(
    once: tuple[int, Mapping[str, object], list[str]],
) -> None:
    _, told, progress = once
    assert any("lee comments: /approve" in line for line in progress)
    assert not any("\x1b" in line for line in progress)
    moments = told["moments"]
    assert isinstance(moments, list)
    assert len(moments) >= 9


def test_it_stays_until_ctrl_c_and_leaves_nothing_behind() -> None:
    addresses: dict[str, str] = {}
    with demo("--stay") as process:
        assert process.stdout is not None
        for line in process.stdout:
            name, _, address = line.strip().rpartition(" ")
            addresses[name.strip()] = address
            if "until Ctrl-C" in line:
                break
        assert "Fixed and verified" in httpx.get(addresses["pull request"]).text
        assert httpx.get(addresses["the App"]).json()["status"] == "ok"
        pages = httpx.get(addresses["its pages, to sign in as lee"], headers={"Accept": "text/html"}).text
        assert "Sign in with GitHub" in pages
        socket = Path(httpx.URL(addresses["database"]).params["host"])
        assert socket.exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(_SECONDS) == 0
    assert not socket.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(addresses["the App"])


def test_stopped_before_its_end_it_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with demo("--once", TMPDIR=str(tmp_path)) as process:
        assert process.stdout is not None
        assert "stand-in is at" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=_SECONDS)
        assert process.returncode == 1
    assert "stopped before the end" in output
    assert list(tmp_path.glob("ci-fixer-demo-*")) == []
