"""Every endpoint's permission, as the table says it and the doors hold it."""

import pytest

from sandbox.permissions import TABLE, R
from tests.sandbox.conftest import PERMISSIONS, GitHub

# A path that leads somewhere for each name; what is there does not matter, as doors come first.
_NAMES = {
    "owner": "octo", "repo": "repo", "path": "README.md", "sha": "0" * 40, "ref": "heads/main", "branch": "main",
    "basehead": "main...main", "username": "mona",
}  # fmt: skip
_CHECKED = sorted(key for key, access in TABLE.items() if key.partition(" ")[2].startswith(R))
_REPOSITORY = [key for key in _CHECKED if TABLE[key].who == "repository" and TABLE[key].permission != "metadata"]

_WRITING = [key for key in _REPOSITORY if TABLE[key].level == "write"]


def address(key: str) -> tuple[str, str]:
    method, _, template = key.partition(" ")
    path = template.replace(":path}", "}")
    for name, value in _NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    return method, "/".join("1" if part.startswith("{") else part for part in path.split("/"))


async def test_a_token_without_the_permission_is_told_which_it_needs(github: GitHub) -> None:
    tokens = {name: await github.token(permissions={name: "read"}) for name in ("checks", "issues")}
    for key in _REPOSITORY:
        access = TABLE[key]
        answer = await github.call(*address(key), tokens["checks" if access.permission == "issues" else "issues"])
        told = answer.status_code, answer.json()["message"], answer.headers.get("x-accepted-github-permissions")
        needed = f"{access.permission}={access.level}"
        assert (key, *told) == (key, 403, "Resource not accessible by integration", needed)


async def test_reading_does_not_let_write(github: GitHub) -> None:
    tokens = {name: await github.token(permissions={name: "read"}) for name in PERMISSIONS}
    for key in _WRITING:
        answer = await github.call(*address(key), tokens[TABLE[key].permission])
        assert (key, answer.status_code) == (key, 403)


async def test_what_may_not_be_seen_is_not_there(github: GitHub) -> None:
    await github.sandbox.create_repository("octo", "hidden", {"README.md": b"x"}, private=True)
    token = await github.token()
    for key in _CHECKED:
        method, path = address(key)
        credential = github.jwt() if TABLE[key].who == "app" else token
        answer = await github.call(method, path.replace("/octo/repo", "/octo/hidden"), credential)
        assert (key, answer.status_code, answer.json()["message"]) == (key, 404, "Not Found")


async def test_nobody_writes(github: GitHub) -> None:
    for key in _WRITING:
        answer = await github.http.request(*address(key))
        assert (key, answer.status_code) == (key, 401)


@pytest.mark.parametrize(("role", "status"), [("read", 403), ("triage", 403), ("write", 201), ("admin", 201)])
async def test_people_write_as_their_role_lets_them(github: GitHub, role: str, status: int) -> None:
    await github.sandbox.set_role(github.repo, "stranger", role)
    answer = await github.call("POST", "{r}/git/blobs", github.sandbox.user_token("stranger"), json={"content": "x"})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["message"] == "Must have write rights to Repository."


async def test_a_private_repository_is_seen_by_those_with_a_role_only(github: GitHub) -> None:
    hidden = await github.sandbox.create_repository("octo", "hidden", {"a": b"a"}, private=True)
    token = github.sandbox.user_token("stranger")
    assert (await github.call("GET", "/repos/octo/hidden", token)).status_code == 404
    await github.sandbox.set_role(hidden, "stranger", "read")
    assert (await github.call("GET", "/repos/octo/hidden", token)).status_code == 200
    assert (await github.http.get("/repos/octo/hidden")).status_code == 404
    assert (await github.http.get("/repos/octo/repo")).status_code == 200


async def test_only_apps_write_check_runs(github: GitHub) -> None:
    body = {"name": "x", "head_sha": await github.head()}
    answer = await github.call("POST", "{r}/check-runs", github.sandbox.user_token("octo"), json=body)
    assert (answer.status_code, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")


async def test_an_answer_names_the_permission_it_took(github: GitHub) -> None:
    answer = await github.get("{r}/contents/README.md")
    assert answer.headers["x-accepted-github-permissions"] == "contents=read"


async def test_an_owner_who_has_not_accepted_new_permissions_withholds_them(github: GitHub) -> None:
    app = await github.sandbox.create_app("Greedy", {"issues": "write", "checks": "write"}, ())
    github.installation_id = await github.sandbox.install(app, "octo", [github.repo], permissions={"issues": "write"})
    github.app = app
    token = await github.token()
    assert (await github.call("GET", "{r}/issues", token)).status_code == 200
    assert (await github.call("GET", f"{{r}}/commits/{await github.head()}/check-runs", token)).status_code == 403


@pytest.mark.parametrize(
    ("permissions", "events", "said"),
    [
        ({"contents": "all"}, (), "contents: 'all' is none of"),
        ({}, ("push",), "event 'push' needs the permission contents:read"),
        ({}, ("danced",), "the sandbox sends no event 'danced'"),
    ],
)
async def test_an_app_that_github_would_not_register_is_refused(
    github: GitHub, permissions: dict[str, str], events: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        await github.sandbox.create_app("Wrong", permissions, events)


@pytest.mark.off_the_document("GitHub has no such address")
async def test_an_address_that_nobody_has_is_not_found_in_githubs_shape(github: GitHub) -> None:
    for method, path in (("GET", "/nowhere"), ("DELETE", "/repos/octo/repo/issues/1"), ("GET", "/repos/octo")):
        answer = await github.call(method, path)
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
