import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.payload import (
    CheckRunEvent,
    InstallationEvent,
    IssueCommentEvent,
    PayloadError,
    RepositoryEvent,
    WorkflowRunEvent,
    read,
)

REPOSITORY = {
    "id": 5,
    "name": "geo",
    "full_name": "octo/geo",
    "default_branch": "main",
    "owner": {"id": 1, "login": "octo", "type": "Organization"},
}
RUN = {
    "id": 7,
    "run_attempt": 2,
    "workflow_id": 3,
    "name": "CI",
    "event": "push",
    "status": "completed",
    "conclusion": "failure",
    "head_sha": "a" * 40,
    "head_branch": "main",
    "html_url": "https://github.com/octo/geo/actions/runs/7",
    "repository": REPOSITORY,
    "head_repository": None,
}
EVENT = {"action": "completed", "installation": {"id": 9}, "repository": REPOSITORY, "workflow_run": RUN}


def body(**changed: object) -> bytes:
    return json.dumps(EVENT | changed).encode()


def test_a_run_is_read_with_its_repository() -> None:
    event = read(body(), WorkflowRunEvent)
    assert event.where().full_name == "octo/geo"
    run = event.workflow_run.run()
    assert (run.run_id, run.run_attempt, run.conclusion, run.head_repository) == (7, 2, "failure", None)


def test_unknown_fields_and_new_values_are_passed_over() -> None:
    changed = body(workflow_run=RUN | {"conclusion": "a word of next year", "new": {"x": [1]}}, sender=None)
    assert read(changed, WorkflowRunEvent).workflow_run.conclusion == "a word of next year"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"workflow_run": RUN | {"id": "seven"}}, "workflow_run.id: expected `int`, got `str`"),
        ({"workflow_run": None}, "workflow_run: expected `object`, got `null`"),
        ({"repository": {"id": 5}}, "repository: object missing required field `name`"),
    ],
)
def test_a_field_that_is_needed_is_named_by_its_path(changed: dict[str, object], named: str) -> None:
    with pytest.raises(PayloadError) as caught:
        read(body(**changed), WorkflowRunEvent)
    assert str(caught.value) == named


def test_an_event_of_no_installation_says_so() -> None:
    with pytest.raises(PayloadError, match="installation"):
        read(body(installation=None), WorkflowRunEvent).where()


@pytest.mark.parametrize("bomb", [b"[" * 1_000_000, b'{"a":' * 500_000, b"", b"\xff", b"nul"])
def test_a_bomb_is_an_error_and_no_crash(bomb: bytes) -> None:
    with pytest.raises(PayloadError):
        read(bomb, RepositoryEvent)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_any_json_is_read_or_refused(value: object) -> None:
    changed = json.dumps(EVENT | {"workflow_run": value, "comment": value, "check_run": value}).encode()
    for kind in (WorkflowRunEvent, IssueCommentEvent, CheckRunEvent, InstallationEvent):
        with contextlib.suppress(PayloadError):
            read(changed, kind)
