"""Injected faults: what a network and a busy GitHub do to a client."""

import time

import httpx
import pytest

from sandbox.faults import Fault, secondary_limit
from tests.sandbox.conftest import GitHub
from tests.sandbox.test_graphql import MUTATION, wanted

ISSUES = "/repos/octo/repo/issues$"


def issues(github: GitHub) -> int:
    return len(github.sandbox.find("octo/repo").issues)


async def open_issue(github: GitHub) -> httpx.Response:
    return await github.post("{r}/issues", title="It fails")


@pytest.mark.parametrize("after", [False, True])
async def test_a_status_stands_in_the_answers_place(github: GitHub, after: bool) -> None:
    github.sandbox.faults.add(Fault("POST", ISSUES, status=502, message="Bad Gateway", after=after))
    answer = await open_issue(github)
    assert (answer.status_code, answer.json()["message"]) == (502, "Bad Gateway")
    # With "after" the write happened, and the client was not told.
    assert issues(github) == int(after)
    assert (await open_issue(github)).status_code == 201


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_is_reset(github: GitHub, after: bool) -> None:
    await github.get("{r}")
    github.sandbox.faults.add(Fault("POST", ISSUES, reset=True, after=after))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await open_issue(github)
    assert issues(github) == int(after)
    assert (await open_issue(github)).status_code == 201


async def test_a_body_is_cut_in_half(github: GitHub) -> None:
    github.sandbox.faults.add(Fault("POST", ISSUES, truncate=True))
    with pytest.raises(httpx.RemoteProtocolError):
        await open_issue(github)
    assert issues(github) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_an_answer_comes_late(github: GitHub, after: bool) -> None:
    github.sandbox.faults.add(Fault("POST", ISSUES, delay=0.3, after=after))
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        await github.call("POST", "{r}/issues", json={"title": "It fails"}, timeout=0.1)
    assert issues(github) == int(after)
    github.sandbox.faults.add(Fault("POST", ISSUES, delay=0.3, after=after))
    assert (await open_issue(github)).status_code == 201
    assert time.monotonic() - began >= 0.3


async def test_a_fault_strikes_as_often_as_told_and_where_told(github: GitHub) -> None:
    github.sandbox.faults.add(Fault("GET", "/issues$", status=500, times=2))
    assert (await github.get("{r}/issues/1")).status_code == 404
    assert (await open_issue(github)).status_code == 201
    assert [(await github.get("{r}/issues")).status_code for _ in range(3)] == [500, 500, 200]


async def test_any_method_and_the_first_fault_that_fits(github: GitHub) -> None:
    github.sandbox.faults.add(Fault("*", "/issues", status=503))
    github.sandbox.faults.add(Fault("*", "/issues", status=500))
    assert [(await github.get("{r}/issues")).status_code for _ in range(3)] == [503, 500, 200]


async def test_faults_can_be_taken_back(github: GitHub) -> None:
    github.sandbox.faults.add(Fault("*", "", status=500, times=99))
    github.sandbox.faults.clear()
    assert (await github.get("{r}")).status_code == 200


@pytest.mark.parametrize("retry_after", [30, None])
async def test_the_secondary_limit_speaks_as_githubs_does(github: GitHub, retry_after: int | None) -> None:
    github.sandbox.faults.add(secondary_limit("POST", ISSUES, retry_after=retry_after))
    answer = await open_issue(github)
    assert answer.status_code == 403
    assert "secondary rate limit" in answer.json()["message"]
    assert answer.headers.get("retry-after") == (None if retry_after is None else "30")
    assert issues(github) == 0


async def log_link(github: GitHub) -> str:
    github.runner.log = b"x" * 100_000
    await github.failed_run()
    job = github.sandbox.runs(github.repo)[0].attempt.jobs[0]
    return str((await github.get(f"{{r}}/actions/jobs/{job.id}/logs")).headers["location"])


async def test_the_download_of_a_log_can_fail_too(github: GitHub) -> None:
    link = await log_link(github)
    async with httpx.AsyncClient(trust_env=False) as nobody:
        github.sandbox.faults.add(Fault("GET", "/_logs/", status=503))
        assert (await nobody.get(link)).status_code == 503
        github.sandbox.faults.add(Fault("GET", "/_logs/", reset=True))
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await nobody.get(link)
        github.sandbox.faults.add(Fault("GET", "/_logs/", truncate=True))
        with pytest.raises(httpx.RemoteProtocolError):
            await nobody.get(link)
        assert len((await nobody.get(link)).content) == 100_000


async def test_graphql_can_fail_after_the_commit_was_made(github: GitHub) -> None:
    before = await github.head()
    github.sandbox.faults.add(Fault("POST", "^/graphql$", reset=True, after=True))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await github.post("/graphql", query=MUTATION, variables={"input": wanted(before)})
    assert await github.head() != before
