"""The checker can fail: real exchanges pass, and each of them changed a little is refused."""

import asyncio
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import jwt
import pytest

from sandbox.permissions import TABLE
from sandbox.server import Sandbox, serve
from tests.openapi.conformance import Exchange, Webhook, faults, read
from tests.openapi.document import HOW, Document, load, place
from tests.openapi.schema import Json
from tests.sandbox.conftest import EVENTS, PERMISSIONS, ScriptedRunner

if place() is None:
    pytest.skip(HOW, allow_module_level=True)

Body = dict[str, Json]
CHECK = {
    "name": "CI Fixer",
    "head_sha": "",
    "status": "completed",
    "conclusion": "neutral",
    "output": {
        "title": "t",
        "summary": "s",
        "annotations": [
            {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}
        ],
    },
    "actions": [{"label": "Approve", "description": "Apply it", "identifier": "approve"}],
}


@pytest.fixture(scope="module")
def document() -> Document:
    where = place()
    assert where is not None
    return load(where)


async def story(root: Path, record: Path) -> None:
    """What the App does most: a token, a check run with an annotation and a button, a click, lists, an error."""
    sandbox = Sandbox(root, record=record, runner=ScriptedRunner({"test": "failure"}))
    for login in ("octo", "mona"):
        await sandbox.create_user(login)
    repository = await sandbox.create_repository("octo", "repo", {"a.py": b"x\n"})
    app = await sandbox.create_app("CI Fixer", PERMISSIONS, EVENTS, "http://127.0.0.1:9/", "s3cret")
    installation = await sandbox.install(app, "octo", [repository])
    async with serve(sandbox) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        now = int(sandbox.world.clock().timestamp())
        claims = {"iat": now - 60, "exp": now + 300, "iss": str(app.app_id)}
        signed = jwt.encode(claims, app.private_key_pem, algorithm="RS256")
        http.headers["Authorization"] = f"Bearer {signed}"
        minted = await http.post(f"/app/installations/{installation}/access_tokens", json={"permissions": PERMISSIONS})
        http.headers["Authorization"] = f"Bearer {minted.json()['token']}"
        sha = await sandbox.push(repository, "fix", {".github/workflows/ci.yml": b"push"}, "Add CI", "mona")
        await sandbox.open_pull_request(repository, "mona", "fix", "main", "A change")
        await sandbox.idle()
        made = await http.post("/repos/octo/repo/check-runs", json={**CHECK, "head_sha": sha})
        await sandbox.click(repository, made.json()["id"], "approve", "mona")
        await http.get("/repos/octo/repo/actions/runs", params={"event": "push", "per_page": 5})
        (run,) = sandbox.runs(repository)
        await http.get(f"/repos/octo/repo/actions/jobs/{run.attempt.jobs[0].id}/logs")
        await http.get("/repos/octo/repo/issues/404")
        await sandbox.idle()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange | Webhook]:
    folder = tmp_path_factory.mktemp("story")
    asyncio.run(story(folder / "sandbox", folder / "record.jsonl"))
    return [read(line) for line in (folder / "record.jsonl").read_text().splitlines()]


def exchange(recorded: list[Exchange | Webhook], method: str, ending: str) -> Exchange:
    (found,) = [
        one
        for one in recorded
        if isinstance(one, Exchange) and one.method == method and one.path.endswith(ending)
    ]  # fmt: skip
    return found


def webhook(recorded: list[Exchange | Webhook], event: str, action: str) -> Webhook:
    return next(one for one in recorded if isinstance(one, Webhook) and (one.event, one.action) == (event, action))


def body(value: Json) -> Body:
    copied: Json = json.loads(json.dumps(value))
    assert isinstance(copied, dict)
    return copied


def test_all_of_a_real_story_conforms(document: Document, recorded: list[Exchange | Webhook]) -> None:
    assert [fault for one in recorded for fault in faults(document, one)] == []
    assert {type(one) for one in recorded} == {Exchange, Webhook}


# What is done to the request that made a check run, and what the checker must say of it.
def _unknown_field(sent: Body) -> None:
    sent["colour"] = "red"


def _unknown_inner_field(sent: Body) -> None:
    sent["output"]["annotations"][0]["line"] = 1  # type: ignore[index,call-overload]  # the story's own shape


def _wrong_type(sent: Body) -> None:
    sent["name"] = 7


def _missing(sent: Body) -> None:
    del sent["head_sha"]


