"""The pages as a person meets them."""

from pathlib import Path

from storage.database import Database
from tests.web.desk import Desk, csrf_of, desk
from web.pages.filters import spans


async def test_without_sign_in_set_up_the_page_says_so_and_tokens_still_work(
    database: Database, tmp_path: Path, app_key: str
) -> None:
    async with desk(database, tmp_path, app_key, sign_in=False) as opened:
        async with opened.browser() as browser:
            assert "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not set" in (await browser.get("/")).text
            assert (await browser.get("/login")).status_code == 404
            assert (await browser.get("/auth/callback?code=x&state=y")).status_code in (400, 404)
        assert (await opened.call("GET", "/fixes", await opened.token("mona"))).status_code == 200


async def test_the_first_page_is_the_way_in_and_then_what_waits(opened: Desk) -> None:
    first, second = await opened.fix(1), await opened.fix(2)
    async with opened.browser() as browser:
        page = await browser.get("/")
        assert 'href="/login?to=/"' in page.text
        fix_page = await browser.get(f"/f/F{first}")
        assert (fix_page.status_code, f"/login?to=/f/F{first}" in fix_page.text) == (401, True)
    async with opened.browser("reader") as browser:
        page = await browser.get("/")
        assert page.text.index(f"F{second}") < page.text.index(f"F{first}")
        assert "octo/geo" in page.text
    async with opened.browser("stranger") as browser:
        page = await browser.get("/")
        assert "Nothing waits in the repositories that you may read." in page.text
        assert (await browser.get(f"/f/F{first}")).status_code == 404


async def test_the_page_of_a_fix_has_the_forms_that_one_may_use(opened: Desk) -> None:
    fix_id = await opened.fix()
    async with opened.browser("reader") as browser:
        page = (await browser.get(f"/f/F{fix_id}")).text
        assert "you have read" in page
        assert 'name="decision"' not in page
        sent = await browser.post(f"/f/F{fix_id}/decide", data={"csrf": csrf_of(page), "decision": "approve"})
        assert sent.status_code == 303
        assert "To approve a fix takes write access" in (await browser.get(f"/f/F{fix_id}")).text
    async with opened.browser("mona") as browser:
        page = (await browser.get(f"/f/F{fix_id}")).text
        assert 'value="approve">Approve: commit exactly this' in page
        assert 'value="reject"' in page
        form = {"csrf": csrf_of(page), "decision": "approve", "comment": "looks right"}
        for _ in range(2):
            assert (await browser.post(f"/f/F{fix_id}/decide", data=form)).status_code == 303
        page = (await browser.get(f"/f/F{fix_id}")).text
        assert f"F{fix_id} is approved." in page
        assert "approved</b> by mona: looks right" in page
        assert 'name="decision"' not in page
        assert 'role="status"' not in (await browser.get(f"/f/F{fix_id}")).text
    assert await opened.value("SELECT channel || count(*) FROM human_approvals GROUP BY channel") == "dashboard1"


def test_words_in_backticks_are_code_and_nothing_else_is_live() -> None:
    assert spans("Remove `os` <b>") == "Remove <code>os</code> &lt;b&gt;"
    assert spans("`<i>` and ` alone") == "<code>&lt;i&gt;</code> and ` alone"


async def test_a_question_is_answered_on_the_first_page(opened: Desk) -> None:
    question = await opened.question("Is numpy allowed?")
    async with opened.browser("mona") as browser:
        page = (await browser.get("/")).text
        assert "Is numpy allowed?" in page
        sent = await browser.post(f"/questions/{question}", data={"csrf": csrf_of(page), "comment": " No. "})
        assert sent.status_code == 303
        page = (await browser.get("/")).text
        assert "The plan goes on" in page
        assert "Is numpy allowed?" not in page
    assert await opened.value("SELECT answer FROM clarifications") == "No."


async def test_signing_out_ends_the_session_of_this_browser(opened: Desk) -> None:
    async with opened.browser("mona") as browser:
        await browser.post("/sign-out", data={"csrf": csrf_of((await browser.get("/")).text)})
        assert "Sign in with GitHub" in (await browser.get("/")).text


async def test_what_is_not_there_is_a_page_or_a_problem_by_where_it_was_asked(opened: Desk) -> None:
    async with opened.browser() as browser:
        page = await browser.get("/nowhere")
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        problem = await browser.delete("/fixes/1")
        assert (problem.status_code, problem.headers["content-type"]) == (405, "application/problem+json")
        assert (await browser.get("/health")).json()["status"] == "degraded"
        assert (await browser.get("/style.css")).headers["content-type"].startswith("text/css")
