"""`ci-fixer backfill` as an operator runs it: killed and gone on with, and what it says where it cannot."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage.database import open_database
from tests.handlers.past import ATTEMPTS, RED_ATTEMPTS, RUNS, Past, recorded

SOAK = "CI_FIXER_SOAK" in os.environ
GREENS, CYCLES = 3, 10
"""Green runs recorded beside the others, and how often all are repeated: sixty runs."""
ROOT = Path(__file__).parent.parent.parent


@pytest_asyncio.fixture
async def old(database_url: str, tmp_path: Path) -> AsyncIterator[Past]:
    async with recorded(tmp_path, GREENS) as on, open_database(database_url) as database:
        opened = Past(on, database, database_url)
        await opened.begin()
        yield opened


async def started(old: Past, *arguments: str) -> asyncio.subprocess.Process:
    given = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **old.environment()}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "github_app", "backfill", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=given, cwd=ROOT,
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def stopped_after(old: Past, runs: int, number: signal.Signals = signal.SIGKILL) -> tuple[int | None, str, str]:
    """Start it, and send it a signal once so many runs are done."""
    process = await started(old, "octo/geo")
    async with asyncio.timeout(1800):
        while await old.value("SELECT coalesce(sum(runs), 0) FROM backfills") < runs:  # type: ignore[operator]  # a count
            assert process.returncode is None, await ended(process)
            await asyncio.sleep(0.02)
    os.kill(process.pid, number)
    return await ended(process)


async def is_whole(old: Past, runs: int, attempts: int, red: int) -> None:
    """Everything is stored and read, once, and nothing was written on GitHub."""
    assert await old.rows(
        "SELECT sum(runs), sum(attempts), sum(failures), sum(logs_missing), bool_and(finished_at IS NOT NULL) "
        "FROM backfills"
    ) == [(runs, attempts, red, 0, True)]
    stored = (
        "SELECT count(*), count(DISTINCT run_id), count(*) FILTER (WHERE conclusion = 'failure') FROM workflow_runs"
    )
    assert await old.rows(stored) == [(attempts, runs, red)]
    # Of these each attempt fails in one way, so that a failure more would be one that is there twice.
    assert await old.value("SELECT count(*) FROM analyses WHERE quiet AND state = 'diagnosed'") == red
    assert await old.value("SELECT count(*) FROM workflow_failures") == red
    assert await old.value("SELECT sum(occurrences) FROM fingerprints") == red
    assert await old.value("SELECT count(*) FROM suggested_fixes") == 0
    assert await old.value("SELECT count(*) FROM procrastinate_jobs") == 0
    assert old.posted() == []


async def test_killed_twice_it_ends_whole_with_nothing_twice_and_no_word_on_github(old: Past) -> None:
    runs = CYCLES * (RUNS + GREENS)
    await old.give(runs)
    for done in (1, runs // 2):
        code, _, _ = await stopped_after(old, done)
        assert code == -signal.SIGKILL
    assert 0 < await old.value("SELECT sum(runs) FROM backfills") < runs  # type: ignore[operator]  # a count
    code, out, err = await ended(await started(old, "octo/geo"))
    assert (code, re.sub(r"\d[\d,]*", "N", out)) == (
        0, "octo/geo: N runs stored with N attempts; N failed ones read. Nothing was posted.\n"
    ), err  # fmt: skip
    assert f"{runs} of {runs} runs, {CYCLES * RED_ATTEMPTS} failures, 0 logs missing" in err
    assert "requests left this hour" in err
    await is_whole(old, runs, CYCLES * (ATTEMPTS + GREENS), CYCLES * RED_ATTEMPTS)
    code, out, err = await ended(await started(old, "OCTO/Geo", "--since", "12w"))
    assert (code, out) == (0, "OCTO/Geo: nothing to do: all runs of that time are stored.\n"), err


async def test_it_says_how_to_go_on_and_what_it_will_not_do(old: Past) -> None:
    await old.give(60)
    code, out, err = await stopped_after(old, 1, signal.SIGINT)
    assert (code, out) == (1, "")
    assert re.search(r"ci-fixer: stopped after \d+ of 60 runs; the same command goes on from there\.\n$", err)
    async with old.database.try_advisory(f"backfill:{old.on.repository.id}"):
        code, out, err = await ended(await started(old, "octo/geo"))
    assert (code, out) == (1, "")
    assert "the history of octo/geo is being read by another process" in err
    code, out, err = await ended(await started(old, "octo/other"))
    assert (code, out) == (1, "")
    assert f"not installed on octo/other, or there is no such repository. Install it: {old.on.api_url}/apps/" in err


async def test_a_repository_without_an_event_so_far_is_told_from_one_without_the_app(old: Past) -> None:
    await old.rows("UPDATE repositories SET removed_at = now() RETURNING 1")
    code, _, err = await ended(await started(old, "octo/geo"))
    assert code == 1
    assert "the App is installed on octo/geo, but no event of it was handled here yet" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["octo"], "'octo' is no repository; write OWNER/REPO"),
        (["octo/geo", "--since", "soon"], "'soon' is no time; write 90d, 12w or a date such as 2026-09-01"),
        (["octo/geo", "--since", "0d"], "'0d' is not in the past"),
        (["octo/geo", "--since", "2999-01-01"], "'2999-01-01' is not in the past"),
        (["octo/geo", "--since", "9999w"], "is more than 400 days ago: GitHub keeps no log as long"),
    ],
)
async def test_nonsense_is_a_fault_of_usage(arguments: list[str], said: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "github_app", "backfill", *arguments, stderr=asyncio.subprocess.PIPE, cwd=ROOT
    )
    code, _, err = await ended_with(process)
    assert code == 2
    assert said in err


async def ended_with(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    _, err = await process.communicate()
    return process.returncode, "", err.decode()


@pytest.mark.skipif(not SOAK, reason="a quarter of an hour; make soak-backfill")
async def test_five_thousand_runs_killed_twice_end_whole(database_url: str, tmp_path: Path) -> None:
    async with recorded(tmp_path, greens=7) as on, open_database(database_url) as database:
        old = Past(on, database, database_url)
        await old.begin()
        runs, cycles = 5000, 500
        on.sandbox.world.limits.limit = 1_000_000
        await old.give(runs)
        begun = time.monotonic()
        for done in (1000, 3000):
            assert (await stopped_after(old, done))[0] == -signal.SIGKILL
        code, out, err = await ended(await started(old, "octo/geo"))
        seconds = time.monotonic() - begun
        sys.stderr.write(f"\n{err.splitlines()[-1]}\n{out}{runs:,} runs, killed twice: {seconds:.0f} s\n")
        assert code == 0, err
        await is_whole(old, runs, 11 * cycles, 3 * cycles)
