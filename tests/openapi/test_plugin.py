"""That what one test's sandbox does off the document fails that test, and no other."""

from pathlib import Path

import httpx
import pytest

from sandbox.server import Sandbox, serve

pytest_plugins = ["pytester"]

_SUITE = """
import httpx
import pytest
from sandbox.server import Sandbox, serve

async def ask(folder, path):
    async with serve(Sandbox(folder)) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        await http.get(path)

async def test_well(tmp_path):
    await ask(tmp_path, "/rate_limit")

async def test_badly(tmp_path):
    await ask(tmp_path, "/rate_limit?colour=red")

@pytest.mark.off_the_document("nobody has such an address")
async def test_badly_on_purpose(tmp_path):
    await ask(tmp_path, "/nowhere")

@pytest.mark.off_the_document("a reason that no longer holds")
async def test_well_but_marked(tmp_path):
    await ask(tmp_path, "/rate_limit")
"""


def test_the_test_that_made_the_bad_exchange_is_the_one_that_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makepyfile(_SUITE)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nmarkers = off_the_document(reason): x\n")
    result = pytester.runpytest_subprocess("-p", "tests.openapi.plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(["*query parameter 'colour' is not documented for GET /rate_limit*"])
    result.stdout.fnmatch_lines(["ERROR *::test_badly*", "ERROR *::test_well_but_marked*"])


@pytest.mark.off_the_document("nobody has such an address")
async def test_this_very_suite_is_held_to_the_document(tmp_path: Path) -> None:
    async with serve(Sandbox(tmp_path)) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await http.get("/nowhere")).status_code == 404
