"""What is known of a repository beforehand, its own matchers and what its green runs say, and how it is read with."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.house import WORKFLOW, House, house

MATCHERS = ".github/ci-fixer/price.json"
OURS = {
    "problemMatcher": [
        {
            "owner": "price-check",
            "pattern": [{"regexp": r"^@@ (\S+) # (\d+) = (.*)$", "file": 1, "line": 2, "message": 3}],
        }
    ]
}
CI = b"""\
name: CI
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
      - run: python check.py
"""
CHECK = b"""\
import pathlib
import sys

price = pathlib.Path("price.txt").read_text()
if price != "1":
    print("ERROR: the price is", price)
    print("@@ price.txt # 1 = no such price:", price, end="")
print("ERROR: the telemetry server does not answer, going on")
sys.exit(price != "1")
"""


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


async def main_holds(home: House, files: dict[str, bytes]) -> None:
    base = {WORKFLOW: CI, "check.py": CHECK, "price.txt": b"1"}
    await home.sandbox.push(home.repository, "main", base | files, "Check prices", "octo")
    await home.settle()


async def wrong_price(home: House, files: dict[str, bytes] | None = None) -> None:
    change = {"price.txt": b"2\n"} | (files or {})
    await home.sandbox.push(home.repository, "dear", change, "Dearer", "mona")
    await home.sandbox.open_pull_request(home.repository, "mona", "dear", "main", "Dearer")
    await home.settle()


def annotated(home: House) -> set[tuple[str, int, str]]:
    return {
        (one.path, one.start_line, one.message)
        for check in home.sandbox.check_runs(home.repository, home.app)
        for one in check.annotations
    }


def summary(home: House) -> str:
    return home.sandbox.check_runs(home.repository, home.app)[-1].summary or ""


async def test_a_repositorys_own_matchers_place_what_no_other_tool_says(home: House) -> None:
    await main_holds(home, {MATCHERS: json.dumps(OURS).encode()})
    await wrong_price(home)
    assert annotated(home) == {("price.txt", 1, "no such price: 2")}
    assert "not used" not in summary(home)


async def test_what_a_pull_request_brings_is_not_used_on_itself(home: House) -> None:
    await main_holds(home, {})
    await wrong_price(home, {MATCHERS: json.dumps(OURS).encode()})
    assert annotated(home) == set()


async def test_a_matcher_that_cannot_be_used_is_told_and_the_others_are_used(home: House) -> None:
    files = {MATCHERS: json.dumps(OURS).encode(), ".github/ci-fixer/bad.json": b'{"problemMatcher": 7}'}
    await main_holds(home, files | {".github/ci-fixer/large.json": b" " * 300_000})
    await wrong_price(home)
    assert annotated(home) == {("price.txt", 1, "no such price: 2")}
    said = summary(home)
    assert "Problem matchers not used: .github/ci-fixer/bad.json: Expected" in said
    assert "Problem matchers not used: .github/ci-fixer/large.json: larger than 256 KiB." in said


async def test_what_green_runs_say_too_is_not_the_cause(home: House) -> None:
    await main_holds(home, {})
    await wrong_price(home)
    assert await home.value("SELECT count(*) FROM normal_lines WHERE job = 'check'") == 1
    assert await home.value("SELECT headline FROM workflow_failures") == "ERROR: the price is 2"


async def test_without_a_green_run_the_last_error_is_the_likeliest(home: House) -> None:
    await wrong_price(home, {WORKFLOW: CI, "check.py": CHECK})
    assert (
        await home.value("SELECT headline FROM workflow_failures")
        == "ERROR: the telemetry server does not answer, going on"
    )
