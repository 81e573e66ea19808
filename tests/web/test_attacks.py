"""The attacks on sign-in, sessions, tokens and forms, each of which must fail."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from storage.installations import InstallationRow, save_installation
from tests.web.desk import Desk, csrf_of

SESSION = "ci-fixer-session"


async def session_of(opened: Desk, login: str) -> str:
    async with opened.browser(login) as browser:
        return str(browser.cookies[SESSION])


async def home_with(opened: Desk, session: str) -> str:
    async with opened.browser() as browser:
        return (await browser.get("/", headers={"Cookie": f"{SESSION}={session}"})).text


async def test_a_cookie_that_was_tampered_with_is_no_session(opened: Desk) -> None:
    session = await session_of(opened, "reader")
    assert "Sign out reader" in await home_with(opened, session)
    content, _, signature = session.partition(".")
    other = (await session_of(opened, "mona")).partition(".")[0]
    for forged in (f"{other}.{signature}", f"{content}.", content, f"{content}.{signature[:-2]}AA", "", "x.y", "."):
        assert "Sign in with GitHub" in await home_with(opened, forged)


async def test_a_session_ends_after_eight_hours(opened: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await session_of(opened, "mona")
    now = 1e10
    monkeypatch.setattr("web.session.time.time", lambda: now)
    assert "Sign in with GitHub" in await home_with(opened, session)


async def test_what_was_signed_for_another_purpose_is_no_session(opened: Desk) -> None:
    for number in range(2):
        await opened.fix(number)
    cursor = (await opened.call("GET", "/fixes", await opened.token("mona"), params={"limit": 1})).json()["next_cursor"]
    assert "Sign in with GitHub" in await home_with(opened, cursor)


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites_and_from_plain_http_behind_https(
    opened: Desk,
) -> None:
    async with opened.browser() as browser:
        for scheme in ("http", "https"):
            sent = await browser.get("/login", headers={"X-Forwarded-Proto": scheme})
            cookie = sent.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert ("Secure" in cookie, cookie.startswith("__Host-")) == (scheme == "https", scheme == "https")


async def test_an_answer_of_github_is_taken_by_the_browser_that_asked_alone_and_once(opened: Desk) -> None:
    async with opened.browser() as browser, opened.browser() as victim:
        sent = await browser.get("/login")
        back = opened.sandbox.sign_in(sent.headers["location"], "mona")
        # Somebody else's answer is planted in a browser that asked nothing, or asked another time.
        assert (await victim.get(back)).status_code == 400
        await victim.get("/login")
        assert (await victim.get(back)).status_code == 400
        assert SESSION not in victim.cookies
        for wrong in ("x", ""):
            query = parse_qs(urlsplit(back).query)
            answer = await browser.get("/auth/callback", params={"code": query["code"][0], "state": wrong})
            assert answer.status_code == 400
        kept = dict(browser.cookies)
        assert (await browser.get(back)).status_code == 303
        async with httpx.AsyncClient(base_url=opened.url, trust_env=False, cookies=kept) as replaying:
            assert (await replaying.get(back)).status_code == 400
            assert SESSION not in replaying.cookies


async def test_a_stolen_code_is_nothing_without_the_verifier_of_the_browser_that_asked(opened: Desk) -> None:
    async with opened.browser() as victim, opened.browser() as thief:
        asked = await victim.get("/login")
        code = parse_qs(urlsplit(opened.sandbox.sign_in(asked.headers["location"], "mona")).query)["code"][0]
        own = parse_qs(urlsplit((await thief.get("/login")).headers["location"]).query)["state"][0]
        taken = await thief.get("/auth/callback", params={"code": code, "state": own})
        assert taken.status_code == 400
        assert SESSION not in thief.cookies


LEADS = [
    ("/f/F12", "/f/F12"),
    ("/", "/"),
    ("https://evil.test", "/"),
    ("//evil.test", "/"),
    ("/\\evil.test", "/"),
    ("/f/F12/../../x", "/"),
    ("/f/F12\n//evil.test", "/"),
    ("/sign-out", "/"),
]


async def test_sign_in_leads_back_to_our_own_pages_alone(opened: Desk) -> None:
    async with opened.browser() as browser:
        for to, back in LEADS:
            sent = await browser.get("/login", params={"to": to})
            answer = await browser.get(opened.sandbox.sign_in(sent.headers["location"], "reader"))
            assert answer.headers["location"] == back, to


async def test_a_post_without_the_word_of_this_session_does_nothing(opened: Desk) -> None:
    fix_id = await opened.fix()
    question = await opened.question("Why?")
    async with opened.browser("mona") as browser, opened.browser("octo") as other:
        theirs = csrf_of((await other.get("/")).text)
        for word in ({}, {"csrf": ""}, {"csrf": "x.y"}, {"csrf": theirs}):
            for path in (f"/f/F{fix_id}/decide", f"/questions/{question}", "/sign-out"):
                sent = await browser.post(path, data={"decision": "approve", "comment": "x", **word})
                assert sent.status_code == 403
        sent = await browser.post(f"/fixes/{fix_id}/approve", json={})
        assert sent.status_code == 403
        assert "Sign out mona" in (await browser.get("/")).text
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"
    assert await opened.value("SELECT answer FROM clarifications") is None


async def test_a_session_acts_by_the_api_with_its_word(opened: Desk) -> None:
    fix_id = await opened.fix()
    async with opened.browser("mona") as browser:
        word = csrf_of((await browser.get("/")).text)
        sent = await browser.post(f"/fixes/{fix_id}/approve", json={}, headers={"X-CSRF-Token": word})
        assert (sent.status_code, sent.json()["state"]) == (200, "approved")


GUESSES = ("Bearer cifx_guessed", "Bearer", "cifx_x", "Basic bW9uYTp4", "Bearer ghp_x", "Bearer cifx_" + "x" * 500)


async def test_a_guessed_token_opens_nothing_not_even_beside_a_session(opened: Desk) -> None:
    async with opened.browser("mona") as browser:
        for given in GUESSES:
            answer = await browser.get("/fixes", headers={"Authorization": given})
            assert answer.status_code == 401, given
            assert "www-authenticate" in answer.headers


async def test_a_token_acts_as_its_user_and_loses_what_the_user_loses(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("mona")
    assert (await opened.call("GET", f"/fixes/{fix_id}", token)).status_code == 200
    await opened.sandbox.set_role(opened.geo, "mona", "read")
    assert (await opened.call("POST", f"/fixes/{fix_id}/approve", token)).status_code == 403
    await opened.sandbox.set_role(opened.geo, "mona", "none")
    assert (await opened.call("POST", f"/fixes/{fix_id}/approve", token)).status_code == 404
    assert await opened.value("SELECT state FROM suggested_fixes") == "proposed"


async def test_a_login_that_somebody_else_registered_anew_opens_nothing(opened: Desk) -> None:
    fix_id = await opened.fix()
    token, session = await opened.token("mona"), await session_of(opened, "mona")
    users = opened.sandbox.world.state.users
    users["mona"].login = "mona-renamed"
    users["mona-renamed"] = users.pop("mona")
    await opened.sandbox.create_user("mona")
    await opened.sandbox.set_role(opened.geo, "mona", "admin")
    assert (await opened.call("POST", f"/fixes/{fix_id}/approve", token)).status_code == 404
    # A form word may hold the bare name by chance.
    assert f"/f/F{fix_id}" not in await home_with(opened, session)


async def test_a_suspended_installation_shows_nothing(opened: Desk) -> None:
    fix_id = await opened.fix()
    token = await opened.token("octo")
    async with opened.database.connection() as connection:
        row = InstallationRow(opened.installation_id, "octo", "User", {}, datetime.now(UTC), None)
        await save_installation(connection, row)
    await opened.sandbox.suspend(opened.installation_id)
    assert (await opened.call("GET", f"/fixes/{fix_id}", token)).status_code == 404
    assert (await opened.call("GET", "/fixes", token)).json()["fixes"] == []


SCRIPT = "<script>alert(1)</script>"


async def test_script_in_what_strangers_wrote_is_text_and_nothing_may_run(opened: Desk) -> None:
    diff = f"--- a/x.py\n+++ b/x.py\n+{SCRIPT}\n"
    fix_id = await opened.fix(
        summary=SCRIPT, explanation=SCRIPT, diff=diff, head_branch=SCRIPT, source='"><img src=x onerror=alert(1)>'
    )
    await opened.question(SCRIPT)
    async with opened.browser("mona") as browser:
        for path in ("/", f"/f/F{fix_id}"):
            page = await browser.get(path)
            assert "&lt;script&gt;alert(1)" in page.text
            assert "<script" not in page.text
            assert "<img" not in page.text
            policy = page.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; style-src 'self'")
            assert "unsafe" not in policy
            assert "style=" not in page.text
            assert page.headers["cache-control"] == "no-store"


async def test_the_sign_in_does_not_take_a_bot(opened: Desk) -> None:
    with pytest.raises(ValueError, match="no such person"):
        async with opened.browser("ci-fixer[bot]"):
            pass
