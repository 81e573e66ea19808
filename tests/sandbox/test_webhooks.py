"""Webhooks as a real receiver gets them: signed, told of all that changes, logged, sent again."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from tests.sandbox.conftest import CI, GitHub
from tests.sandbox.receiver import Receiver, receiving

ALL = ("push", "pull_request", "issue_comment", "issues", "check_run", "workflow_run", "workflow_job")
HOUR = 3600


@pytest.fixture
async def hook(github: GitHub) -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        app = await github.sandbox.create_app(
            "Listener", {"actions": "write", "checks": "write", "contents": "write", "issues": "write",
                         "pull_requests": "write"}, ALL, receiver.url, "s3cret",
        )  # fmt: skip
        github.app, github.installation_id = app, await github.sandbox.install(app, "octo", [github.repo])
        await github.sandbox.idle()
        receiver.received.clear()
        yield receiver
        await github.sandbox.close()


async def test_a_delivery_is_signed_and_says_what_it_is(github: GitHub, hook: Receiver) -> None:
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    (received,) = hook.received
    digest = hmac.new(b"s3cret", received.body, hashlib.sha256).hexdigest()
    headers = received.headers
    assert headers["x-hub-signature-256"] == f"sha256={digest}"
    assert (received.path, received.name) == ("/hook", "issues.opened")
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert UUID(headers["x-github-delivery"]).version == 4
    assert headers["x-github-hook-installation-target-id"] == str(github.app.app_id)
    assert headers["x-github-hook-installation-target-type"] == "integration"
    payload = received.payload
    assert payload["installation"]["id"] == github.installation_id
    assert (payload["repository"]["full_name"], payload["sender"]["login"]) == ("octo/repo", "listener[bot]")


async def test_a_repository_of_an_organisation_names_it(github: GitHub, hook: Receiver) -> None:
    await github.sandbox.create_user("acme", "Organization")
    repo = await github.sandbox.create_repository("acme", "app", {"a": b"a"})
    await github.sandbox.install(github.app, "acme", [repo])
    await github.sandbox.push(repo, "main", {"b": b"b"}, "Change", "mona")
    await github.sandbox.idle()
    (push,) = hook.of("push")
    assert push.payload["organization"]["login"] == "acme"


async def test_a_push_tells_its_commits(github: GitHub, hook: Receiver) -> None:
    before = await github.head()
    files: dict[str, bytes | None] = {"new": b"1", "README.md": b"2\n", "src/a.py": None}
    after = await github.sandbox.push(github.repo, "main", files, "A change", "mona")
    await github.sandbox.idle()
    (push,) = hook.of("push")
    told = push.payload
    assert (told["ref"], told["before"], told["after"]) == ("refs/heads/main", before, after)
    assert (told["created"], told["deleted"], told["forced"]) == (False, False, False)
    assert told["pusher"]["name"] == "mona"
    (commit,) = told["commits"]
    assert (commit["added"], commit["modified"], commit["removed"]) == (["new"], ["README.md"], ["src/a.py"])
    assert (told["head_commit"], commit["author"]["username"]) == (commit, "mona")


async def test_a_branch_is_made_forced_and_deleted_by_pushes(github: GitHub, hook: Receiver) -> None:
    first = await github.branch("fix", a=b"1")
    await github.sandbox.push(github.repo, "fix", {"a": b"2"}, "Anew", "mona", onto="main")
    await github.sandbox.delete_branch(github.repo, "fix", "mona")
    await github.sandbox.idle()
    made, forced, deleted = sorted(
        (one.payload for one in hook.of("push")), key=lambda one: (one["deleted"], one["forced"])
    )
    assert (made["created"], made["before"], made["after"]) == (True, "0" * 40, first)
    assert (forced["forced"], forced["before"]) == (True, first)
    assert (deleted["after"], deleted["head_commit"], deleted["commits"]) == ("0" * 40, None, [])


async def test_a_pull_request_is_told_of_from_its_opening_to_its_end(github: GitHub, hook: Receiver) -> None:
    before = await github.branch("fix", a=b"1")
    number = await github.pull()
    after = await github.branch("fix", a=b"2")
    await github.patch("{r}/pulls/1", title="Better")
    await github.sandbox.close_pull_request(github.repo, number, "mona")
    await github.sandbox.reopen_pull_request(github.repo, number, "mona")
    await github.sandbox.idle()
    told = {one.payload["action"]: one.payload for one in hook.received if one.event == "pull_request"}
    assert set(told) == {"opened", "synchronize", "edited", "closed", "reopened"}
    assert (told["synchronize"]["before"], told["synchronize"]["after"]) == (before, after)
    assert told["synchronize"]["pull_request"]["head"]["sha"] == after
    assert told["edited"]["changes"] == {"title": {"from": "A change"}}
    assert told["closed"]["pull_request"]["state"] == "closed"
    assert told["opened"]["number"] == number


async def test_comments_are_told_of_with_what_was_before(github: GitHub, hook: Receiver) -> None:
    await github.branch("fix")
    number = await github.pull()
    made = await github.sandbox.comment(github.repo, number, "mona", "one")
    await github.sandbox.edit_comment(github.repo, made, "mona", "two")
    await github.sandbox.delete_comment(github.repo, made, "mona")
    await github.sandbox.idle()
    (created,), (edited,), (deleted,) = (
        hook.of(f"issue_comment.{action}") for action in ("created", "edited", "deleted")
    )
    assert (created.payload["comment"]["body"], created.payload["sender"]["login"]) == ("one", "mona")
    assert created.payload["issue"]["pull_request"]["url"].endswith(f"/pulls/{number}")
    assert edited.payload["changes"] == {"body": {"from": "one"}}
    assert edited.payload["comment"]["body"] == "two"
    assert deleted.payload["issue"]["number"] == number


async def test_issues_are_told_of(github: GitHub, hook: Receiver) -> None:
    await github.post("{r}/issues", title="It fails")
    for change in ({"title": "It failed"}, {"state": "closed"}, {"state": "open"}, {"state": "open"}):
        await github.call("PATCH", "{r}/issues/1", json=change)
    await github.sandbox.idle()
    assert sorted(hook.names()) == ["issues.closed", "issues.edited", "issues.opened", "issues.reopened"]
    assert hook.of("issues.edited")[0].payload["changes"] == {"title": {"from": "It fails"}}


async def test_a_workflow_run_is_told_of_with_its_jobs_and_their_check_runs(github: GitHub, hook: Receiver) -> None:
    github.runner.conclusions = {"test": "failure"}
    sha = await github.sandbox.push(github.repo, "fix", {CI: b"push"}, "Add CI", "mona")
    await github.sandbox.idle()
    assert sorted(hook.names()) == [
        "check_run.completed", "check_run.created", "push", "workflow_job.completed", "workflow_job.in_progress",
        "workflow_job.queued", "workflow_run.completed", "workflow_run.in_progress", "workflow_run.requested",
    ]  # fmt: skip
    run = hook.of("workflow_run.completed")[0].payload["workflow_run"]
    assert (run["conclusion"], run["head_sha"], run["run_attempt"]) == ("failure", sha, 1)
    job = hook.of("workflow_job.completed")[0].payload["workflow_job"]
    check = hook.of("check_run.completed")[0].payload["check_run"]
    assert (job["id"], job["conclusion"], job["run_id"]) == (check["id"], "failure", run["id"])
    assert check["check_suite"]["id"] == run["check_suite_id"]


async def test_a_click_is_told_to_the_app_that_made_the_check_run_and_to_no_other(
    github: GitHub, hook: Receiver
) -> None:
    button = {"label": "Approve", "description": "Apply it", "identifier": "approve"}
    told = {"name": "x", "head_sha": await github.head(), "conclusion": "neutral", "actions": [button]}
    made = (await github.call("POST", "{r}/check-runs", json=told)).json()
    async with receiving() as other:
        app = await github.sandbox.create_app("Other", {"checks": "write"}, ("check_run",), other.url)
        await github.sandbox.install(app, "octo", [github.repo])
        await github.sandbox.click(github.repo, made["id"], "approve", "mona")
        await github.sandbox.rerequest(github.repo, made["id"], "mona")
        await github.sandbox.idle()
        assert other.names() == ["installation.created"]
    (clicked,) = hook.of("check_run.requested_action")
    assert clicked.payload["requested_action"] == {"identifier": "approve"}
    assert (clicked.payload["check_run"]["id"], clicked.payload["sender"]["login"]) == (made["id"], "mona")
    assert len(hook.of("check_run.rerequested")) == 1


async def test_an_app_hears_of_its_own_installations_whatever_it_subscribed_to(github: GitHub) -> None:
    async with receiving() as hook:
        app = await github.sandbox.create_app("Quiet", {}, (), hook.url)
        other = await github.sandbox.create_repository("octo", "other", {"a": b"a"})
        installed = await github.sandbox.install(app, "octo", [github.repo])
        await github.sandbox.add_repositories(installed, [other])
        await github.sandbox.remove_repositories(installed, [other])
        await github.sandbox.suspend(installed)
        await github.sandbox.suspend(installed, suspended=False)
        await github.sandbox.uninstall(installed)
        await github.branch("fix")
        await github.sandbox.idle()
        assert sorted(hook.names()) == [
            "installation.created", "installation.deleted", "installation.suspend", "installation.unsuspend",
            "installation_repositories.added", "installation_repositories.removed",
        ]  # fmt: skip
        (added,) = hook.of("installation_repositories.added")
        assert [one["full_name"] for one in added.payload["repositories_added"]] == ["octo/other"]
        assert hook.of("installation.created")[0].payload["repositories"][0]["full_name"] == "octo/repo"
        await github.sandbox.close()


@pytest.mark.parametrize("how", ["not installed there", "suspended", "not subscribed"])
async def test_who_has_nothing_to_do_with_it_is_not_told(github: GitHub, hook: Receiver, how: str) -> None:
    repo = github.repo
    if how == "not installed there":
        repo = await github.sandbox.create_repository("octo", "other", {"a": b"a"})
    elif how == "suspended":
        await github.sandbox.suspend(github.installation_id)
    await github.sandbox.push(repo, "fix", {"b": b"b"}, "Change", "mona")
    await github.sandbox.idle()
    assert ("push" in hook.names()) is (how == "not subscribed")
    assert "check_suite.requested" not in hook.names()


async def delivered(github: GitHub, **params: str) -> list[dict[str, object]]:
    answer = await github.call("GET", "/app/hook/deliveries", github.jwt(), params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()
    return found


async def test_a_delivery_is_logged_with_what_was_sent_and_what_came_back(github: GitHub, hook: Receiver) -> None:
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    one = (await delivered(github))[0]
    assert (one["event"], one["action"], one["status"], one["status_code"]) == ("issues", "opened", "OK", 202)
    assert (one["redelivery"], one["installation_id"], one["repository_id"]) == (
        False, github.installation_id, github.repo.id,
    )  # fmt: skip
    whole = (await github.call("GET", f"/app/hook/deliveries/{one['id']}", github.jwt())).json()
    assert whole["request"]["payload"] == hook.received[0].payload
    assert whole["request"]["headers"]["X-GitHub-Delivery"] == one["guid"]
    assert (whole["response"]["payload"], whole["response"]["headers"]["x-own"]) == ("heard", "yes")
    assert (await github.call("GET", "/app/hook/deliveries/1", github.jwt())).status_code == 404


async def test_a_delivery_that_failed_is_not_repeated_until_it_is_asked_for(github: GitHub, hook: Receiver) -> None:
    hook.status = 500
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    (failed,) = await delivered(github, status="failure")
    assert (failed["status"], failed["status_code"]) == ("Invalid HTTP Response: 500", 500)
    assert len(hook.received) == 1
    hook.status = 202
    again = await github.call("POST", f"/app/hook/deliveries/{failed['id']}/attempts", github.jwt())
    assert (again.status_code, again.json()) == (202, {})
    await github.sandbox.idle()
    first, second = hook.received
    assert first.headers["x-github-delivery"] == second.headers["x-github-delivery"]
    assert first.body == second.body
    newest = (await delivered(github))[0]
    assert (newest["guid"], newest["redelivery"], newest["status"]) == (failed["guid"], True, "OK")
    assert newest["id"] != failed["id"]


async def test_an_app_that_does_not_answer_is_a_failed_delivery(github: GitHub, hook: Receiver) -> None:
    await github.sandbox.set_webhook(github.app, "http://127.0.0.1:9/nobody")
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.set_webhook(github.app, hook.url)
    hook.status = 0
    await github.patch("{r}/issues/1", state="closed")
    await github.sandbox.idle()
    assert [(one["status"], one["status_code"]) for one in (await delivered(github))[:2]] == [
        ("failed to connect to host", 0), ("failed to connect to host", 0),
    ]  # fmt: skip


async def test_an_app_without_an_address_is_sent_nothing(github: GitHub, hook: Receiver) -> None:
    await github.sandbox.set_webhook(github.app, None)
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    assert hook.received == []


async def test_the_log_is_read_by_a_cursor(github: GitHub, hook: Receiver) -> None:
    for number in range(5):
        await github.post("{r}/issues", title=str(number))
    await github.sandbox.idle()
    first = await github.call("GET", "/app/hook/deliveries", github.jwt(), params={"per_page": 2})
    rest = first.links["next"]["url"].removeprefix(github.url)
    second = await github.call("GET", rest, github.jwt(), params=None)
    ids = [one["id"] for one in [*first.json(), *second.json()]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4
    bad = await github.call("GET", "/app/hook/deliveries", github.jwt(), params={"cursor": "x"})
    assert bad.status_code == 400


async def test_the_log_is_the_apps_own(github: GitHub, hook: Receiver) -> None:
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    assert await delivered(github)
    github.app = await github.sandbox.create_app("Other", {}, ())
    assert await delivered(github) == []


async def test_a_test_can_have_a_delivery_sent_again(github: GitHub, hook: Receiver) -> None:
    await github.post("{r}/issues", title="It fails")
    await github.sandbox.idle()
    (delivery,) = github.sandbox.deliveries("issues")
    await github.sandbox.redeliver(delivery.id)
    await github.sandbox.idle()
    assert [one.guid for one in github.sandbox.deliveries("issues")] == [delivery.guid] * 2
    with pytest.raises(ValueError, match="no delivery 1"):
        await github.sandbox.redeliver(1)
