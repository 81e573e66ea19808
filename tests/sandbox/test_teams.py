"""Who is in a team, as an installation with `members: read` on the organisation may see it."""

from dataclasses import replace

from tests.sandbox.conftest import GitHub

PATH = "/orgs/{}/teams/{}/memberships/{}"


async def test_a_members_state_is_told_and_nobody_elses(github: GitHub) -> None:
    await github.sandbox.create_user("acme", "Organization")
    repository = await github.sandbox.create_repository("acme", "tool", {"README.md": b"x"})
    app = await github.sandbox.create_app("Reader", {"contents": "read", "members": "read"}, [])
    installation = await github.sandbox.install(app, "acme", [repository])
    await github.sandbox.set_team("acme", "core", {"Mona": "active", "octo": "pending"})
    of_another = replace(github, app=app, installation_id=installation)
    token = await of_another.token()
    asked = [
        ("acme", "core", "mona"),
        ("acme", "core", "octo"),
        ("acme", "core", "nobody"),
        ("acme", "other", "mona"),
        ("octo", "core", "mona"),
    ]
    answers = [await github.call("GET", PATH.format(*one), token) for one in asked]
    told = [(answer.status_code, answer.json().get("state")) for answer in answers]
    assert told == [(200, "active"), (200, "pending"), (404, None), (404, None), (404, None)]


async def test_without_the_permission_it_is_named(github: GitHub) -> None:
    answer = await github.call("GET", PATH.format("octo", "core", "mona"), await github.token())
    assert (answer.status_code, answer.headers["x-accepted-github-permissions"]) == (403, "members=read")
