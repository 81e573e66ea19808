"""The web flow of user access tokens, and what such a token sees."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from sandbox.oauth import challenge_of
from sandbox.registry import SandboxApp, SandboxRepository
from tests.sandbox.conftest import EVENTS, PERMISSIONS, GitHub

BACK = "http://127.0.0.1:9/auth/callback"
VERIFIER = "v" * 43


@pytest.fixture
async def app(github: GitHub) -> SandboxApp:
    made = await github.sandbox.create_app("Reviewer", PERMISSIONS, EVENTS, callback_urls=[BACK])
    await github.sandbox.create_user("reader")
    return made


def authorize(github: GitHub, app: SandboxApp, **changed: str) -> str:
    asked = {"client_id": app.client_id, "state": "s1", "code_challenge": challenge_of(VERIFIER),
             "code_challenge_method": "S256", **changed}  # fmt: skip
    return f"{github.url}/login/oauth/authorize?{urlencode({k: v for k, v in asked.items() if v})}"


def code_of(github: GitHub, app: SandboxApp, login: str = "reader", **changed: str) -> str:
    back = github.sandbox.sign_in(authorize(github, app, **changed), login)
    assert back.startswith(BACK + "?")
    return parse_qs(urlsplit(back).query)["code"][0]


async def exchange(github: GitHub, app: SandboxApp, code: str, **changed: str) -> dict[str, object]:
    given = {"client_id": app.client_id, "client_secret": app.client_secret, "code": code, "code_verifier": VERIFIER}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{github.url}/login/oauth/access_token", data=given | changed, headers={"Accept": "application/json"}
        )
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


async def token_of(github: GitHub, app: SandboxApp, login: str) -> str:
    return str((await exchange(github, app, code_of(github, app, login)))["access_token"])


async def test_a_person_agrees_on_the_page_and_the_browser_goes_back_with_code_and_state(
    github: GitHub, app: SandboxApp
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(authorize(github, app))
        (link,) = re.findall(r'href="([^"]*sandbox_login=reader)"', page.text)
        sent = await http.get(f"{github.url}/login/oauth/authorize{link.replace('&amp;', '&')}")
    back = parse_qs(urlsplit(sent.headers["location"]).query)
    assert back["state"] == ["s1"]
    given = await exchange(github, app, back["code"][0])
    token = str(given["access_token"])
    assert token.startswith("ghu_")
    assert (given["token_type"], given["expires_in"]) == ("bearer", 28800)
    answer = await github.call("GET", "/user", token)
    assert answer.json()["login"] == "reader"


async def test_a_code_is_good_once_and_for_ten_minutes(github: GitHub, app: SandboxApp) -> None:
    code = code_of(github, app)
    assert "access_token" in await exchange(github, app, code)
    assert (await exchange(github, app, code))["error"] == "bad_verification_code"
    late = code_of(github, app)
    github.time.passes(minutes=11)
    assert (await exchange(github, app, late))["error"] == "bad_verification_code"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "x"}, "incorrect_client_credentials"),
        ({"client_id": "x"}, "incorrect_client_credentials"),
        ({"code_verifier": "w" * 43}, "bad_verification_code"),
        ({"code_verifier": ""}, "bad_verification_code"),
        ({"redirect_uri": "http://elsewhere.test"}, "redirect_uri_mismatch"),
    ],
)
async def test_what_does_not_fit_the_request_is_refused(
    github: GitHub, app: SandboxApp, changed: dict[str, str], error: str
) -> None:
    assert (await exchange(github, app, code_of(github, app), **changed))["error"] == error


@pytest.mark.parametrize(
    "changed", [{"client_id": "x"}, {"redirect_uri": "http://elsewhere.test"}, {"code_challenge_method": "plain"}]
)
async def test_a_request_that_is_not_the_apps_is_a_page_and_no_redirect(
    github: GitHub, app: SandboxApp, changed: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"no such App|not associated|must be S256"):
        github.sandbox.sign_in(authorize(github, app, **changed), "reader")


async def test_a_token_ends_after_eight_hours(github: GitHub, app: SandboxApp) -> None:
    token = await token_of(github, app, "reader")
    github.time.passes(hours=9)
    assert (await github.call("GET", "/user", token)).status_code == 401


async def installations_of(github: GitHub, token: str) -> list[int]:
    answer = await github.call("GET", "/user/installations", token)
    return [one["id"] for one in answer.json()["installations"]]


async def test_a_token_lists_what_person_and_app_both_reach(github: GitHub, app: SandboxApp) -> None:
    sandbox = github.sandbox
    hidden = await sandbox.create_repository("octo", "hidden", {"a": b"1"}, private=True)
    shown = await sandbox.create_repository("octo", "shown", {"a": b"1"}, private=True)
    elsewhere = await sandbox.create_repository("octo", "elsewhere", {"a": b"1"}, private=True)
    installed = await sandbox.install(app, "octo", [hidden, shown])
    for repository in (shown, elsewhere):
        await sandbox.set_role(repository, "reader", "read")
    token = await token_of(github, app, "reader")
    assert await installations_of(github, token) == [installed]
    answer = await github.call("GET", f"/user/installations/{installed}/repositories", token)
    assert [one["name"] for one in answer.json()["repositories"]] == ["shown"]
    assert answer.json()["repositories"][0]["permissions"]["push"] is False
    assert [await status(github, token, one) for one in (shown, hidden, elsewhere)] == [200, 404, 404]
    another = f"/user/installations/{github.installation_id}/repositories"
    assert (await github.call("GET", another, token)).status_code == 404


async def status(github: GitHub, token: str, repository: SandboxRepository) -> int:
    return (await github.call("GET", f"/repos/{repository.full_name}", token)).status_code


async def test_a_persons_own_token_lists_no_installations(github: GitHub) -> None:
    await github.sandbox.create_user("reader")
    answer = await github.call("GET", "/user/installations", github.sandbox.user_token("reader"))
    assert answer.status_code == 403
    assert (await github.http.get("/user/installations")).status_code == 401
