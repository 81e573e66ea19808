"""Reviews and comments on lines of a diff."""

from typing import Any

import pytest

from tests.sandbox.conftest import GitHub

# Of README.md the second of three lines is changed, and src/a.py gains a line.
FILES: dict[str, bytes | None] = {"README.md": b"one\nTWO\nthree\n", "src/a.py": b"x = 1\ny = 2\n", "b.bin": b"\0"}


@pytest.fixture
async def head(github: GitHub) -> str:
    sha = await github.sandbox.push(github.repo, "fix", FILES, "A change", "mona")
    await github.pull()
    return sha


async def comment(github: GitHub, head: str, **body: object) -> tuple[int, Any]:
    told = {"commit_id": head, "path": "README.md", "line": 2, "side": "RIGHT", "body": "Hm."} | body
    kept = {name: value for name, value in told.items() if value is not None}
    answer = await github.call("POST", "{r}/pulls/1/comments", json=kept)
    return answer.status_code, answer.json()


async def test_a_comment_stands_on_a_line_with_the_hunk_above_it(github: GitHub, head: str) -> None:
    status, made = await comment(github, head)
    assert status == 201
    assert (made["path"], made["line"], made["side"], made["commit_id"]) == ("README.md", 2, "RIGHT", head)
    assert made["diff_hunk"] == "@@ -1,3 +1,3 @@\n one\n-two\n+TWO"
    assert (await github.get(f"{{r}}/pulls/comments/{made['id']}")).json()["body"] == "Hm."
    assert [one["id"] for one in (await github.get("{r}/pulls/1/comments")).json()] == [made["id"]]
    assert (await github.get("{r}/pulls/1")).json()["review_comments"] == 1
    assert (await github.get("{r}/pulls/comments/1")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"line": 1}, 201),
        ({"line": 3}, 201),
        ({"line": 2, "side": "LEFT"}, 201),
        ({"line": None, "side": None}, 422),
        ({"start_line": 1, "line": 3}, 201),
        ({"start_line": 2, "start_side": "LEFT", "line": 3}, 201),
        ({"line": 4}, 422),
        ({"line": 0}, 422),
        ({"line": 9, "side": "LEFT"}, 422),
        ({"start_line": 3, "line": 2}, 422),
        ({"start_line": 2, "line": 2}, 422),
        ({"start_line": 7, "line": 2, "start_side": "LEFT"}, 422),
        ({"path": "nowhere.py"}, 422),
        ({"path": "b.bin", "line": 1}, 422),
        ({"side": "MIDDLE"}, 422),
        ({"commit_id": "0" * 40}, 422),
        ({"body": "x" * 65_537}, 422),
    ],
)
async def test_only_lines_of_the_diff_can_be_commented(
    github: GitHub, head: str, body: dict[str, object], status: int
) -> None:
    assert (await comment(github, head, **body))[0] == status


async def test_what_is_refused_says_where_it_would_have_stood(github: GitHub, head: str) -> None:
    _, said = await comment(github, head, line=4)
    assert said["errors"] == [
        {
            "resource": "PullRequestReviewComment",
            "code": "custom",
            "field": "pull_request_review_thread.line",
            "message": "pull_request_review_thread.line must be part of the diff",
        }
    ]


async def test_a_review_brings_its_comments_or_none(github: GitHub, head: str) -> None:
    suggestion = "```suggestion\nTwo\n```"
    good = {"path": "README.md", "line": 2, "side": "RIGHT", "body": suggestion}
    answer = await github.post("{r}/pulls/1/reviews", event="COMMENT", body="Some.", commit_id=head, comments=[good])
    assert (answer.status_code, answer.json()["state"]) == (200, "COMMENTED")
    bad = {"path": "README.md", "line": 9, "side": "RIGHT", "body": "x"}
    refused = await github.post("{r}/pulls/1/reviews", event="COMMENT", comments=[good, bad])
    assert refused.status_code == 422
    assert [one.body for one in github.sandbox.review_comments(github.repo, 1)] == [suggestion]
    listed = (await github.get("{r}/pulls/1/reviews")).json()
    assert [(one["body"], one["commit_id"]) for one in listed] == [("Some.", head)]


@pytest.mark.parametrize(
    ("event", "state"), [("APPROVE", "APPROVED"), ("REQUEST_CHANGES", "CHANGES_REQUESTED"), (None, "PENDING")]
)
async def test_a_review_has_the_state_of_its_event(github: GitHub, head: str, event: str | None, state: str) -> None:
    told = {"body": "So."} if event is None else {"event": event, "body": "So."}
    assert (await github.call("POST", "{r}/pulls/1/reviews", json=told)).json()["state"] == state


async def test_a_review_without_a_word_is_refused(github: GitHub, head: str) -> None:
    answer = await github.post("{r}/pulls/1/reviews", event="COMMENT")
    assert (answer.status_code, answer.json()["errors"]) == (422, ["Body can't be blank"])


async def test_nobody_approves_their_own(github: GitHub, head: str) -> None:
    answer = await github.call(
        "POST", "{r}/pulls/1/reviews", github.sandbox.user_token("mona"), json={"event": "APPROVE"}
    )
    assert answer.json()["errors"] == ["Can not approve your own pull request"]
