"""Who is asking: Apps by JWT, installations by tokens that expire and are narrowed, people, nobody."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.sandbox.conftest import EVENTS, PERMISSIONS, GitHub


async def as_app(github: GitHub, credential: str) -> tuple[int, str]:
    answer = await github.call("GET", "/app", credential)
    return answer.status_code, answer.json().get("message", "")


async def refused_token(github: GitHub, **narrowed: object) -> tuple[int, str]:
    answer = await github.call("POST", f"/app/installations/{github.installation_id}/access_tokens", github.jwt(),
                               json=narrowed)  # fmt: skip
    return answer.status_code, answer.json()["message"]


async def test_an_app_is_known_by_its_jwt(github: GitHub) -> None:
    answer = await github.call("GET", "/app", github.jwt())
    assert answer.status_code == 200
    assert answer.json()["slug"] == "ci-fixer"
    assert answer.json()["installations_count"] == 1
    assert answer.json()["permissions"] == {"metadata": "read", **PERMISSIONS}
    assert answer.json()["events"] == list(EVENTS)


async def test_an_app_may_name_itself_by_its_client_id(github: GitHub) -> None:
    assert (await as_app(github, github.jwt(iss=github.app.client_id)))[0] == 200


async def test_a_jwt_may_say_its_issuer_as_a_text_only_or_a_known_one(github: GitHub) -> None:
    assert await as_app(github, github.jwt(iss=None)) == (401, "Missing 'issuer' claim ('iss') in assertion")
    assert await as_app(github, github.jwt(iss="4711")) == (404, "Integration not found")


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [(30, True), (540, True), (600, True), (640, True), (690, False), (3600, False), (0, False), (-1, False)],
)
async def test_a_jwt_lives_ten_minutes_at_most_with_a_minute_for_clocks_that_differ(
    github: GitHub, seconds: int, accepted: bool
) -> None:
    now = int(github.time().timestamp())
    status, message = await as_app(github, github.jwt(exp=now + seconds))
    assert (status == 200) is accepted
    assert accepted or "'Expiration time' claim ('exp')" in message


@pytest.mark.parametrize(("seconds", "accepted"), [(-3600, True), (-60, True), (0, True), (60, False)])
async def test_a_jwt_is_not_issued_in_the_future(github: GitHub, seconds: int, accepted: bool) -> None:
    now = int(github.time().timestamp())
    status, message = await as_app(github, github.jwt(iat=now + seconds))
    assert (status == 200) is accepted
    assert accepted or "'Issued at' claim ('iat')" in message


@pytest.mark.parametrize("claims", [{"exp": None}, {"exp": "soon"}, {"exp": True}, {"iat": None}, {"iat": "now"}])
async def test_a_jwts_times_are_numbers(github: GitHub, claims: dict[str, object]) -> None:
    assert (await as_app(github, github.jwt(**claims)))[0] == 401


async def test_a_jwt_of_yesterday_is_none_today(github: GitHub) -> None:
    signed = github.jwt()
    assert (await as_app(github, signed))[0] == 200
    github.time.passes(minutes=11)
    assert (await as_app(github, signed))[0] == 401


async def test_a_jwt_signed_with_another_key_is_refused(github: GitHub) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    assert await as_app(github, github.signed(pem, "RS256")) == (401, "A JSON web token could not be decoded")


async def test_a_jwt_signed_otherwise_than_by_rs256_is_refused(github: GitHub) -> None:
    app = github.sandbox.world.state.apps[github.app.app_id]
    assert "PUBLIC KEY" in app.public_key_pem
    for signed in (github.signed("k" * 64, "HS256"), github.signed(github.app.private_key_pem, "RS512")):
        assert await as_app(github, signed) == (401, "A JSON web token could not be decoded")


@pytest.mark.parametrize("credential", ["a.b.c", "..", "nonsense", "ghs_unknown", "gh"])
async def test_credentials_that_nobody_gave_out_are_refused(github: GitHub, credential: str) -> None:
    answer = await github.http.get("/repos/octo/repo", headers={"Authorization": f"Bearer {credential}"})
    assert answer.status_code == 401
    answer = await github.http.get("/repos/octo/repo", headers={"Authorization": f"Basic {credential}x"})
    assert answer.json()["message"] == "Bad credentials"


async def test_a_token_lives_for_an_hour(github: GitHub) -> None:
    token = await github.token()
    github.time.passes(minutes=59)
    assert (await github.call("GET", "{r}", token)).status_code == 200
    github.time.passes(minutes=1)
    answer = await github.call("GET", "{r}", token)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


async def test_a_token_has_the_shape_and_the_length_of_githubs(github: GitHub) -> None:
    token = await github.token()
    assert token.startswith(f"ghs_{github.app.app_id}_")
    assert token.count(".") == 2
    assert 450 <= len(token) <= 600


async def test_an_app_cannot_act_on_a_repository_as_itself(github: GitHub) -> None:
    answer = await github.call("GET", "{r}", github.jwt())
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")


async def test_a_token_cannot_act_as_the_app(github: GitHub) -> None:
    answer = await github.call("GET", "/app/installations", await github.token())
    assert (answer.status_code, answer.json()["message"]) == (401, "A JSON web token could not be decoded")


@pytest.mark.parametrize("by", ["ids", "names"])
async def test_a_token_may_be_narrowed_to_some_repositories(github: GitHub, by: str) -> None:
    other = await github.sandbox.create_repository("octo", "other", {"a": b"a"}, private=True)
    await github.sandbox.add_repositories(github.installation_id, [other])
    narrowed = {"repository_ids": [other.id]} if by == "ids" else {"repositories": ["other"]}
    answer = await github.call("POST", f"/app/installations/{github.installation_id}/access_tokens", github.jwt(),
                               json=narrowed)  # fmt: skip
    assert [one["name"] for one in answer.json()["repositories"]] == ["other"]
    token = answer.json()["token"]
    assert (await github.call("GET", "/repos/octo/other", token)).status_code == 200
    assert (await github.call("GET", "/repos/octo/repo", token)).status_code == 404
    listed = await github.call("GET", "/installation/repositories", token)
    assert [one["full_name"] for one in listed.json()["repositories"]] == ["octo/other"]


async def test_a_token_is_not_widened(github: GitHub) -> None:
    other = await github.sandbox.create_repository("octo", "other", {"a": b"a"})
    sentence = "There is at least one repository that does not exist or is not accessible to the parent installation."
    assert await refused_token(github, repository_ids=[other.id]) == (422, sentence)
    assert await refused_token(github, repositories=["nowhere"]) == (422, sentence)
    sentence = "The permissions requested are not granted to this installation."
    assert await refused_token(github, permissions={"workflows": "write"}) == (422, sentence)


async def test_a_token_names_five_hundred_repositories_at_most(github: GitHub) -> None:
    sentence = "You can only specify up to 500 repositories."
    assert await refused_token(github, repository_ids=[github.repo.id, *range(500)]) == (422, sentence)


async def test_a_token_may_be_narrowed_to_some_permissions(github: GitHub) -> None:
    token = await github.token(permissions={"contents": "read"})
    assert (await github.call("GET", "{r}/contents/README.md", token)).status_code == 200
    assert (await github.call("GET", "{r}", token)).status_code == 200
    answer = await github.call("GET", "{r}/issues", token)
    assert answer.status_code == 403
    assert answer.headers["x-accepted-github-permissions"] == "issues=read"
    answer = await github.call("POST", "{r}/git/blobs", token, json={"content": "x"})
    assert answer.headers["x-accepted-github-permissions"] == "contents=write"


@pytest.mark.parametrize(
    ("narrowed", "said"),
    [
        ({"permissions": {"contents": "own"}}, "own is not a member of"),
        ({"permissions": "all"}, "is not an object"),
        ({"repository_ids": ["1"]}, "is not an integer"),
        ({"repositories": [1]}, "is not a string"),
        ({"repositories": "repo"}, "is not an array"),
    ],
)
async def test_a_request_for_a_token_is_checked(github: GitHub, narrowed: dict[str, object], said: str) -> None:
    status, message = await refused_token(github, **narrowed)
    assert status == 422
    assert said in message


async def test_a_suspended_installation_can_do_nothing(github: GitHub) -> None:
    token = await github.token()
    await github.sandbox.suspend(github.installation_id)
    answer = await github.call("GET", "{r}", token)
    assert (answer.status_code, answer.json()["message"]) == (403, "This installation has been suspended")
    assert await refused_token(github) == (403, "This installation has been suspended")
    await github.sandbox.suspend(github.installation_id, suspended=False)
    assert (await github.call("GET", "{r}", token)).status_code == 200


async def test_the_tokens_of_a_removed_installation_are_none(github: GitHub) -> None:
    token = await github.token()
    await github.sandbox.uninstall(github.installation_id)
    assert (await github.call("GET", "{r}", token)).status_code == 401
    assert await refused_token(github) == (404, "Not Found")


async def test_installations_are_seen_by_their_own_app_only(github: GitHub) -> None:
    mine = await github.call("GET", "/app/installations", github.jwt())
    assert [one["id"] for one in mine.json()] == [github.installation_id]
    one = await github.call("GET", f"/app/installations/{github.installation_id}", github.jwt())
    assert one.json()["account"]["login"] == "octo"
    found = await github.call("GET", "{r}/installation", github.jwt())
    assert found.json()["id"] == github.installation_id
    github.app = await github.sandbox.create_app("Another", {}, ())
    assert (await github.call("GET", "/app/installations", github.jwt())).json() == []
    for path in (f"/app/installations/{github.installation_id}", "{r}/installation", "/repos/no/where/installation"):
        assert (await github.call("GET", path, github.jwt())).status_code == 404


async def test_a_person_acts_by_a_token_without_end(github: GitHub) -> None:
    token = github.sandbox.user_token("mona")
    github.time.passes(days=365)
    answer = await github.call("GET", "/user", token)
    assert answer.json()["login"] == "mona"
    assert (await github.call("GET", "/users/octo", token)).json()["public_repos"] == 1
    assert (await github.call("GET", "/users/nobody", token)).status_code == 404


async def test_who_is_no_person_has_no_user(github: GitHub) -> None:
    assert (await github.http.get("/user")).json()["message"] == "Requires authentication"
    assert (await github.get("/user")).status_code == 403
    assert (
        await github.call("GET", "/installation/repositories", github.sandbox.user_token("mona"))
    ).status_code == 403


async def test_only_versions_of_the_api_that_there_are_can_be_asked_for(github: GitHub) -> None:
    for version, status in (("2022-11-28", 200), ("2026-03-10", 200), ("2020-01-01", 400)):
        answer = await github.http.get("/repos/octo/repo", headers={"X-GitHub-Api-Version": version})
        assert answer.status_code == status