def _unknown_word(sent: Body) -> None:
    sent["conclusion"] = "fine"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_unknown_field, "'colour' was unexpected"),
        (_unknown_inner_field, "'line' was unexpected"),
        (_wrong_type, 'request.name: 7 is not of type "string"'),
        (_missing, '"head_sha" is a required property'),
        (_unknown_word, '"fine" is not one of'),
    ],
)
def test_a_request_that_is_not_the_documents_is_refused(
    document: Document, recorded: list[Exchange | Webhook], change: Callable[[Body], None], said: str
) -> None:
    made = exchange(recorded, "POST", "/check-runs")
    sent = body(made.request)
    change(sent)
    (fault,) = faults(document, dataclasses.replace(made, request=sent))
    assert said in fault
    assert fault.startswith("POST /repos/octo/repo/check-runs -> 201: request")


def test_a_request_that_was_refused_as_invalid_may_be_invalid(
    document: Document, recorded: list[Exchange | Webhook]
) -> None:
    made = exchange(recorded, "POST", "/check-runs")
    error: Json = {"message": "Invalid request.", "documentation_url": "https://docs.github.com/rest", "status": "422"}
    refused = dataclasses.replace(made, request={"colour": "red"}, status=422, response=error)
    assert faults(document, refused) == ()


def _response_misses(answer: Body) -> None:
    del answer["html_url"]


def _response_invents(answer: Body) -> None:
    answer["steps"] = []


def _response_nulls(answer: Body) -> None:
    answer["name"] = None


def _response_misspells(answer: Body) -> None:
    answer["status"] = "done"


def _response_misdates(answer: Body) -> None:
    answer["started_at"] = "yesterday"


def _response_misses_deep(answer: Body) -> None:
    del answer["app"]["owner"]["login"]  # type: ignore[index,call-overload,arg-type,union-attr]  # the story's own shape


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_response_misses, 'response: "html_url" is a required property'),
        (_response_invents, "'steps' was unexpected"),
        (_response_nulls, 'response.name: null is not of type "string"'),
        (_response_misspells, 'response.status: "done" is not one of'),
        (_response_misdates, 'response.started_at: "yesterday" is not a "date-time"'),
        (_response_misses_deep, '"login" is a required property'),
    ],
)
def test_a_response_that_is_not_the_documents_is_refused(
    document: Document, recorded: list[Exchange | Webhook], change: Callable[[Body], None], said: str
) -> None:
    made = exchange(recorded, "POST", "/check-runs")
    answer = body(made.response)
    change(answer)
    assert any(said in fault for fault in faults(document, dataclasses.replace(made, response=answer)))


def test_null_is_let_through_where_the_document_says_nullable(
    document: Document, recorded: list[Exchange | Webhook]
) -> None:
    made = exchange(recorded, "POST", "/check-runs")
    answer = body(made.response) | {"conclusion": None, "external_id": None}
    assert faults(document, dataclasses.replace(made, response=answer)) == ()


@pytest.mark.parametrize(
    ("method", "ending", "changes", "said"),
    [
        ("GET", "/actions/runs", {"path": "/repos/octo/repo/actions/walks"}, "no such operation"),
        ("GET", "/actions/runs", {"method": "PUT"}, "no such operation"),
        ("GET", "/actions/runs", {"query": "colour=red"}, "query parameter 'colour' is not documented"),
        ("GET", "/actions/runs", {"query": "per_page=many"}, 'is not of type "integer"'),
        ("GET", "/actions/runs", {"query": "status=fine"}, '"fine" is not one of'),
        ("GET", "/actions/runs", {"query": "event=push&event=pull_request"}, "given more than once"),
        ("GET", "/actions/runs", {"status": 206}, "status 206 is not documented"),
        ("GET", "/actions/runs", {"request_bytes": 9, "request": {"a": 1}}, "the document knows none"),
        ("GET", "/actions/runs", {"request_headers": {}}, "no User-Agent"),
        ("GET", "/actions/runs", {"response_bytes": 0, "response": None}, "the response has no body"),
        ("GET", "/logs", {"response_headers": {}}, "no header 'location'"),
        ("GET", "/logs", {"status": 418}, "status 418 is not documented"),
        ("GET", "/404", {"path": "/repos/octo/repo/issues/four"}, 'is not of type "integer"'),
        ("GET", "/404", {"response": {"error": "gone"}}, "response"),
        ("GET", "/404", {"status": 403, "response": {"message": "No"}}, "must carry message and documentation_url"),
        ("POST", "/check-runs", {"request_bytes": 0, "request": None}, "the document requires one"),
        ("POST", "/check-runs", {"status": 404, "response": []}, "must carry message and documentation_url"),
    ],
)
def test_an_exchange_that_is_not_the_documents_is_refused(
    document: Document,
    recorded: list[Exchange | Webhook],
    method: str,
    ending: str,
    changes: dict[str, object],
    said: str,
) -> None:
    one = exchange(recorded, method, ending)
    assert faults(document, one) == ()
    changed = dataclasses.replace(one, **changes)  # type: ignore[arg-type]  # each case changes fields of its own
    assert any(said in fault for fault in faults(document, changed))


