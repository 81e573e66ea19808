"""Decisions by the API and on the pages, carried out by a worker and shown on GitHub as those of comments are."""

from pathlib import Path

import httpx

from tests.handlers.house import GREEN, RED, house
from tests.web.desk import csrf_of


async def test_what_a_page_rejects_and_the_api_approves_is_done_and_shown_on_github(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path) as home:
        first = await home.red_pull_request("one", settled=False)
        second = await home.red_pull_request("two")
        async with home.browser("mona") as browser:
            page = (await browser.get("/f/F1")).text
            assert "F401" in page
            form = {"csrf": csrf_of(page), "decision": "reject", "comment": "we keep os"}
            assert (await browser.post("/f/F1/decide", data=form)).status_code == 303
        headers = {"Authorization": f"Bearer {await home.api_token('mona')}"}
        async with httpx.AsyncClient(base_url=home.api, trust_env=False, headers=headers) as client:
            answer = await client.post("/fixes/F2/approve", json={"comment": "looks right"})
            assert (answer.status_code, answer.json()["state"]) == (200, "approved")
            await home.settle()
            assert (await client.get("/fixes/2/status")).json()["state"] == "verified"
        pulls = [home.sandbox.pull_request(home.repository, number) for number in (first, second)]
        branches = {pull.number: pull.head_branch for pull in pulls}
        shown = {number: home.our_comments(number)[0] for number in (first, second)}
        rejected, verified = sorted(shown, key=lambda number: "rejected by mona: we keep os" not in shown[number])
        assert "rejected by mona: we keep os" in shown[rejected]
        assert "Fixed and verified" in shown[verified]
        assert await home.sandbox.read_file(home.repository, branches[rejected], "area.py") == RED
        assert await home.sandbox.read_file(home.repository, branches[verified], "area.py") == GREEN
        assert (
            await home.value("SELECT string_agg(channel, ',' ORDER BY fix_id) FROM human_approvals") == "dashboard,api"
        )
