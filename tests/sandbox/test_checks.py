"""Check runs, with every documented limit refused as GitHub refuses it."""

from typing import Any

import pytest

from tests.sandbox.conftest import GitHub


def annotation(**more: object) -> dict[str, Any]:
    return {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"} | more


def output(**more: object) -> dict[str, Any]:
    return {"title": "T", "summary": "S"} | more


def action(**more: str) -> dict[str, str]:
    return {"label": "Approve", "description": "Apply it", "identifier": "approve"} | more


async def made(github: GitHub, **body: object) -> dict[str, Any]:
    told = {"name": "CI Fixer", "head_sha": await github.head(), **body}
    answer = await github.call("POST", "{r}/check-runs", json=told)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(github: GitHub, **body: object) -> str:
    """The sentence of a refusal, the same of a new check run and of a changed one."""
    run = await made(github)
    told = {"name": "CI Fixer", "head_sha": await github.head(), **body}
    first = await github.call("POST", "{r}/check-runs", json=told)
    second = await github.call("PATCH", f"{{r}}/check-runs/{run['id']}", json=body)
    assert (first.status_code, second.status_code) == (422, 422)
    assert first.json()["message"] == second.json()["message"]
    assert len(github.sandbox.check_runs(github.repo)) == 1
    return str(first.json()["message"]).removeprefix("Invalid request.\n\n")


async def test_a_check_run_begins_goes_on_and_ends(github: GitHub) -> None:
    begun = await made(github, status="in_progress", external_id="7/1", details_url="https://ci-fixer.test/7")
    assert (begun["status"], begun["conclusion"], begun["completed_at"]) == ("in_progress", None, None)
    assert (begun["external_id"], begun["details_url"]) == ("7/1", "https://ci-fixer.test/7")
    assert begun["app"]["slug"] == "ci-fixer"
    where = f"{{r}}/check-runs/{begun['id']}"
    ended = (await github.patch(where, conclusion="neutral", output=output(text="More."), name="Fixer")).json()
    assert (ended["status"], ended["conclusion"], ended["name"]) == ("completed", "neutral", "Fixer")
    assert ended["completed_at"] is not None
    assert (ended["output"]["title"], ended["output"]["summary"], ended["output"]["text"]) == ("T", "S", "More.")
    assert (await github.get(where)).json() == ended
    again = (await github.patch(where, status="in_progress")).json()
    assert (again["status"], again["conclusion"], again["completed_at"]) == ("in_progress", None, None)
    assert again["output"]["summary"] == "S"


async def test_a_check_run_is_queued_unless_told(github: GitHub) -> None:
    assert (await made(github))["status"] == "queued"


async def test_times_are_taken_as_told(github: GitHub) -> None:
    run = await made(
        github, conclusion="success", started_at="2026-01-02T03:04:05Z", completed_at="2026-01-02T04:04:05Z"
    )
    assert (run["started_at"], run["completed_at"]) == ("2026-01-02T03:04:05Z", "2026-01-02T04:04:05Z")
    answer = await github.patch(f"{{r}}/check-runs/{run['id']}", started_at="yesterday")
    assert (answer.status_code, "is not a valid date-time" in answer.json()["message"]) == (422, True)


async def test_annotations_are_appended_fifty_a_request(github: GitHub) -> None:
    run = await made(github, output=output(annotations=[annotation(message=str(n)) for n in range(50)]))
    where = f"{{r}}/check-runs/{run['id']}"
    await github.patch(where, output={"summary": "S", "annotations": [annotation(message="50")]})
    shown = (await github.get(where)).json()["output"]
    assert (shown["annotations_count"], shown["title"]) == (51, "T")
    first = await github.get(f"{where}/annotations", params={"per_page": 50})
    second = await github.get(first.links["next"]["url"].removeprefix(github.url))
    assert [one["message"] for one in [*first.json(), *second.json()]] == [str(n) for n in range(51)]


async def test_an_annotation_keeps_all_that_it_says(github: GitHub) -> None:
    whole = annotation(start_column=2, end_column=5, title="Style", raw_details="more", annotation_level="warning")
    run = await made(github, output=output(annotations=[whole]))
    (shown,) = (await github.get(f"{{r}}/check-runs/{run['id']}/annotations")).json()
    assert {name: shown[name] for name in whole} == whole
    assert shown["blob_href"].endswith(f"/octo/repo/blob/{await github.head()}/a.py")


LONG = 65_536


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"output": output(annotations=[annotation()] * 51)}, "No more than 50 items are allowed; 51 were supplied."),
        ({"output": output(summary="x" * LONG)}, "Only 65535 characters are allowed; 65536 were supplied."),
        ({"output": output(text="x" * LONG)}, "Only 65535 characters are allowed; 65536 were supplied."),
        ({"actions": [action()] * 4}, "No more than 3 items are allowed; 4 were supplied."),
        ({"actions": [action(label="x" * 21)]}, "Only 20 characters are allowed; 21 were supplied."),
        ({"actions": [action(description="x" * 41)]}, "Only 40 characters are allowed; 41 were supplied."),
        ({"actions": [action(identifier="x" * 21)]}, "Only 20 characters are allowed; 21 were supplied."),
        ({"actions": [{"label": "x", "identifier": "x"}]}, '"description" wasn\'t supplied.'),
        ({"output": {"title": "T"}}, '"summary" wasn\'t supplied.'),
        ({"output": output(annotations=[annotation(message="x" * 65_537)])}, "message is too long (maximum is 64 KB)."),
        ({"output": output(annotations=[annotation(message="é" * 32_769)])}, "message is too long (maximum is 64 KB)."),
        ({"output": output(annotations=[annotation(raw_details="x" * 65_537)])}, "raw_details is too long (maximum is"),
        ({"output": output(annotations=[annotation(title="x" * 256)])}, "Only 255 characters are allowed; 256 were"),
        ({"output": output(annotations=[annotation(end_line=0)])}, "end_line must not be before start_line."),
        (
            {"output": output(annotations=[annotation(end_line=2, start_column=1)])},
            "start_column and end_column are allowed only when start_line and end_line are equal.",
        ),
        ({"output": output(annotations=[annotation(annotation_level="error")])}, "error is not a member of"),
        ({"output": output(annotations=[annotation(start_line="1")])}, "For 'properties/start_line', \"1\" is not an"),
        ({"output": output(annotations=["x"])}, "is not an object"),
        ({"output": "x"}, "is not an object"),
        ({"status": "done"}, "done is not a member of"),
        ({"conclusion": "fine"}, "fine is not a member of"),
        ({"conclusion": "stale"}, "Only GitHub can set the conclusion stale."),
        ({"status": "completed"}, '"conclusion" wasn\'t supplied.'),
        ({"status": "in_progress", "conclusion": "success"}, "A conclusion needs the status completed."),
    ],
)
async def test_what_is_over_a_limit_is_refused_and_nothing_is_kept(
    github: GitHub, body: dict[str, object], said: str
) -> None:
    assert said in await refused(github, **body)