@pytest.mark.parametrize("name", ["x-ratelimit-remaining", "x-github-request-id"])
def test_the_headers_of_every_answer_must_be_there(
    document: Document, recorded: list[Exchange | Webhook], name: str
) -> None:
    one = exchange(recorded, "GET", "/actions/runs")
    left = {key: value for key, value in one.response_headers.items() if key != name}
    (fault,) = faults(document, dataclasses.replace(one, response_headers=left))
    assert name in fault


def test_a_failure_of_the_sandbox_itself_is_refused_and_an_injected_one_is_not(
    document: Document, recorded: list[Exchange | Webhook]
) -> None:
    error: Json = {"message": "Server Error", "documentation_url": "https://docs.github.com/rest", "status": "500"}
    broken = dataclasses.replace(exchange(recorded, "GET", "/404"), status=500, response=error)
    assert [fault for fault in faults(document, broken) if "the sandbox itself failed" in fault]
    assert faults(document, dataclasses.replace(broken, fault=True)) == ()


def test_a_webhook_with_a_word_that_is_not_in_its_list_is_refused(
    document: Document, recorded: list[Exchange | Webhook]
) -> None:
    sent = webhook(recorded, "workflow_run", "completed")
    payload = body(sent.payload)
    payload["workflow_run"]["conclusion"] = "fine"  # type: ignore[index,call-overload]  # the story's own shape
    (fault,) = faults(document, dataclasses.replace(sent, payload=payload))
    assert fault.startswith('webhook workflow_run.completed: payload.workflow_run.conclusion: "fine" is not one of')


def test_a_webhook_without_a_field_that_it_must_have_is_refused(
    document: Document, recorded: list[Exchange | Webhook]
) -> None:
    sent = webhook(recorded, "check_run", "requested_action")
    payload = body(sent.payload)
    del payload["sender"]
    assert any('"sender"' in fault for fault in faults(document, dataclasses.replace(sent, payload=payload)))


@pytest.mark.parametrize("name", ["X-Hub-Signature-256", "X-GitHub-Delivery", "X-GitHub-Event"])
def test_a_webhook_without_a_header_is_refused(
    document: Document, recorded: list[Exchange | Webhook], name: str
) -> None:
    sent = webhook(recorded, "pull_request", "opened")
    headers = {key: value for key, value in sent.headers.items() if key != name}
    assert any(name.lower() in fault.lower() for fault in faults(document, dataclasses.replace(sent, headers=headers)))


def test_an_event_that_github_does_not_send_is_refused(document: Document, recorded: list[Exchange | Webhook]) -> None:
    sent = dataclasses.replace(webhook(recorded, "check_run", "created"), action="danced")
    assert faults(document, sent) == ("webhook check_run.danced: the document has no such webhook",)


def test_every_endpoint_of_the_sandbox_is_one_of_the_document(document: Document) -> None:
    unknown = []
    for key in TABLE:
        method, _, template = key.partition(" ")
        path = template.replace(":path}", "}")
        for name in ("owner", "repo", "path", "ref", "sha", "branch", "basehead", "username"):
            path = path.replace(f"{{{name}}}", "x")
        numbered = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
        if document.operation(method, numbered) is None and not numbered.endswith("/contents"):
            unknown.append(key)
    assert unknown == []


def test_most_of_githubs_own_examples_pass(document: Document) -> None:
    """They hold slips of their own, so not all do; a checker that misread the document would refuse most."""
    judged = []
    for key in TABLE:
        method, _, template = key.partition(" ")
        parts = ["1" if part.startswith("{") else part for part in template.split("/")]
        found = document.operation(method, "/".join(parts))
        for status, shown in found[0].examples() if found else ():
            response = found[0].response(status) if found else None
            if response is not None and response.body is not None:
                judged.append(not [*response.body.faults(shown, "example")])
    assert len(judged) > 80
    assert sum(judged) / len(judged) > 0.7
