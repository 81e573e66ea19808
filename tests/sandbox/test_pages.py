"""The sandbox in a browser: what the pages show, and that nothing a stranger wrote is live on them."""

import asyncio

import httpx
import pytest

from tests.sandbox.conftest import GitHub

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
async def number(github: GitHub) -> int:
    github.runner.conclusions["test"] = "failure"
    github.runner.log = f"2026-01-01T00:00:00.0000000Z ##[error]{EVIL}\n".encode()
    workflow = {".github/workflows/ci.yml": b"pull_request"}
    await github.sandbox.push(github.repo, "topic", {**workflow, "src/a.py": b"x = 2\n"}, f"Change {EVIL}", "mona")
    made = await github.sandbox.open_pull_request(github.repo, "mona", "topic", "main", f"A title {EVIL}")
    await github.sandbox.idle()
    return made


async def page(github: GitHub, path: str) -> str:
    answer = await github.http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def test_the_pages_lead_from_the_list_to_the_log(github: GitHub, number: int) -> None:
    assert f'href="/octo/repo/pull/{number}"' in await page(github, "/")
    (run,) = github.sandbox.runs(github.repo)
    job = run.attempt.jobs[0]
    pull = await page(github, f"/octo/repo/pull/{number}")
    assert f"/octo/repo/actions/runs/{run.id}/job/{job.id}" in pull
    assert "failure" in pull
    assert "##[error]" in await page(github, f"/octo/repo/actions/runs/{run.id}/job/{job.id}")
    assert "+x = 2" in await page(github, f"/octo/repo/commit/{run.head_sha}")


@pytest.mark.parametrize(
    "where", ["/", "/octo/repo/pull/{n}", "/octo/repo/actions/runs/{run}", "/octo/repo/commit/{sha}"]
)
async def test_what_a_stranger_wrote_is_text(github: GitHub, number: int, where: str) -> None:
    await github.sandbox.comment(github.repo, number, "stranger", EVIL)
    (run,) = github.sandbox.runs(github.repo)
    shown = await page(github, where.format(n=number, run=run.id, sha=run.head_sha))
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


async def test_a_comment_folds_and_shows_tables_and_patches_as_github_does(github: GitHub, number: int) -> None:
    patch = "```diff\n-old\n+<b>\n```"
    body = f"<!-- a marker -->\n| a |\n|---|\n| 1 |\n\n<details><summary>more</summary>\n\n{patch}\n\n</details>"
    await github.sandbox.comment(github.repo, number, "mona", body)
    shown = await page(github, f"/octo/repo/pull/{number}")
    assert "<summary>more</summary>" in shown
    assert "<td>1</td>" in shown
    assert '<span class="add">+&lt;b&gt;</span>' in shown
    assert "a marker" not in shown


async def test_the_form_comments_as_the_person_chosen(github: GitHub, number: int) -> None:
    form = {"login": "mona", "body": "/approve F1"}
    answer = await github.http.post(f"/octo/repo/pull/{number}/comment", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/octo/repo/pull/{number}")
    (comment,) = github.sandbox.comments(github.repo, number)
    assert (comment.user.login, comment.body) == ("mona", "/approve F1")


@pytest.mark.parametrize("login", ["nobody", "ci-fixer[bot]", ""])
async def test_nobody_comments_as_who_is_no_person(github: GitHub, number: int, login: str) -> None:
    answer = await github.http.post(f"/octo/repo/pull/{number}/comment", data={"login": login, "body": "hello"})
    assert answer.status_code == 422
    assert github.sandbox.comments(github.repo, number) == ()


async def test_a_button_is_pressed_only_where_it_is_shown(github: GitHub, number: int) -> None:
    (run,) = github.sandbox.runs(github.repo)
    token = await github.token()
    action = {"label": "Approve fix", "description": "Commit it", "identifier": "approve_fix"}
    made = await github.call(
        "POST",
        "{r}/check-runs",
        token,
        json={"name": "CI Fixer", "head_sha": run.head_sha, "conclusion": "neutral", "actions": [action]},
    )
    path = f"/octo/repo/runs/{made.json()['id']}"
    assert "Approve fix" in await page(github, path)
    await github.sandbox.set_webhook(github.app, "http://127.0.0.1:9/nobody")
    wrong = await github.http.post(f"{path}/press", data={"login": "mona", "identifier": "reject_fix"})
    right = await github.http.post(f"{path}/press", data={"login": "mona", "identifier": "approve_fix"})
    await github.sandbox.idle()
    assert (wrong.status_code, right.status_code) == (404, 303)
    pressed = [one for one in github.sandbox.deliveries("check_run") if one.action == "requested_action"]
    assert [one.payload["requested_action"] for one in pressed] == [{"identifier": "approve_fix"}]


@pytest.mark.parametrize(
    "path", ["/octo/none/pull/1", "/octo/repo/pull/99", "/octo/repo/runs/x", "/octo/repo/commit/f00"]
)
async def test_what_is_not_there_is_not_found(github: GitHub, path: str) -> None:
    assert (await github.http.get(path)).status_code == httpx.codes.NOT_FOUND


async def test_pages_answer_while_a_log_is_long(github: GitHub, number: int) -> None:
    github.runner.log = b"2026-01-01T00:00:00.0000000Z line\n" * 20_000
    (run,) = github.sandbox.runs(github.repo)
    await github.sandbox.rerun(github.repo, run.id, "mona")
    await github.sandbox.idle()
    async with asyncio.timeout(20):
        shown = await page(github, f"/octo/repo/actions/runs/{run.id}/job/{run.attempt.jobs[0].id}")
    assert shown.count("<span>line</span>") == 5_000
