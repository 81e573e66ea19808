"""Schemathesis asks the API whatever its document allows and much that it does not, with all of its checks."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.web.desk import Desk
from web.api.operations import OPERATIONS

CANARY = "canary-of-octo-geo"
"""In every word of a private repository that the tests choose."""
EXAMPLES = os.environ.get("CI_FIXER_SOAK") or "2"
"""Of each phase and operation."""
CONFIG = """
[[operations]]
include-operation-id = {named}
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 429]
[[operations]]
include-operation-id = {acts}
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422, 429]
"""
"""No schema can tell a cursor that we wrote from another text, or says that one of three fields is given: there, 400
says so. Nor can it tell that an Idempotency-Key was used with another body, where 422 does."""
WHO = ["nobody", "token of a stranger", "session of a writer"]
if "CI_FIXER_SOAK" in os.environ:
    WHO += ["token of a reader", "token of a writer"]


async def _schemathesis(opened: Desk, report: Path, headers: dict[str, str]) -> tuple[int, str]:
    """Run it, as anybody would on a shell; gives its exit code and what it said."""
    with_cursor = [
        one.name for one in OPERATIONS if one.only_reads or "cursor" in getattr(one.query, "__struct_fields__", ())
    ]
    acts = [one.name for one in OPERATIONS if one.is_act]
    (report.parent / "schemathesis.toml").write_text(
        CONFIG.format(named=json.dumps(with_cursor), acts=json.dumps(acts))
    )
    named = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{opened.url}/openapi.json",
        "--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--no-color", "--warnings", "off",
        # Streams end when the listener goes, and schemathesis listens to the end.
        "--exclude-path-regex", "^/(events|ws)$",
        "--report", "har", "--report-har-path", str(report), "--output-sanitize", "false", *named,
        cwd=report.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await running.communicate()
    return running.returncode or 0, said.decode()


async def _headers(opened: Desk, who: str) -> dict[str, str]:
    login = {"stranger": "stranger", "reader": "reader", "writer": "mona"}.get(who.rpartition(" ")[2])
    if login is None:
        return {}
    if who.startswith("token"):
        return {"Authorization": f"Bearer {await opened.token(login)}"}
    async with opened.browser(login) as browser:
        page = (await browser.get("/")).text
        word = page.partition('name="csrf" value="')[2].partition('"')[0]
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    return {"Cookie": cookies, "X-CSRF-Token": word}


@pytest.mark.parametrize("who", WHO)
async def test_no_request_breaks_the_api_or_leaves_its_document(opened: Desk, tmp_path: Path, who: str) -> None:
    await opened.fix(summary=CANARY, explanation=CANARY)
    await opened.question(CANARY)
    report = tmp_path / "asked.har"
    code, said = await _schemathesis(opened, report, await _headers(opened, who))
    assert code == 0, said
    seen = CANARY in report.read_text()
    assert seen == (who not in ("nobody", "token of a stranger"))
