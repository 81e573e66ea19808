"""What is written down of each exchange, and what never is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.recorder import ENVIRONMENT
from sandbox.server import Sandbox, serve


async def recorded(sandbox: Sandbox, file: Path, *paths: str) -> list[Any]:
    async with serve(sandbox) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        for path in paths:
            await http.get(path, headers={"Authorization": "Bearer s3cret-token", "Cookie": "s3cret-cookie"})
    return [json.loads(line) for line in await asyncio.to_thread(_lines, file)]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


async def test_an_exchange_is_written_as_it_was_and_without_credentials(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    (line,) = await recorded(Sandbox(tmp_path / "s", record=file), file, "/api/v3/repos/a%20b/c?per_page=5")
    assert (line["method"], line["path"], line["query"], line["status"]) == ("GET", "/repos/a%20b/c", "per_page=5", 401)
    assert line["response"]["message"] == "Bad credentials"
    assert (line["request_bytes"], "request" in line, line["fault"]) == (0, False, False)
    assert line["response_bytes"] == len(json.dumps(line["response"], separators=(",", ":")))
    assert "s3cret" not in file.read_text()


async def test_every_sandbox_of_a_process_has_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "records").mkdir()
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "records"))
    for name in ("one", "two"):
        async with serve(Sandbox(tmp_path / name)) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
            await http.get("/rate_limit")
    assert len([*(tmp_path / "records").iterdir()]) == 2


async def test_without_a_place_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    sandbox = Sandbox(tmp_path / "sandbox")
    assert sandbox.world.recorder.path is None
    async with serve(sandbox) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await http.get("/rate_limit")).status_code == 200
