"""The model as a plan asks it: with tools, a memory, a budget, and questions to people. On the wire."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from agents.budget import Budget
from agents.engine import FixAnswer, Outcome, Talk, Usage
from agents.gemini import Gemini
from agents.runner import Desk, NeedsAnswer
from agents.toolbox import toolbox
from agents.tools import ToolRegistry
from analysis.edits import Edit
from tests.agents.fake_gemini import FakeGemini, Reply, calls, error, says, serving
from tests.agents.memory import Kept, Sources
from tests.agents.requests import CLAIM, EDIT, answer, request

READ = calls(("fetch_workflow_logs", {"words": "assert"}))
ANSWER = calls(("answer", json.loads(answer())))
GITHUB_TOKEN = "ghp_" + "a1B2" * 9


@dataclass
class Memo:
    """Keeps what a desk is told to keep."""

    kept: list[Talk] = field(default_factory=lambda: [Talk()])
    kept_acts: Kept = field(default_factory=Kept)

    async def keep(self, talk: Talk) -> None:
        self.kept.append(talk)

    def tools(self) -> ToolRegistry:
        return toolbox(request(), Sources(), self.kept_acts)

    def desk(self, answers: dict[str, str] | None = None, at: int = -1) -> Desk:
        return Desk(self.tools(), self.kept[at], self.keep, answers or {})


async def think(fake: FakeGemini, desk: Desk, budget: Budget | None = None) -> FixAnswer:
    async with serving(fake) as base_url:
        engine = Gemini("key-of-a-test", base_url=base_url, budget=budget or Budget(), retry_pause=0.001)
        return await engine.think(request(), desk)


def said_by_tools(fake: FakeGemini, at: int = -1) -> list[str]:
    """What the tools answered, as the service was sent it."""
    contents = json.loads(fake.received[at].body)["contents"]
    parts = [part for content in contents for part in content["parts"]]
    return [json.dumps(part["functionResponse"]["response"]) for part in parts if "functionResponse" in part]


async def test_the_model_reads_and_then_answers() -> None:
    fake = FakeGemini([READ, ANSWER])
    fix = await think(fake, Memo().desk())
    assert (fix.outcome, fix.edits, fix.usage.requests) == (Outcome.FIX, (Edit(**EDIT),), 2)
    assert (fix.usage.input_tokens, fix.usage.output_tokens) == (200, 50)
    assert "E       assert 5 == 6" in said_by_tools(fake)[0]


async def test_an_answer_that_comes_as_text_is_taken_and_not_paid_for_again() -> None:
    fake = FakeGemini([says(f"Here it is:\n```json\n{answer()}\n```")])
    fix = await think(fake, Memo().desk())
    assert (fix.outcome, len(fake.received)) == (Outcome.FIX, 1)


async def test_words_instead_of_an_answer_are_asked_for_once_more() -> None:
    fake = FakeGemini([says("I think it multiplies."), ANSWER])
    assert (await think(fake, Memo().desk())).outcome is Outcome.FIX
    fake = FakeGemini([says("I think it multiplies.")] * 3)
    assert (await think(fake, Memo().desk())).outcome is Outcome.NO_FIX
    assert len(fake.received) == 2


async def test_the_model_is_offered_what_reads_and_proposes_and_nothing_that_acts() -> None:
    fake = FakeGemini([ANSWER])
    await think(fake, Memo().desk())
    tools = json.loads(fake.received[0].body)["tools"]
    names = {one["name"] for tool in tools for one in tool["functionDeclarations"]}
    assert names == {
        "fetch_workflow_run",
        "fetch_workflow_logs",
        "analyze_errors",
        "find_similar_fixes",
        "read_repository",
        "generate_fix",
        "check_approval",
        "ask_maintainer",
        "answer",
    }


async def test_a_model_that_obeys_the_log_and_calls_what_acts_changes_nothing() -> None:
    memo = Memo()
    fake = FakeGemini([calls(("apply_fix", {})), ANSWER])
    fix = await think(fake, memo.desk())
    assert fix.outcome in (Outcome.FIX, Outcome.NO_FIX)
    assert (memo.kept_acts.answers, memo.kept_acts.requests) == ([], 0)


async def test_a_call_that_cannot_be_done_is_answered_in_words() -> None:
    fake = FakeGemini([calls(("read_repository", {"what": "file", "path": "/etc/passwd"})), ANSWER])
    fix = await think(fake, Memo().desk())
    assert fix.outcome is Outcome.FIX
    assert "Not done: '/etc/passwd' is no file at this commit" in said_by_tools(fake)[0]


async def test_a_file_that_a_tool_read_may_be_edited() -> None:
    edit = {"path": "geometry.py", "search": "ANGLE = 90", "replace": "ANGLE = 60"}
    read = calls(("read_repository", {"what": "file", "path": "geometry.py"}))
    unread = FakeGemini([calls(("answer", json.loads(answer(edits=[edit]))))] * 2)
    assert (await think(unread, Memo().desk())).outcome is Outcome.NO_FIX
    fake = FakeGemini([read, calls(("answer", json.loads(answer(edits=[edit]))))])
    assert (await think(fake, Memo().desk())).edits == (Edit(**edit),)


async def test_edits_are_proved_for_the_model_before_it_answers() -> None:
    fake = FakeGemini([calls(("generate_fix", {"edits": [EDIT]})), ANSWER])
    await think(fake, Memo().desk())
    assert "proof level: parses" in said_by_tools(fake)[0]


async def test_each_answer_is_kept_before_anything_is_done_with_it() -> None:
    memo = Memo()
    await think(FakeGemini([READ, ANSWER]), memo.desk())
    requests = [talk.usage.requests for talk in memo.kept]
    assert requests == [0, 1, 1, 2, 2]
    kinds = [[one["kind"] for one in json.loads(talk.messages)] for talk in memo.kept]
    assert kinds[2] == ["request", "response"]
    assert kinds[4] == ["request", "response", "request", "response"]


@pytest.mark.parametrize(("at", "left"), [(1, 2), (2, 1), (3, 1), (4, 0)])
async def test_what_was_kept_is_not_paid_for_again_and_the_end_is_the_same(at: int, left: int) -> None:
    memo = Memo()
    first = await think(FakeGemini([READ, ANSWER]), memo.desk())
    fake = FakeGemini([READ, ANSWER][2 - left :])
    again = await think(fake, memo.desk(at=at))
    assert len(fake.received) == left
    assert (again.outcome, again.edits, again.confidence) == (first.outcome, first.edits, first.confidence)


async def test_a_request_that_was_cut_short_counts_against_the_budget() -> None:
    memo = Memo(kept=[Talk("[]", Usage(requests=2))])
    fake = FakeGemini([ANSWER])
    fix = await think(fake, memo.desk(), Budget(requests=2))
    assert (fix.outcome, len(fake.received)) == (Outcome.UNAVAILABLE, 0)
    assert "budget" in fix.reason


async def test_a_refused_answer_that_was_kept_stays_refused_and_is_not_asked_again() -> None:
    memo = Memo()
    assert (await think(FakeGemini([says(None, finish="SAFETY")]), memo.desk())).outcome is Outcome.REFUSED
    fake = FakeGemini([ANSWER])
    assert (await think(fake, memo.desk())).outcome is Outcome.REFUSED
    assert fake.received == []


async def test_a_conversation_of_another_version_is_begun_anew() -> None:
    fake = FakeGemini([ANSWER])
    fix = await think(fake, Memo(kept=[Talk('[{"kind": "novel"}]')]).desk())
    assert (fix.outcome, len(fake.received)) == (Outcome.FIX, 1)


async def test_a_question_ends_the_run_and_its_answer_goes_on_with_it() -> None:
    memo = Memo()
    asking = calls(("ask_maintainer", {"question": "Is area()\nmeant to multiply?"}))
    with pytest.raises(NeedsAnswer) as asked:
        await think(FakeGemini([asking]), memo.desk())
    assert asked.value.question == "Is area() meant to multiply?"
    fake = FakeGemini([ANSWER])
    fix = await think(fake, memo.desk({asked.value.question: f"Yes. {GITHUB_TOKEN}"}))
    assert (fix.outcome, fix.usage.requests, len(fake.received)) == (Outcome.FIX, 2, 1)
    assert "A maintainer answered: Yes." in said_by_tools(fake)[0]
    assert GITHUB_TOKEN not in fake.received[0].body


async def test_a_model_that_only_asks_is_not_answered_for_ever() -> None:
    asking = calls(("ask_maintainer", {"question": "And now?"}))
    fake = FakeGemini([asking, ANSWER])
    fix = await think(fake, Memo().desk({"One?": "1", "Two?": "2"}))
    assert fix.outcome is Outcome.FIX
    assert "Nobody answers more questions" in said_by_tools(fake)[0]


async def test_a_model_that_never_ends_is_stopped_by_the_budget() -> None:
    fake = FakeGemini([READ] * 20)
    fix = await think(fake, Memo().desk(), Budget(requests=5))
    assert (fix.outcome, len(fake.received)) == (Outcome.UNAVAILABLE, 5)


async def test_calls_beyond_what_a_run_may_make_are_not_done() -> None:
    many = calls(*[("fetch_workflow_run", {})] * 30)
    fake = FakeGemini([many, ANSWER])
    await think(fake, Memo().desk())
    said = said_by_tools(fake)
    assert len(said) == 30
    assert sum("There are no more calls" in one for one in said) == 6


async def test_a_budget_of_money_ends_it() -> None:
    costly = calls(("fetch_workflow_run", {}), tokens=(200_000, 60_000, 0))
    fake = FakeGemini([costly, ANSWER])
    fix = await think(fake, Memo().desk(), Budget(output_tokens=10**6, input_tokens=10**6, cost_micros=500_000))
    assert (fix.outcome, len(fake.received)) == (Outcome.UNAVAILABLE, 1)
    assert fix.usage.cost_micros > 500_000


async def test_a_busy_service_is_asked_again_within_the_budget() -> None:
    fake = FakeGemini([error(503, "UNAVAILABLE", "x"), READ, error(429, "RESOURCE_EXHAUSTED", "x"), ANSWER])
    fix = await think(fake, Memo().desk())
    assert (fix.outcome, fix.usage.requests) == (Outcome.FIX, 4)


async def test_an_invented_quote_costs_weight_here_too() -> None:
    invented = {"statement": "x", "log_lines": [{"line": 1, "quote": "ImportError: no module named shapes"}]}
    fake = FakeGemini([calls(("answer", json.loads(answer(claims=[CLAIM, invented]))))])
    assert (await think(fake, Memo().desk())).confidence == 0.45


async def test_a_slow_answer_is_not_waited_for_and_its_request_is_counted() -> None:
    memo = Memo()
    held = Reply(ANSWER.body, hold=asyncio.Event())
    fix = await think(FakeGemini([held]), memo.desk(), Budget(seconds=2.0))
    assert (fix.outcome, memo.kept[-1].usage.requests) == (Outcome.UNAVAILABLE, 1)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("openai:gpt-5", "pip install 'pydantic-ai-slim[openai]'"),
        ("anthropic:claude-sonnet-4-5", "pip install 'pydantic-ai-slim[anthropic]'"),
        ("ollama:qwen3", "pip install 'pydantic-ai-slim[openai]'"),
        ("nobody:x", "of no service that is known here"),
    ],
)
async def test_a_model_whose_library_is_missing_is_refused_in_words(model: str, words: str) -> None:
    fix = await Gemini("k", model=model).propose(request())
    assert (fix.outcome, fix.usage) == (Outcome.UNAVAILABLE, Usage())
    assert words in fix.reason
