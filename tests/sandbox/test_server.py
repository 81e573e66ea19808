"""Serving, ending, and what a server must stand."""

import asyncio
import logging
from pathlib import Path

import httpx
import pytest

from sandbox import asgi
from sandbox.server import Sandbox, serve
from tests.sandbox.conftest import GitHub


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async with serve(Sandbox(tmp_path / "one")) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with serve(Sandbox(tmp_path / "two"), port):
                raise AssertionError("it was served")


async def test_an_enterprise_servers_prefix_is_taken_off_and_kept_in_links(github: GitHub) -> None:
    for number in range(3):
        await github.branch(f"b{number}")
    answer = await github.get("/api/v3/repos/octo/repo/branches", params={"per_page": 1})
    assert answer.status_code == 200
    assert answer.links["next"]["url"] == f"{github.url}/api/v3/repos/octo/repo/branches?per_page=1&page=2"


@pytest.mark.off_the_document("the document has no status for it")
async def test_a_body_that_is_too_long_is_refused(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MOST_BODY_BYTES", 1000)
    answer = await github.post("{r}/issues", title="x", body="b" * 2000)
    assert (answer.status_code, answer.json()["message"]) == (413, "Payload Too Large")


@pytest.mark.off_the_document("the sandbox breaks on purpose")
async def test_a_fault_of_the_sandbox_itself_is_an_answer_and_a_word_in_its_log(
    github: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    github.sandbox.find("octo/repo").path = Path("/nowhere")
    with caplog.at_level(logging.ERROR, "sandbox"):
        answer = await github.get("{r}/branches")
    assert (answer.status_code, answer.json()["message"]) == (500, "The sandbox itself failed; its log says how")
    assert "GET /repos/octo/repo/branches" in caplog.text


async def test_many_requests_at_once_are_answered_each_with_its_own(github: GitHub) -> None:
    numbers = range(25)
    answers = await asyncio.gather(*(github.post("{r}/issues", title=str(number)) for number in numbers))
    assert sorted(answer.json()["number"] for answer in answers) == [number + 1 for number in numbers]
    assert {answer.json()["title"] for answer in answers} == {str(number) for number in numbers}


async def test_of_two_commits_at_once_on_one_head_one_is_made(github: GitHub) -> None:
    sha = await github.head()
    made = [
        (await github.post("{r}/git/commits", message=str(n), parents=[sha],
                           tree=(await github.sandbox.git(github.repo).commit(sha)).tree)).json()["sha"]
        for n in range(2)
    ]  # fmt: skip
    answers = await asyncio.gather(*(github.patch("{r}/git/refs/heads/main", sha=one) for one in made))
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_names_that_are_taken_or_unknown_are_said(github: GitHub) -> None:
    with pytest.raises(ValueError, match="there is an account 'MONA' already"):
        await github.sandbox.create_user("MONA")
    with pytest.raises(ValueError, match="a repository octo/repo already"):
        await github.sandbox.create_repository("octo", "repo", {})
    with pytest.raises(ValueError, match="there is no account 'nobody'; create_user makes one"):
        await github.sandbox.set_role(github.repo, "nobody", "write")
    with pytest.raises(ValueError, match="'owner' is none of none, read"):
        await github.sandbox.set_role(github.repo, "mona", "owner")
    with pytest.raises(ValueError, match="there is no repository 'octo/other'"):
        await github.sandbox.push("octo/other", "main", {}, "x", "mona")


async def test_two_sandboxes_have_nothing_in_common(github: GitHub, tmp_path: Path) -> None:
    async with serve(Sandbox(tmp_path / "other")) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await http.get("/repos/octo/repo")).status_code == 404
