"""What Prometheus reads, and whose figures it is given."""

import asyncio
import hashlib
import hmac

import pytest
from prometheus_client.parser import text_string_to_metric_families

from github_app.errors import Permanent, RetryLater
from github_app.queue import Job as QueuedJob
from github_app.queue import TaskSpec, defer
from github_app.worker import run_worker
from handlers.totals import Totals
from storage import plan_runs
from tests.web.desk import SECRET, Desk

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def _samples(opened: Desk, login: str = "mona") -> Samples:
    answer = await opened.call("GET", "/metrics", await opened.token(login, "read"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_the_template_of_their_path(opened: Desk) -> None:
    token = await opened.token("mona")
    for path in ("/fixes/1", "/fixes/2", "/nowhere", "/nowhere/else"):
        await opened.call("GET", path, token)
    await opened.call("DELETE", "/fixes")
    found = await _samples(opened)

    def requests(route: str, method: str, status: str) -> float:
        return found["ci_fixer_http_requests_total", (("method", method), ("route", route), ("status", status))]

    assert requests("/fixes/{id}", "GET", "404") == 2
    assert requests("none", "GET", "404") == 2
    assert requests("/fixes", "other", "405") == 1
    assert found["ci_fixer_http_request_seconds_count", (("route", "/fixes/{id}"),)] == 2


async def test_deliveries_are_counted_by_what_became_of_them(opened: Desk) -> None:
    signature = "sha256=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
    headers = {
        "X-Hub-Signature-256": signature,
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": "00000000-0000-0000-0000-000000000001",
    }
    await opened.call("POST", "/webhook/github", content=b"{}", headers=headers)
    await opened.call("POST", "/webhook/github", content=b"{}")
    found = await _samples(opened)
    assert found["ci_fixer_deliveries_total", (("outcome", "accepted"),)] == 1
    assert found["ci_fixer_deliveries_total", (("outcome", "401"),)] == 1


async def test_figures_of_fixes_and_costs_are_of_what_the_person_may_read_and_name_nothing(opened: Desk) -> None:
    await opened.question("Why?")
    plan = "prun-00000000-0000-0000-0000-000000000001"
    async with opened.database.connection() as connection:
        await plan_runs.move(connection, plan, "IN_PROGRESS", engine="gemini", model="gemini-2.5-pro")
        await plan_runs.remember(connection, plan, "[]", 1, 70, 30, 2_500_000)
    mine, theirs = await _samples(opened), await _samples(opened, "stranger")
    model = (("engine", "gemini"), ("model", "gemini-2.5-pro"))
    assert mine["ci_fixer_fixes_lately", (("state", "proposed"),)] == 1
    assert mine["ci_fixer_model_cost_dollars_lately", model] == 2.5
    assert mine["ci_fixer_model_tokens_lately", (("direction", "input"), *model)] == 70
    assert mine["ci_fixer_analyses_lately", ()] == 1
    assert theirs["ci_fixer_fixes_lately", (("state", "proposed"),)] == 0
    assert theirs["ci_fixer_analyses_lately", ()] == 0
    assert not [name for name, _ in theirs if name.startswith("ci_fixer_model")]
    text = (await opened.call("GET", "/metrics", await opened.token("mona"))).text
    assert not [word for word in ("octo", "geo", "mona", "reader") if word in text]


async def test_it_asks_for_somebody(opened: Desk) -> None:
    assert (await opened.call("GET", "/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "done"), (RetryLater("x"), "later"), (Permanent("x"), "refused"), (ValueError("x"), "error")],
)
async def test_ends_of_tasks_are_added_up_over_all_workers(
    opened: Desk, database_url: str, error: Exception | None, outcome: str
) -> None:
    stop, totals = asyncio.Event(), Totals(opened.database)

    async def task() -> None:
        stop.set()
        if error is not None:
            raise error

    async with opened.database.transaction() as connection:
        await defer(connection, [QueuedJob("task", {})])
    await run_worker(database_url, [TaskSpec("task", task)], stop, count=totals.count)
    for _ in range(2):
        # What was added once is not added again.
        await totals.add()
    other = Totals(opened.database)
    other.count("task", outcome, 1.5)
    await other.add()
    found = await _samples(opened)
    labels = (("outcome", outcome), ("task", "task"))
    assert found["ci_fixer_task_seconds_count", labels] == 2
    assert found["ci_fixer_task_seconds_sum", labels] >= 1.5
