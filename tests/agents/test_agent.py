"""The library's agent by itself, with the library's own doubles: no wire, no service."""

import json
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

from agents.answer import Answer
from agents.budget import Budget, Meter
from agents.gemini_run import agent_of
from agents.metered import Metered
from agents.prompt import build_prompt
from agents.question import Question
from agents.runner import Desk
from tests.agents.requests import EDIT, answer, request
from tests.agents.test_gemini_tools import Memo


def question(desk: Desk, budget: Budget | None = None) -> Question:
    return Question(request(), build_prompt(request()), Meter(budget or Budget()), desk)


def calling(*turns: tuple[str, dict[str, Any]]) -> FunctionModel:
    """A model that calls these tools in turn."""
    left = list(turns)

    def respond(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        name, arguments = left.pop(0)
        assert name in {tool.name for tool in (*info.function_tools, *info.output_tools)}
        return ModelResponse([ToolCallPart(name, arguments)])

    return FunctionModel(respond)


async def test_every_tool_can_be_called_as_its_schema_says() -> None:
    asked = question(Memo().desk())
    names = [tool.name for tool in asked.desk.tools or ()]
    reading = [name for name in names if name not in ("apply_fix", "store_analysis", "generate_fix", "read_repository")]
    model = TestModel(call_tools=reading, custom_output_args=json.loads(answer()))
    ended = await agent_of(model, asked).run("Mend it.")
    returned = [
        part.tool_name for message in ended.all_messages() for part in message.parts if part.part_kind == "tool-return"
    ]
    assert set(reading) <= set(returned)
    assert isinstance(ended.output, Answer)


async def test_edits_that_do_not_fit_are_sent_back_once() -> None:
    wrong = json.loads(answer(edits=[{**EDIT, "search": "return a - b"}]))
    asked = question(Memo().desk())
    ended = await agent_of(calling(("answer", wrong), ("answer", json.loads(answer()))), asked).run("Mend it.")
    assert [edit.search for edit in ended.output.edits] == [EDIT["search"]]


async def test_a_kept_conversation_is_played_again_without_the_model() -> None:
    memo = Memo()
    turns = [("fetch_workflow_run", {}), ("answer", json.loads(answer()))]
    first = question(memo.desk())
    model = Metered(calling(*turns), first.meter, 0.0, first.desk)
    await agent_of(model, first).run("Mend it.")
    again = question(memo.desk())
    silent = Metered(calling(), again.meter, 0.0, again.desk)
    ended = await agent_of(silent, again).run("Mend it.")
    assert ended.output.fix
    assert again.meter.usage == first.meter.usage


@pytest.mark.parametrize("left", [1, 2])
async def test_a_budget_holds_across_what_is_played_again(left: int) -> None:
    memo = Memo()
    first = question(memo.desk())
    turns = [("fetch_workflow_run", {}), ("answer", json.loads(answer()))]
    await agent_of(Metered(calling(*turns), first.meter, 0.0, first.desk), first).run("Mend it.")
    assert first.meter.usage.requests == 2
    again = question(memo.desk(), Budget(requests=2 + left))
    replayed = Metered(calling(), again.meter, 0.0, again.desk)
    await agent_of(replayed, again).run("Mend it.")
    assert again.meter.has_room()
