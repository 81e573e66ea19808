"""A failed command run again in a jail, before the fix and with it: where that is set up, and as it was seen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jail.bubblewrap import Jail
from sandbox.faults import Fault
from tests.handlers.house import WORKFLOW, House, house
from tests.jail.here import in_a_jail

CI = """\
name: CI
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Check
        run: |
          {script}
"""
GREEN = b'"""Sides."""\n\nimport math\n\n\ndef side(area):\n    return math.sqrt(area)\n\n\nassert side(4) == 2\n'
RED = GREEN.replace(b"sqrt", b"sqrtt")
PYTHON = "python3 sides.py"


@pytest.fixture
async def jailed(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path, jail=Jail()) as opened:
        yield opened


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        yield opened


async def proof(home: House, script: str = PYTHON) -> str:
    """The proof that the report shows of a misspelt name's fix; `script` is what CI runs."""
    files = {"sides.py": GREEN, WORKFLOW: CI.format(script=script).encode()}
    await home.sandbox.push(home.repository, "main", files, "Check the sides", "octo")
    await home.settle()
    await home.sandbox.push(home.repository, "swap", {**files, "sides.py": RED}, "Other sides", "mona")
    number = await home.sandbox.open_pull_request(home.repository, "mona", "swap", "main", "Other sides")
    await home.settle()
    (comment,) = home.our_comments(number)
    assert "`/approve F1`" in comment, comment
    stored = await home.value("SELECT proof_level FROM suggested_fixes")
    assert f"proof: {stored};" in comment
    return str(stored)


@in_a_jail
async def test_a_command_that_failed_and_passes_with_the_fix_is_the_proof(jailed: House) -> None:
    assert await proof(jailed) == "command re-run"


async def test_where_no_jail_is_set_up_nothing_is_run(home: House) -> None:
    unasked = Fault("GET", "/tarball/", status=503, times=9)
    home.sandbox.faults.add(unasked)
    assert await proof(home) == "parses"
    assert unasked.times == 9


@in_a_jail
@pytest.mark.parametrize(
    "script",
    [
        f"[ -d /home ] || exit 4; {PYTHON}",
        f"{PYTHON} || exit 3; [ -d /home ]",
        f"[ -d /home ] || exit 0; {PYTHON}",
        f"[ -d /home ] || sleep 60; {PYTHON}",
    ],
    ids=["fails in another way", "fails with the fix too", "passes without the fix", "does not end"],
)
async def test_a_command_that_does_otherwise_here_proves_nothing(
    database_url: str, tmp_path: Path, script: str
) -> None:
    async with house(database_url, tmp_path, jail=Jail(seconds=2)) as home:
        assert await proof(home, script) == "parses"


@in_a_jail
async def test_a_file_that_the_tarball_leaves_out_is_there_before_the_fix_too(jailed: House) -> None:
    here = f"[ -d /home ] || [ -e sides.py ] || exit 1; [ -d /home ] || exit 0; {PYTHON}"
    await jailed.sandbox.push(
        jailed.repository, "main", {".gitattributes": b"sides.py export-ignore\n"}, "Leave out", "octo"
    )
    assert await proof(jailed, here) == "parses"


@in_a_jail
async def test_a_checkout_that_is_too_large_is_not_run(jailed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.tasks.rerunning._MOST_TREE_BYTES", 10)
    assert await proof(jailed) == "parses"


@in_a_jail
@pytest.mark.parametrize("place", ["/tarball/", "^/_archives/"])
async def test_a_checkout_that_cannot_be_had_leaves_the_fix_as_it_was(jailed: House, place: str) -> None:
    jailed.sandbox.faults.add(Fault("GET", place, status=503, times=99))
    assert await proof(jailed) == "parses"
