"""What stands between the library's agent and the model's service. Import it only to ask: see `agents.gemini`.

It counts before it sends, repeats what the service asked to repeat, keeps each answer before anything is done with it,
and ends the run on an answer that was cut off, refused or empty: the library's agent would ask again, which is paid for
and seldom better. Answers that were kept are given again in their order, so that a run that is resumed pays for nothing
twice.
"""

import asyncio
import random
from collections.abc import Mapping

from pydantic_ai.exceptions import ModelAPIError, ModelRateLimitError, ModelServerError, ModelUnavailableError
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from agents.budget import Meter
from agents.engine import Outcome, Talk
from agents.errors import NoAnswer
from agents.masked import masked
from agents.runner import Desk

_REPEATS = 2
# A service that asks for a longer wait is not waited for: the run is analysed again on `/retry`.
_LONGEST_PAUSE = 30.0


class Metered(WrapperModel):
    """A model within a budget, with a memory. `pause` is the first wait after a 429 or 5xx, in seconds."""

    def __init__(self, wrapped: Model, meter: Meter, pause: float, desk: Desk) -> None:
        super().__init__(wrapped)
        self._meter = meter
        self._pause = pause
        self._desk = desk
        self._kept = desk.talk.messages
        self._answers = _answers_of(desk.talk.messages)
        self._turn = 0

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Give the next answer: the one that was kept where there is one, else the service's."""
        self._turn += 1
        if self._turn <= len(self._answers):
            answer = self._answers[self._turn - 1]
            self._meter.open_request()
            self._count(answer)
            return _readable(answer)
        if self._turn == len(self._answers) + 1:
            # Requests that were sent and not answered were paid for too, as far as anybody knows.
            self._meter.at_least(self._desk.talk.usage)
        answer = masked(await self._sent(messages, model_settings, model_request_parameters))
        self._count(answer)
        await self._keep([*messages, answer])
        return _readable(answer)

    async def _sent(
        self, messages: list[ModelMessage], settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> ModelResponse:
        for repeat in range(_REPEATS + 1):
            self._meter.open_request()
            await self._keep(None)
            try:
                return await self.wrapped.request(messages, settings, parameters)
            except (ModelRateLimitError, ModelUnavailableError, ModelServerError) as error:
                pause = _pause_after(error, self._pause, repeat)
                if repeat == _REPEATS or pause > _LONGEST_PAUSE or not self._meter.has_room():
                    raise
                await asyncio.sleep(pause)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # The maker's library reads the body without checking its form.
                raise NoAnswer(Outcome.UNAVAILABLE, "the service answered in a form that is not its own") from error
        raise AssertionError("the loop returns or raises")

    async def _keep(self, messages: list[ModelMessage] | None) -> None:
        if messages is not None:
            self._kept = ModelMessagesTypeAdapter.dump_json(messages).decode()
        await self._desk.keep(Talk(self._kept, self._meter.usage))

    def _count(self, answer: ModelResponse) -> None:
        self._meter.add_tokens(answer.usage.input_tokens, answer.usage.output_tokens, _cost_micros(answer))


def _answers_of(stored: str) -> list[ModelResponse]:
    """The answers of a conversation; none where another version of the library kept it in a form of its own."""
    try:
        messages = ModelMessagesTypeAdapter.validate_json(stored)
    except ValueError:
        return []
    return [message for message in messages if isinstance(message, ModelResponse)]


def _cost_micros(answer: ModelResponse) -> int:
    """The list price in millionths of a dollar; 0 where nobody knows it."""
    try:
        return round(answer.cost().total_price * 1_000_000)
    except (AssertionError, LookupError, ValueError):
        return 0


def _pause_after(error: ModelAPIError, first: float, repeat: int) -> float:
    """Wait as long as the service asks, or twice as long each time, spread so that many workers do not come at once."""
    asked = error.retry_after or first * 2**repeat
    return asked * random.uniform(1.0, 1.5)  # noqa: S311 - spreads load, guards nothing


_STOPS: Mapping[str, tuple[Outcome, str]] = {
    "length": (Outcome.TRUNCATED, "the answer was cut off at the limit of its length"),
    "content_filter": (Outcome.REFUSED, "the model's service refused to answer"),
    "error": (Outcome.NO_FIX, "the model's service broke the answer off"),
}


def _readable(answer: ModelResponse) -> ModelResponse:
    stop = _STOPS.get(answer.finish_reason or "")
    if stop is not None:
        raise NoAnswer(*stop)
    if not answer.tool_calls and not (answer.text or "").strip():
        raise NoAnswer(Outcome.NO_FIX, "the model gave no answer")
    return answer
