"""Issues, their comments and reactions."""

from typing import Any

import pytest

from tests.sandbox.conftest import GitHub


async def opened(github: GitHub, **body: object) -> dict[str, Any]:
    answer = await github.post("{r}/issues", **{"title": "It fails", **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["url"]
    found: dict[str, Any] = answer.json()
    return found


async def commented(github: GitHub, body: str = "Hm.") -> int:
    made = await github.post("{r}/issues/1/comments", body=body)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


async def test_an_issue_is_opened_changed_closed_and_opened_again(github: GitHub) -> None:
    made = await opened(github, body="Why?", labels=["bug", "ci"])
    assert (made["number"], made["state"], made["body"]) == (1, "open", "Why?")
    assert [one["name"] for one in made["labels"]] == ["bug", "ci"]
    changed = (await github.patch("{r}/issues/1", title="It failed", body=None, labels=["bug"])).json()
    assert (changed["title"], changed["body"], len(changed["labels"])) == ("It failed", None, 1)
    closed = (await github.patch("{r}/issues/1", state="closed", state_reason="not_planned")).json()
    assert (closed["state"], closed["state_reason"]) == ("closed", "not_planned")
    assert closed["closed_at"] is not None
    again = (await github.patch("{r}/issues/1", state="open")).json()
    assert (again["state"], again["state_reason"], again["closed_at"]) == ("open", "reopened", None)
    assert (await github.get("{r}/issues/1")).json() == again
    assert (await github.get("{r}/issues/2")).status_code == 404


async def test_issues_and_pull_requests_share_their_numbers_and_lists(github: GitHub) -> None:
    await opened(github)
    await github.branch("fix")
    assert await github.pull() == 2
    listed = (await github.get("{r}/issues")).json()
    assert [(one["number"], "pull_request" in one) for one in listed] == [(2, True), (1, False)]
    await github.patch("{r}/issues/2", state="closed")
    assert (await github.get("{r}/pulls/2")).json()["state"] == "closed"


async def test_lists_by_state_label_creator_and_time(github: GitHub) -> None:
    await opened(github, labels=["bug", "ci"])
    github.time.passes(minutes=5)
    since = github.time().strftime("%Y-%m-%dT%H:%M:%SZ")
    await opened(github, labels=["bug"])
    await opened(github)
    await github.patch("{r}/issues/3", state="closed")

    async def numbers(**params: str) -> list[int]:
        return [one["number"] for one in (await github.get("{r}/issues", params=params)).json()]

    assert await numbers() == [2, 1]
    assert await numbers(state="closed") == [3]
    assert await numbers(state="all", direction="asc") == [1, 2, 3]
    assert await numbers(labels="bug") == [2, 1]
    assert await numbers(labels="bug,ci") == [1]
    assert await numbers(creator="ci-fixer[bot]") == [2, 1]
    assert await numbers(creator="mona") == []
    assert await numbers(since=since) == [2]
    await github.patch("{r}/issues/1", title="Anew")
    assert await numbers(sort="updated") == [1, 2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, '"title" wasn\'t supplied'),
        ({"title": 7}, "is not a string"),
        ({"title": "x", "labels": "bug"}, "is not an array"),
        ({"title": "x", "body": "b" * 65_537}, "Validation Failed"),
    ],
)
async def test_an_issue_that_cannot_be_is_refused(github: GitHub, body: dict[str, object], said: str) -> None:
    answer = await github.call("POST", "{r}/issues", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [(b"{", 400, "Problems parsing JSON"), (b"[1]", 400, "Body should be a JSON object"), (b"[" * 99_999, 400, "Prob")],
)
async def test_a_body_that_is_no_object_is_refused(github: GitHub, content: bytes, status: int, message: str) -> None:
    answer = await github.call("POST", "{r}/issues", content=content)
    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)


async def test_a_comment_is_made_read_changed_and_removed(github: GitHub) -> None:
    await opened(github)
    made = await github.post("{r}/issues/1/comments", body="Hm.")
    assert made.headers["location"] == made.json()["url"]
    assert made.json()["performed_via_github_app"]["slug"] == "ci-fixer"
    assert made.json()["user"]["type"] == "Bot"
    where = f"{{r}}/issues/comments/{made.json()['id']}"
    assert (await github.patch(where, body="Oh.")).json()["body"] == "Oh."
    assert (await github.get(where)).json()["body"] == "Oh."
    assert (await github.get("{r}/issues/1")).json()["comments"] == 1
    assert (await github.call("DELETE", where)).status_code == 204
    assert (await github.get(where)).status_code == 404
    assert (await github.get("{r}/issues/1/comments")).json() == []


async def test_comments_are_listed_oldest_first_and_since_a_time(github: GitHub) -> None:
    await opened(github)
    await commented(github, "one")
    github.time.passes(minutes=5)
    since = github.time().strftime("%Y-%m-%dT%H:%M:%SZ")
    await commented(github, "two")
    assert [one["body"] for one in (await github.get("{r}/issues/1/comments")).json()] == ["one", "two"]
    late = await github.get("{r}/issues/1/comments", params={"since": since})
    assert [one["body"] for one in late.json()] == ["two"]
    assert (await github.get("{r}/issues/1/comments", params={"since": "2026"})).status_code == 422


