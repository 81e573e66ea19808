"""The agent's part of the way: a real App, a real database, and a Gemini that says what a test scripts."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.budget import DailyBudget
from agents.gemini import Gemini
from tests.agents.fake_gemini import FakeGemini, Reply, calls, error, says, serving
from tests.handlers.house import House, house

RED = b"import math\n\n\ndef area(radius):\n    return math.pi * radios**2\n"
EDIT = {"path": "area.py", "search": "radios", "replace": "radius"}


def fix(**changed: object) -> Reply:
    """An answer that mends RED: no recipe knows what the name should be."""
    fields: dict[str, object] = {
        "fix": True,
        "summary": "Correct the name of the radius",
        "root_cause": "area() takes a radius and uses radios.",
        "claims": [
            {
                "statement": "radios is undefined",
                "file_lines": [{"path": "area.py", "line": 5, "quote": "    return math.pi * radios**2"}],
            }
        ],
        "edits": [EDIT],
        "confidence": 90,
        "risk": "None known.",
    }
    return calls(("answer", fields | changed))


@asynccontextmanager
async def home(
    database_url: str, folder: Path, fake: FakeGemini, daily: DailyBudget | None = None
) -> AsyncIterator[House]:
    async with (
        serving(fake) as base_url,
        house(database_url, folder, Gemini("k", base_url=base_url, retry_pause=0.001), daily=daily) as opened,
    ):
        yield opened


async def test_a_plan_ends_in_a_fix_that_a_person_approves_and_ci_verifies(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini(
        [calls(("read_repository", {"what": "diff"}), ("fetch_workflow_logs", {"words": "F821", "last": 9999})), fix()]
    )
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED)
        (comment,) = opened.our_comments(number)
        assert "Correct the name of the radius" in comment
        assert await opened.value("SELECT state FROM plan_runs") == "COMPLETE"
        assert await opened.value("SELECT count(*) FROM plan_steps WHERE state = 'done'") == 6
        assert await opened.value("SELECT requests FROM plan_runs") == 2
        assert await opened.value("SELECT source FROM suggested_fixes") == "engine:gemini:gemini-2.5-pro"
        await opened.sandbox.comment(opened.repository, number, "mona", "/approve")
        await opened.settle()
        assert await opened.value("SELECT state FROM suggested_fixes") == "verified"
    said = json.dumps(json.loads(fake.received[1].body)["contents"])
    assert "radios**2" in said
    assert "F821 Undefined name" in said


async def test_a_question_is_shown_and_its_answer_lets_the_plan_go_on(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([calls(("ask_maintainer", {"question": "Is numpy allowed here, @octo? <b>"}))])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED)
        (comment,) = opened.our_comments(number)
        question = str(await opened.value("SELECT clarification_id FROM clarifications"))
        assert "Is numpy allowed here, @\u200bocto? \\<b\\>" in comment
        assert question[:13] in comment
        assert await opened.value("SELECT state FROM plan_runs") == "NEED_CLARIFICATION"
        await opened.sandbox.comment(opened.repository, number, "stranger", "/answer yes")
        await opened.settle()
        assert await opened.value("SELECT state FROM plan_runs") == "NEED_CLARIFICATION"
        fake.replies.append(fix())
        await opened.sandbox.comment(opened.repository, number, "mona", f"/answer {question[:13]} No, math will do.")
        await opened.settle()
        assert await opened.value("SELECT state FROM plan_runs") == "COMPLETE"
        assert await opened.value("SELECT answered_by FROM clarifications") == "mona"
        assert await opened.value("SELECT count(*) FROM suggested_fixes") == 1
        await opened.sandbox.comment(opened.repository, number, "mona", "/answer Again.")
        await opened.settle()
        assert "No question of the model is waiting" in opened.our_comments(number)[-1]
    assert len(fake.received) == 2
    assert "No, math will do." in fake.received[1].body


async def test_a_hint_goes_in_as_the_persons_words_and_asks_again(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([fix(fix=False, edits=[])])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED)
        assert "the model knows no fix" in opened.our_comments(number)[0]
        fake.replies.append(fix())
        await opened.sandbox.comment(opened.repository, number, "mona", "/retry import it at the top")
        await opened.settle()
        assert await opened.value("SELECT count(*) FROM suggested_fixes") == 1
        assert await opened.value("SELECT count(*) FROM plan_runs WHERE hint = 'import it at the top'") == 1
    assert "import it at the top" in fake.received[1].body


async def test_equal_failures_share_one_call(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([fix()])
    async with home(database_url, tmp_path, fake) as opened:
        first = await opened.red_pull_request("one", RED)
        second = await opened.red_pull_request("two", RED)
        assert all("Correct the name" in opened.our_comments(number)[0] for number in (first, second))
        assert await opened.value("SELECT count(*) FROM plan_runs WHERE state = 'COMPLETE'") == 2
    assert len(fake.received) == 1


async def test_a_service_that_was_down_is_asked_anew_for_an_equal_failure(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([error(503, "UNAVAILABLE", "x")] * 3 + [fix()])
    async with home(database_url, tmp_path, fake) as opened:
        first = await opened.red_pull_request("one", RED)
        assert "overloaded" in opened.our_comments(first)[0]
        second = await opened.red_pull_request("two", RED)
        assert "Correct the name" in opened.our_comments(second)[0]
    assert len(fake.received) == 4


@pytest.mark.parametrize(
    "daily",
    [
        DailyBudget(repository_runs=1),
        DailyBudget(repository_tokens=100),
        DailyBudget(repository_cost_micros=10),
        DailyBudget(tokens=100),
        DailyBudget(cost_micros=10),
    ],
)
async def test_a_spent_budget_of_the_day_is_said_and_nothing_is_asked(
    database_url: str, tmp_path: Path, daily: DailyBudget
) -> None:
    fake = FakeGemini([fix(fix=False, edits=[]), fix()])
    async with home(database_url, tmp_path, fake, daily) as opened:
        await opened.red_pull_request("one", RED)
        number = await opened.red_pull_request("two", b"# other\n" + RED)
        assert "budget for the model is spent for today" in opened.our_comments(number)[0]
    assert len(fake.received) == 1


async def test_an_answer_that_is_refused_is_said_once(database_url: str, tmp_path: Path) -> None:
    fake = FakeGemini([says(None, finish="SAFETY")])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED)
        assert "refused to answer" in opened.our_comments(number)[0]
    assert len(fake.received) == 1


async def test_a_service_that_cannot_be_reached_takes_nothing_from_the_rest(database_url: str, tmp_path: Path) -> None:
    async with serving(FakeGemini()) as base_url:
        pass
    async with house(database_url, tmp_path, Gemini("k", base_url=base_url, retry_pause=0.001)) as opened:
        number = await opened.red_pull_request(content=RED)
        (comment,) = opened.our_comments(number)
        assert "the model's service could not be reached" in comment
        assert "F821 Undefined name `radios`" in comment
        assert await opened.value("SELECT count(*) FROM plan_steps WHERE state = 'done'") == 6


async def test_without_a_model_the_diagnosis_stands_and_says_that_none_is_configured(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path) as opened:
        number = await opened.red_pull_request(content=RED)
        (comment,) = opened.our_comments(number)
        assert "no recipe covers this, and no model is configured" in comment
        assert "F821 Undefined name `radios`" in comment


async def test_a_model_is_told_of_the_fix_that_ended_a_like_failure(database_url: str, tmp_path: Path) -> None:
    other = {"path": "area.py", "search": "radiuss", "replace": "radius"}
    claim = {
        "statement": "radiuss is undefined",
        "file_lines": [{"path": "area.py", "line": 5, "quote": "    return math.pi * radiuss**2"}],
    }
    fake = FakeGemini([fix(), fix(edits=[other], claims=[claim])])
    async with home(database_url, tmp_path, fake) as opened:
        number = await opened.red_pull_request(content=RED)
        await opened.sandbox.comment(opened.repository, number, "mona", "/approve")
        await opened.settle()
        number = await opened.red_pull_request("other", RED.replace(b"radios", b"radiuss"))
        (comment,) = opened.our_comments(number)
    first, second = (json.loads(one.body)["contents"][0]["parts"][0]["text"] for one in fake.received)
    assert "Fixes of like failures" not in first
    told = second[second.index("## Fixes of like failures") :]
    assert "F1 in octo/geo, for a like failure; CI was green on it." in told
    assert "+    return math.pi * radius**2" in told
    assert "Similar: [F1 in octo/geo](" in comment
