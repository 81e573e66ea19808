"""A repository's past: lists of runs by time, with GitHub's cap, and runs that are repeated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import GitHub

START = datetime(2026, 1, 1, tzinfo=UTC)


async def listed(github: GitHub, created: str, **params: str) -> Any:
    answer = await github.get("{r}/actions/runs", params={"created": created, "per_page": "100", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def with_past(github: GitHub, count: int, every: timedelta) -> None:
    await github.failed_run()
    await github.sandbox.give_past(github.repo, [START + i * every for i in range(count)])


@pytest.mark.parametrize(
    ("created", "days"),
    [
        ("2026-01-03", [3]),
        (">=2026-01-09", [9, 10]),
        (">2026-01-09", [10]),
        ("<=2026-01-02", [1, 2]),
        ("<2026-01-02", [1]),
        ("2026-01-02..2026-01-04", [2, 3, 4]),
        ("2026-01-02T00:00:00Z..2026-01-03T23:59:59Z", [2, 3]),
        ("2026-01-02T00:00:01Z..*", [3, 4, 5, 6, 7, 8, 9, 10]),
        ("*..2026-01-02T00:00:00Z", [1, 2]),
    ],
)
async def test_runs_are_listed_by_the_time_they_were_created(github: GitHub, created: str, days: list[int]) -> None:
    await with_past(github, 10, timedelta(days=1))
    found = await listed(github, created)
    assert found["total_count"] == len(days)
    assert [int(run["created_at"][8:10]) for run in found["workflow_runs"]] == days[::-1]


async def test_what_is_no_time_is_refused(github: GitHub) -> None:
    answer = await github.get("{r}/actions/runs", params={"created": "yesterday"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "created")


async def test_a_narrowed_list_ends_after_a_thousand_though_all_are_counted(github: GitHub) -> None:
    await with_past(github, 1005, timedelta(minutes=1))
    last = await listed(github, ">=2026-01-01", page="10")
    assert (last["total_count"], len(last["workflow_runs"])) == (1005, 100)
    assert (await listed(github, ">=2026-01-01", page="11"))["workflow_runs"] == []
    whole = await github.get("{r}/actions/runs", params={"per_page": "100", "page": "11"})
    assert len(whole.json()["workflow_runs"]) == 5


async def test_a_repeated_run_has_its_models_log_steps_and_remarks_under_ids_of_its_own(github: GitHub) -> None:
    await with_past(github, 2, timedelta(days=1))
    newest, oldest = (await listed(github, ">=2026-01-01"))["workflow_runs"]
    assert oldest["id"] < newest["id"]
    texts, names = set(), set()
    for run in (oldest, newest):
        (job,) = (await github.get(f"{{r}}/actions/runs/{run['id']}/attempts/1/jobs")).json()["jobs"]
        assert (job["conclusion"], job["steps"][0]["name"]) == ("failure", "Run")
        assert job["started_at"].startswith(run["created_at"][:10])
        assert (await github.get(f"{{r}}/check-runs/{job['id']}/annotations")).status_code == 200
        place = (await github.get(f"{{r}}/actions/jobs/{job['id']}/logs")).headers["location"]
        texts.add((await github.http.get(place)).content)
        names.add(job["id"])
    assert (texts, len(names)) == ({github.runner.log}, 2)


async def test_a_repository_without_ended_runs_has_nothing_to_repeat(github: GitHub) -> None:
    with pytest.raises(ValueError, match="nothing to repeat"):
        await github.sandbox.give_past(github.repo, [START])
