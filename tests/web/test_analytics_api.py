"""Figures, patterns, exports and predictions as a program meets them."""

import csv
import io
import json
from typing import Any

import pytest

from storage import analytics, plan_runs
from tests.web.desk import Desk
from tests.web.test_failures import elsewhere
from web.export import export
from web.export_models import ExportFormat, ExportKind, ExportQuery
from web.people import page_person
from web.session import Session

FIGURES = (
    "/failures/summary", "/analytics/dashboard", "/analytics/patterns", "/analytics/effectiveness",
    "/analytics/model-performance", "/analytics/export", "/repositories", "/stats", "/stats/agent",
)  # fmt: skip


async def got(opened: Desk, path: str, login: str = "reader", **asked: str | int) -> dict[str, Any]:
    answer = await opened.call("GET", path, await opened.token(login, "read"), params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_stranger_gets_the_same_figures_whatever_others_have(opened: Desk) -> None:
    token = await opened.token("stranger", "read")

    async def figures() -> list[str]:
        texts = []
        for path in FIGURES:
            answer = (await opened.call("GET", path, token)).text
            # The moment of asking is in some.
            texts.append(json.dumps({**json.loads(answer), "since": None}) if answer.startswith("{") else answer)
        return texts

    before = await figures()
    await opened.seeded()
    assert await figures() == before


async def test_every_figure_of_a_repository_that_one_may_not_read_is_not_found(opened: Desk) -> None:
    await opened.seeded()
    token = await opened.token("stranger", "read")
    for path in FIGURES:
        if path != "/repositories":
            hidden = await opened.call("GET", path, token, params={"repository": "octo/geo"})
            assert hidden.status_code == 404, path
    for path in ("/repositories/octo/geo/analytics", "/analytics/repository/octo/geo", "/repositories/a/b/analytics"):
        answer = await opened.call("GET", path, token)
        assert answer.json()["detail"] == "There is no such repository, or you may not see it."


async def test_the_dashboard_counts_what_is_recorded(opened: Desk) -> None:
    await opened.seeded()
    shown = await got(opened, "/analytics/dashboard")
    assert shown["repositories"] == 1
    totals = shown["totals"]
    assert isinstance(totals, dict)
    # The failed run of the failure, and that of the fixes; no rate of two.
    assert (totals["runs_failed"], totals["failures"], totals["failure_rate"]) == (2, 1, None)
    assert totals["by_verdict"] == [{"name": "yours", "count": 1}]
    assert shown["funnel"]["verified"] == 1
    assert shown["waiting"] == {"fixes": 2, "questions": 1}
    assert [one["occurrences"] for one in shown["top_patterns"]] == [1]
    assert len(shown["days"]) == 30
    both = [await got(opened, path) for path in ("/repositories/octo/geo/analytics", "/analytics/repository/octo/geo")]
    assert both[0] == both[1]
    assert both[0]["totals"] == totals


async def test_patterns_are_filtered_and_paged(opened: Desk) -> None:
    for number in range(3):
        await opened.failure(number, fingerprint=f"ruff:{number}", category="lint")
    await opened.failure(9)
    async with opened.database.connection() as connection:
        await analytics.fold(connection)
    walked: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await got(opened, "/analytics/patterns", limit=2, category="lint", trend="new", **cursor)
        walked += [one["fingerprint"] for one in page["patterns"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": str(page["next_cursor"])}
    assert walked == ["ruff:0", "ruff:1", "ruff:2"]
    assert (await got(opened, "/analytics/patterns", trend="resolved"))["patterns"] == []


async def test_a_rate_takes_ten_outcomes(opened: Desk) -> None:
    await opened.seeded()
    (effect,) = [one for one in (await got(opened, "/analytics/effectiveness"))["effects"] if one["verified"]]
    assert (effect["kind"], effect["verified"], effect["success_rate"]) == ("recipe:ruff-unused-import", 1, None)
    performance = await got(opened, "/analytics/model-performance")
    assert (performance["decided"], performance["said"]) == (0.0, None)


async def test_repositories_are_listed_with_their_counts(opened: Desk) -> None:
    await opened.seeded()
    await elsewhere(opened)
    page = await got(opened, "/repositories", limit=1)
    shown = page["repositories"][0]
    assert (shown["name"], shown["failures"], shown["fixes_waiting"]) == ("octo/geo", 1, 2)
    after = await got(opened, "/repositories", cursor=str(page["next_cursor"]))
    assert (after["repositories"], after["next_cursor"]) == ([], None)
    assert [one["name"] for one in (await got(opened, "/repositories", "acme"))["repositories"]] == ["acme/shop"]


async def test_the_agents_runs_are_counted_by_engine_and_model(opened: Desk) -> None:
    question = await opened.question("Why?")
    plan = question.replace("clar", "prun")
    async with opened.database.transaction() as connection:
        await plan_runs.move(connection, plan, "IN_PROGRESS", engine="gemini", model="flash")
        await plan_runs.remember(connection, plan, "[]", 3, 1000, 200, 50)
        await plan_runs.answer(connection, question, "So.", "mona")
        await plan_runs.complete(connection, plan, "{}")
    engine = (await got(opened, "/stats/agent"))["engines"][0]
    assert (engine["engine"], engine["model"], engine["complete"]) == ("gemini", "flash", 1)
    assert (engine["requests"], engine["input_tokens"], engine["cost_micros"]) == (3, 1000, 50)
    assert (engine["questions_asked"], engine["questions_answered"]) == (1, 1)
    assert engine["durations"]["n"] == 1
    stats = await got(opened, "/stats")
    assert stats["analyses"]["begun"] == 1


async def test_jobs_about_other_repositories_are_not_counted(opened: Desk) -> None:
    fix_id = await opened.fix()
    assert (await opened.call("POST", f"/fixes/{fix_id}/approve", await opened.token("mona"))).status_code == 200
    waiting = {one["task"]: one["waiting"] for one in (await got(opened, "/stats"))["jobs"]}
    assert waiting["apply"] == 1
    assert (await got(opened, "/stats", "stranger"))["jobs"] == []


FORMULAS = ("=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u00a0@x", "\uff1d1", 'a"b,c', "plain")


async def test_a_csv_runs_no_formula_in_a_spreadsheet(opened: Desk) -> None:
    for number, text in enumerate(FORMULAS):
        await opened.fix(number, summary=text)
    answer = await opened.call(
        "GET", "/analytics/export", await opened.token("reader", "read"), params={"kind": "fixes"}
    )
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="ci-fixer-fixes.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    said = [row["summary"] for row in rows][::-1]
    assert said == [*(f"'{text}" for text in FORMULAS[:-2]), *FORMULAS[-2:]]
    assert {row["repository"] for row in rows} == {"octo/geo"}


@pytest.mark.parametrize("kind", list(ExportKind))
async def test_an_export_has_every_row_once_and_says_where_it_was_cut(opened: Desk, kind: ExportKind) -> None:
    await opened.seeded()
    await opened.failure(5)
    shop = await elsewhere(opened)
    await opened.failure(6, shop)
    person = page_person(Session((await opened.site.services.github.user("reader")).user_id, "reader", "", 0))
    walked: list[dict[str, object]] = []
    cursor: str | None = None
    while True:
        query = ExportQuery(kind, ExportFormat.JSON_LINES, cursor=cursor)
        text = b"".join([chunk async for chunk in await export(opened.site, person, query, most=1)])
        lines = [json.loads(line) for line in text.splitlines()]
        walked += [line for line in lines if "cut_after" not in line]
        cursor = next((line["next_cursor"] for line in lines if "cut_after" in line), None)
        if cursor is None:
            break
    whole = await opened.call(
        "GET", "/analytics/export", await opened.token("reader", "read"), params={"kind": kind, "format": "jsonl"}
    )
    assert [json.loads(line) for line in whole.text.splitlines()] == walked
    assert len(walked) == {"failures": 2, "fixes": 3, "outcomes": 1}[kind]


async def test_a_like_failures_fix_is_found_by_failure_by_fingerprint_and_by_its_words(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("reader", "read")
    failure = (await opened.call("GET", f"/failures/{seeded.parameters['failures']['id']}", token)).json()
    words = "\n".join(block["text"] for block in failure["evidence"])
    for body in (
        {"failure_id": failure["failure"]["id"]},
        {"fingerprint": failure["failure"]["fingerprint"]},
        {"message": words},
    ):
        answer = await opened.call("POST", "/analytics/similar-fixes", token, json=body)
        assert answer.status_code == 200, answer.text
        assert [one["outcome"] for one in answer.json()["fixes"]] == ["verified"], body
    for body in ({}, {"fingerprint": "a", "message": "b"}):
        assert (await opened.call("POST", "/analytics/similar-fixes", token, json=body)).status_code == 400
    stranger = await opened.token("stranger", "read")
    hidden = await opened.call("POST", "/analytics/similar-fixes", stranger, json={"failure_id": 1})
    assert hidden.status_code == 404
    by_words = await opened.call("POST", "/analytics/similar-fixes", stranger, json={"message": words})
    assert by_words.json() == {"fixes": []}


async def test_without_history_no_confidence_is_made_up(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("reader", "read")
    features = {"repository": "octo/geo", "source": "engine:gemini", "category": "test"}
    for body in (seeded.bodies["predict_success"], {"features": features}):
        answer = await opened.call("POST", "/analytics/predict-success", token, json=body)
        assert answer.status_code == 200, answer.text
        said = answer.json()["confidence"]
        assert (said["text"], said["probability"]) == ("not enough history", None)
    stranger = await opened.token("stranger", "read")
    for body in (seeded.bodies["predict_success"], {"fix_id": 999}, {"features": features}):
        assert (await opened.call("POST", "/analytics/predict-success", stranger, json=body)).status_code == 404
    assert (await opened.call("POST", "/analytics/predict-success", token, json={})).status_code == 400


async def test_the_root_is_for_whoever_asks_a_page_for_browsers_and_json_for_programs(opened: Desk) -> None:
    answer = await opened.call("GET", "/")
    assert (answer.json()["name"], answer.json()["links"]["docs"]) == ("CI Fixer", "/docs")
    assert answer.headers["vary"] == "Accept"
    async with opened.browser() as browser:
        page = await browser.get("/")
        assert page.headers["content-type"].startswith("text/html")


async def test_the_reference_has_no_script_and_an_example_of_every_operation(opened: Desk) -> None:
    page = (await opened.call("GET", "/docs")).text
    assert "<script" not in page
    assert page.count("<pre>curl ") == page.count("<h3>Answers</h3>")
    assert "owner/name" in page


async def test_a_whole_number_may_be_written_with_a_point(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("reader", "read")
    body = seeded.bodies["predict_success"]
    assert isinstance(body, dict)
    plain = await opened.call("POST", "/analytics/predict-success", token, json=body)
    pointed = await opened.call("POST", "/analytics/predict-success", token, json={"fix_id": float(body["fix_id"])})
    assert (pointed.status_code, pointed.json()) == (200, plain.json())
