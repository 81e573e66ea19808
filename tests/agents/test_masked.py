import json

from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart

from agents.masked import masked
from tests.agents.obedient import CANARY, PASSWORD

SECRETS = {"summary": f"use {CANARY}", "edits": [{"replace": f'DB_PASSWORD = "{PASSWORD}"\n'}]}


def test_an_answer_without_a_secret_is_the_same_value() -> None:
    answer = ModelResponse([TextPart('{ "a":1.0 }'), ToolCallPart("log", {"words": "error"})])
    assert masked(answer) is answer


def test_secrets_in_texts_thoughts_and_calls_are_masked() -> None:
    said = TextPart(f"it is {CANARY}")
    shown = repr(masked(ModelResponse([said, ThinkingPart(f"hm, {CANARY}"), ToolCallPart("answer", SECRETS)])))
    assert CANARY not in shown
    assert PASSWORD not in shown
    assert shown.count("***") == 4


def test_json_stays_json() -> None:
    (part,) = masked(ModelResponse([TextPart(json.dumps(SECRETS))])).parts
    assert isinstance(part, TextPart)
    assert json.loads(part.content) == {"summary": "use ***", "edits": [{"replace": 'DB_PASSWORD = "***"\n'}]}


def test_what_a_service_signed_is_left_alone() -> None:
    answer = ModelResponse([ThinkingPart(CANARY, signature=CANARY)])
    (part,) = masked(answer).parts
    assert isinstance(part, ThinkingPart)
    assert (part.content, part.signature) == ("***", CANARY)
