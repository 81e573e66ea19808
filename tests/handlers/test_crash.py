"""A worker that is killed at any step of a run's way: the next one ends what it began, once."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.handlers.house import GREEN, RED, House, house

_LONG = 60.0
"""Seconds for which GitHub keeps the worker waiting: it is killed long before."""


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path, working=False) as opened:
        settings = {
            "api_url": opened.api_url,
            "app_id": str(opened.app.app_id),
            "private_key": opened.app.private_key_pem,
            "database_url": database_url,
        }
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        yield opened


def impatient(folder: Path) -> None:
    """Have the workers of this folder take any reading for a long one."""
    place = folder / "settings.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"patience": "0"}))


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.handlers.worker_program", str(folder / "settings.json")
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def killed_at(home: House, folder: Path, request: tuple[str, str, bool]) -> None:
    """Start a worker and kill it while GitHub holds one request up: before it does what is asked, or after."""
    method, path, after = request
    fault = Fault(method, path, delay=_LONG, after=after)
    home.sandbox.faults.add(fault)
    async with worker(folder) as process, asyncio.timeout(30):
        while fault.times:
            assert process.returncode is None
            await asyncio.sleep(0.01)
        if fault.after:
            # Struck is not yet done: the work comes before the delay.
            await asyncio.sleep(0.3)
    home.sandbox.faults.clear()


# The request that is held up, and whether GitHub has done what it asks.
STEPS_OF_A_DIAGNOSIS = {
    "before the check run is made": ("POST", "/check-runs$", False),
    "after the check run is made": ("POST", "/check-runs$", True),
    "while a log is fetched": ("GET", "/jobs/[0-9]+/logs$", False),
    "before the comment is written": ("POST", "/comments$", False),
    "after the comment is written": ("POST", "/comments$", True),
}
STEPS_OF_A_LONG_DIAGNOSIS = {
    "after the check run is begun": ("POST", "/check-runs$", True),
    "before the check run is completed": ("PATCH", "/check-runs/", False),
    "after the check run is completed": ("PATCH", "/check-runs/", True),
}
STEPS_OF_AN_ISSUE = {
    "before the issue is opened": ("POST", "/issues$", False),
    "after the issue is opened": ("POST", "/issues$", True),
}
STEPS_OF_AN_APPLICATION = {
    "after the receipt": ("POST", "/reactions$", True),
    "before the commit": ("POST", "/graphql$", False),
    "after the commit": ("POST", "/graphql$", True),
    "while the commit is shown": ("PATCH", "/check-runs/", False),
}


@pytest.mark.parametrize("step", STEPS_OF_A_DIAGNOSIS)
async def test_a_diagnosis_cut_short_is_ended_once(home: House, tmp_path: Path, step: str) -> None:
    await cut_short(home, tmp_path, STEPS_OF_A_DIAGNOSIS[step])


@pytest.mark.parametrize("step", STEPS_OF_A_LONG_DIAGNOSIS)
async def test_a_long_diagnosis_cut_short_is_ended_once(home: House, tmp_path: Path, step: str) -> None:
    impatient(tmp_path)
    await cut_short(home, tmp_path, STEPS_OF_A_LONG_DIAGNOSIS[step])


async def cut_short(home: House, folder: Path, request: tuple[str, str, bool]) -> None:
    number = await home.red_pull_request(settled=False)
    await killed_at(home, folder, request)
    async with worker(folder):
        await home.settle()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    assert (check.status, check.conclusion) == ("completed", "neutral")
    places = [(one.path, one.start_line, one.message) for one in check.annotations]
    assert places
    assert len(places) == len(set(places))
    (comment,) = home.our_comments(number)
    assert "`/approve F1`" in comment
    assert await home.value("SELECT count(*) FROM suggested_fixes") == 1


@pytest.mark.parametrize("step", STEPS_OF_AN_ISSUE)
async def test_a_diagnosis_of_the_default_branch_cut_short_opens_one_issue(
    home: House, tmp_path: Path, step: str
) -> None:
    await home.sandbox.push(home.repository, "main", {"area.py": RED}, "Break main", "octo")
    await home.sandbox.idle()
    await killed_at(home, tmp_path, STEPS_OF_AN_ISSUE[step])
    async with worker(tmp_path):
        await home.settle()
    (check,) = home.sandbox.check_runs(home.repository, home.app)
    assert (check.status, check.conclusion) == ("completed", "neutral")
    (issue,) = home.sandbox.issues(home.repository)
    assert await home.value("SELECT number FROM failure_issues") == issue.number


@pytest.mark.parametrize("step", STEPS_OF_AN_APPLICATION)
async def test_an_application_cut_short_makes_one_commit(home: House, tmp_path: Path, step: str) -> None:
    number = await home.red_pull_request(settled=False)
    async with worker(tmp_path):
        await home.settle()
    head = home.sandbox.pull_request(home.repository, number).head_sha
    await home.sandbox.comment(home.repository, number, "mona", "/approve")
    await killed_at(home, tmp_path, STEPS_OF_AN_APPLICATION[step])
    async with worker(tmp_path):
        await home.settle()
    git = home.sandbox.git(home.repository)
    assert await git.text("rev-list", "--count", f"{head}..refs/heads/swap") == "1"
    assert await home.sandbox.read_file(home.repository, "swap", "area.py") == GREEN
    assert await home.value("SELECT state FROM suggested_fixes") == "verified"
    assert await home.value("SELECT string_agg(kind, ' ' ORDER BY fix_event_id) FROM fix_events") == (
        "proposal decision state application ci_verdict"
    )
    assert len(home.our_comments(number)) == 1
