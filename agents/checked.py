"""Before and after a model is asked, whoever asks it: whether it is worth asking, and what of its answer stands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from agents.budget import Budget, Meter
from agents.draft import Draft
from agents.engine import Description, FixAnswer, FixRequest, Outcome
from agents.errors import NoAnswer
from agents.grounding import grounded_answer
from agents.named_model import missing
from agents.prompt import Prompt, build_prompt
from agents.question import Question
from agents.runner import Desk


async def thought(
    request: FixRequest,
    desk: Desk,
    by: Description,
    budget: Budget,
    ask: Callable[[Question], Awaitable[Draft]],
) -> FixAnswer:
    """Ask a model by `ask`, within a budget, and check what it says; every way in which there is none is an answer."""
    meter = Meter(budget)
    try:
        prompt = await asyncio.to_thread(worth_asking, request, desk, by.model)
        question = Question(request, prompt, meter, desk)
        draft = await ask(question)
    except NoAnswer as stop:
        return FixAnswer(stop.outcome, usage=meter.usage, model=by.model, reason=stop.reason)
    except TimeoutError:
        reason = f"no answer within {budget.seconds:g} s"
        return FixAnswer(Outcome.UNAVAILABLE, usage=meter.usage, model=by.model, reason=reason)
    return await asyncio.to_thread(grounded_answer, draft, question.seen, question.files, meter.usage, by)


def answer_schema() -> type:
    """The model of an answer, for a library that takes one."""
    from agents.answer import Answer  # noqa: PLC0415 - pydantic, which only a request should load

    return Answer


def plain(value: Any) -> Any:
    """Give a library's model as the JSON object that it is, and anything else as it is."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def answer_of(said: object) -> Draft:
    """Read an answer that came as an object. Raises NoAnswer where it has another form."""
    from agents.answer import Answer  # noqa: PLC0415 - as above

    try:
        return Answer.model_validate(said).draft()
    except ValueError as error:
        raise NoAnswer(Outcome.NO_FIX, "the model's answer has not the form that was asked for") from error


def worth_asking(request: FixRequest, desk: Desk, model: str) -> Prompt:
    """Build the prompt. Raises NoAnswer where an answer could not be had or used: it would be paid for in vain."""
    unmet = missing(model)
    if unmet is not None:
        raise NoAnswer(Outcome.UNAVAILABLE, unmet)
    if not request.diagnoses:
        raise NoAnswer(Outcome.NO_FIX, "no failed job was read")
    prompt = build_prompt(request)
    if not any(text.strip() for text in prompt.evidence):
        raise NoAnswer(Outcome.NO_FIX, "the log holds no evidence to send")
    if not prompt.files and desk.tools is None:
        raise NoAnswer(Outcome.NO_FIX, "no file of the repository that could be edited is named in the log")
    return prompt