@pytest.mark.parametrize(
    "body",
    [
        {"output": output(annotations=[annotation()] * 50)},
        {"output": output(summary="é" * 65_535, text="é" * 65_535)},
        {"actions": [action(label="x" * 20, description="x" * 40, identifier="x" * 20)] * 3},
        {"output": output(annotations=[annotation(message="x" * 65_536, raw_details="x" * 65_536, title="x" * 255)])},
    ],
)
async def test_what_is_at_a_limit_is_taken(github: GitHub, body: dict[str, object]) -> None:
    await made(github, **body)


async def test_a_check_run_needs_a_commit(github: GitHub) -> None:
    answer = await github.post("{r}/check-runs", name="x", head_sha="0" * 40)
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {'0' * 40}")
    assert (await github.get("{r}/check-runs/1")).status_code == 404


async def test_a_check_run_is_changed_by_its_own_app_only(github: GitHub) -> None:
    run = await made(github)
    other = await github.sandbox.create_app("Other", {"checks": "write"}, ())
    github.app, github.installation_id = other, await github.sandbox.install(other, "octo", [github.repo])
    answer = await github.call("PATCH", f"{{r}}/check-runs/{run['id']}", await github.token(), json={"name": "Mine"})
    assert answer.status_code == 403
    assert answer.json()["message"].startswith(f"Invalid app_id `{other.app_id}`")


async def test_the_runs_of_a_commit_are_found_by_name_app_and_status(github: GitHub) -> None:
    first = await made(github, name="one")
    second = await made(github, name="two", conclusion="success")
    third = await made(github, name="one")
    where = f"{{r}}/commits/{await github.head()}/check-runs"

    async def ids(**params: str) -> list[object]:
        return [one["id"] for one in (await github.get(where, params=params)).json()["check_runs"]]

    assert await ids() == [third["id"], second["id"]]
    assert await ids(filter="all") == [third["id"], second["id"], first["id"]]
    assert await ids(check_name="two") == [second["id"]]
    assert await ids(status="completed") == [second["id"]]
    assert await ids(app_id=str(github.app.app_id), check_name="one") == [third["id"]]
    assert await ids(app_id="4711") == []
    assert (await github.get("{r}/commits/main/check-runs")).json()["total_count"] == 2
    assert (await github.get("{r}/commits/nowhere/check-runs")).status_code == 422


async def test_an_app_has_one_suite_on_a_commit(github: GitHub) -> None:
    first, second = await made(github, name="one", conclusion="success"), await made(github, name="two")
    assert first["check_suite"] == second["check_suite"]
    where = f"{{r}}/check-suites/{first['check_suite']['id']}"
    suite = (await github.get(where)).json()
    assert (suite["status"], suite["conclusion"], suite["latest_check_runs_count"]) == ("queued", None, 2)
    assert (suite["head_sha"], suite["head_branch"]) == (await github.head(), "main")
    await github.patch(f"{{r}}/check-runs/{second['id']}", conclusion="failure")
    assert (await github.get(where)).json()["conclusion"] == "failure"
    listed = (await github.get(f"{where}/check-runs")).json()
    assert [one["name"] for one in listed["check_runs"]] == ["two", "one"]
    suites = (await github.get(f"{{r}}/commits/{await github.head()}/check-suites")).json()
    assert suites["total_count"] == 1
    assert (await github.get("{r}/check-suites/1")).status_code == 404


async def test_a_check_run_names_the_pull_requests_of_its_commit(github: GitHub) -> None:
    sha = await github.branch("fix")
    number = await github.pull()
    run = await made(github, head_sha=sha)
    assert [one["number"] for one in run["pull_requests"]] == [number]


async def test_a_button_is_there_only_on_a_completed_run(github: GitHub) -> None:
    run = await made(github, status="in_progress", actions=[action()])
    with pytest.raises(ValueError, match="shows no button 'approve'"):
        await github.sandbox.click(github.repo, run["id"], "approve", "mona")
    await github.patch(f"{{r}}/check-runs/{run['id']}", conclusion="neutral")
    await github.sandbox.click(github.repo, run["id"], "approve", "mona")
    await github.patch(f"{{r}}/check-runs/{run['id']}", actions=[])
    with pytest.raises(ValueError, match="shows no button"):
        await github.sandbox.click(github.repo, run["id"], "approve", "mona")