async def test_a_comment_of_65536_characters_is_taken_and_one_more_is_not(github: GitHub) -> None:
    await opened(github)
    await commented(github, "é" * 65_536)
    answer = await github.post("{r}/issues/1/comments", body="é" * 65_537)
    assert (answer.status_code, answer.json()["message"]) == (422, "Validation Failed")
    assert answer.json()["errors"][0]["message"] == "Body is too long (maximum is 65536 characters)"


@pytest.mark.parametrize("body", ["", " \n"])
async def test_an_empty_comment_is_refused(github: GitHub, body: str) -> None:
    await opened(github)
    assert (await github.post("{r}/issues/1/comments", body=body)).status_code == 422


async def test_a_comment_needs_an_issue(github: GitHub) -> None:
    assert (await github.post("{r}/issues/9/comments", body="x")).status_code == 404
    assert (await github.get("{r}/issues/9/comments")).status_code == 404


async def test_people_change_what_is_theirs_and_with_write_access_all(github: GitHub) -> None:
    await opened(github)
    where = f"{{r}}/issues/comments/{await github.sandbox.comment(github.repo, 1, 'mona', 'Mine.')}"
    stranger, octo = github.sandbox.user_token("stranger"), github.sandbox.user_token("octo")
    answer = await github.call("PATCH", where, stranger, json={"body": "Theirs."})
    assert (answer.status_code, answer.json()["message"]) == (403, "Must have write rights to Repository.")
    assert (await github.call("DELETE", where, stranger)).status_code == 403
    assert (await github.call("PATCH", "{r}/issues/1", stranger, json={"title": "x"})).status_code == 403
    assert (await github.call("PATCH", where, octo, json={"body": "Ours."})).status_code == 200
    assert (await github.call("DELETE", where, github.sandbox.user_token("mona"))).status_code == 204


@pytest.mark.parametrize(
    ("login", "role", "association"),
    [("octo", None, "OWNER"), ("mona", "write", "COLLABORATOR"), ("stranger", None, "NONE")],
)
async def test_a_comment_says_what_its_author_is_to_the_repository(
    github: GitHub, login: str, role: str | None, association: str
) -> None:
    await opened(github)
    made = await github.sandbox.comment(github.repo, 1, login, "Hm.")
    assert (await github.get(f"{{r}}/issues/comments/{made}")).json()["author_association"] == association


async def test_a_reaction_counts_once_a_person_and_kind(github: GitHub) -> None:
    await opened(github)
    where = f"{{r}}/issues/comments/{await commented(github)}"
    first = await github.post(f"{where}/reactions", content="eyes")
    again = await github.post(f"{where}/reactions", content="eyes")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    token = github.sandbox.user_token("mona")
    await github.call("POST", f"{where}/reactions", token, json={"content": "eyes"})
    await github.post(f"{where}/reactions", content="rocket")
    rollup = (await github.get(where)).json()["reactions"]
    assert (rollup["total_count"], rollup["eyes"], rollup["rocket"]) == (3, 2, 1)
    eyes = await github.get(f"{where}/reactions", params={"content": "eyes"})
    assert [one["user"]["login"] for one in eyes.json()] == ["ci-fixer[bot]", "mona"]


async def test_a_reaction_is_taken_back_by_its_own_person(github: GitHub) -> None:
    await opened(github)
    where = f"{{r}}/issues/comments/{await commented(github)}"
    made = (await github.post(f"{where}/reactions", content="eyes")).json()["id"]
    token = github.sandbox.user_token("octo")
    assert (await github.call("DELETE", f"{where}/reactions/{made}", token)).status_code == 404
    assert (await github.call("DELETE", f"{where}/reactions/{made}")).status_code == 204
    assert (await github.get(f"{where}/reactions")).json() == []


@pytest.mark.parametrize("content", ["shrug", "", None])
async def test_only_githubs_eight_reactions_are_known(github: GitHub, content: str | None) -> None:
    await opened(github)
    where = f"{{r}}/issues/comments/{await commented(github)}"
    assert (await github.post(f"{where}/reactions", content=content)).status_code == 422


async def test_a_repository_whose_issues_are_switched_off_has_pull_requests_still(github: GitHub) -> None:
    await opened(github)
    await github.branch("fix")
    assert await github.pull() == 2
    await github.sandbox.switch_issues(github.repo, on=False)
    assert (await github.get("{r}")).json()["has_issues"] is False
    refused = await github.post("{r}/issues", title="Another")
    assert (refused.status_code, refused.json()["message"]) == (410, "Issues are disabled for this repo")
    assert (await github.get("{r}/issues/1")).status_code == 410
    assert (await github.post("{r}/issues/2/comments", body="Hm.")).status_code == 201
