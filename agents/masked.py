"""A model's answer without secrets, before it is kept, sent on or done: a model may have worked one out.

Import it only to ask: see `agents.gemini`.
"""

import json

from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse

from analysis.redact import scrub

_SIGNED = "signature"
"""What a service signs it checks when it is sent again: such a value stays as it is."""


def masked(answer: ModelResponse) -> ModelResponse:
    """The answer with every secret in its texts, calls and arguments masked; itself where there is none."""
    dumped = ModelMessagesTypeAdapter.dump_python([answer], mode="json")
    clean = _masked(dumped)
    if clean == dumped:
        return answer
    (message,) = ModelMessagesTypeAdapter.validate_python(clean)
    return message if isinstance(message, ModelResponse) else answer


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return {key: each if _SIGNED in str(key) else _masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    """Mask within JSON value by value, so that it stays JSON."""
    if text.startswith(("{", "[")):
        try:
            found = json.loads(text)
            clean = _masked(found)
        except (ValueError, RecursionError):
            return scrub(text).text
        return text if clean == found else json.dumps(clean, ensure_ascii=False)
    return scrub(text).text
