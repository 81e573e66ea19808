"""One request to Gemini by pydantic-ai. Import it only to ask: see `agents.gemini`.

The library's agent would ask again after an empty answer, which is paid for and seldom better. `_Metered` stands
between it and the service: it counts, repeats what the service asked to repeat, and ends the run on an answer that
was cut off, refused or empty.
"""

import asyncio
import random
from collections.abc import Mapping

from pydantic_ai import Agent, ModelRetry, NativeOutput, RunContext
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.settings import ModelSettings

from agents.answer import Answer
from agents.budget import Meter
from agents.draft import Draft
from agents.endpoint import Endpoint
from agents.engine import Outcome
from agents.errors import NoAnswer
from agents.prompt import Prompt
from agents.proposed import edit_problems
from analysis.edits import SourceFile

_REPEATS = 2
# A service that asks for a longer wait is not waited for: the run is analysed again on `/retry`.
_LONGEST_PAUSE = 30.0


async def ask(prompt: Prompt, files: Mapping[str, SourceFile], meter: Meter, endpoint: Endpoint) -> Draft:
    """Ask the model for one answer. Raises NoAnswer for every way in which there is none."""
    provider = GoogleProvider(api_key=endpoint.api_key, base_url=endpoint.base_url)
    model = _Metered(GoogleModel(endpoint.model, provider=provider), meter, endpoint.retry_pause)
    try:
        async with model:
            answered = await _agent(model, prompt, files, meter).run(prompt.text)
    except UnexpectedModelBehavior as error:
        raise NoAnswer(Outcome.NO_FIX, "the model's answer has not the form that was asked for") from error
    except ModelAPIError as error:
        raise NoAnswer(Outcome.UNAVAILABLE, _trouble(error, endpoint)) from error
    return answered.output.draft()


def _agent(model: Model, prompt: Prompt, files: Mapping[str, SourceFile], meter: Meter) -> Agent[None, Answer]:
    budget = meter.budget
    agent = Agent(
        model,
        deps_type=type(None),
        output_type=NativeOutput(Answer),
        instructions=prompt.instructions,
        retries={"tools": 0, "output": 1},
        model_settings=ModelSettings(max_tokens=budget.answer_tokens, timeout=budget.seconds),
    )

    @agent.output_validator
    def fits(context: RunContext[None], answer: Answer) -> Answer:
        problems = edit_problems(answer.draft().edits, prompt.sources, files) if answer.fix else {}
        if problems and context.retry == 0 and meter.has_room():
            raise ModelRetry("Not every edit can be applied: " + "; ".join(dict.fromkeys(problems.values())))
        return answer

    return agent


class _Metered(WrapperModel):
    def __init__(self, wrapped: Model, meter: Meter, pause: float) -> None:
        super().__init__(wrapped)
        self._meter = meter
        self._pause = pause

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Send one request, at most twice more after a 429 or 5xx, and give back only an answer that can be read."""
        for repeat in range(_REPEATS + 1):
            self._meter.open_request()
            try:
                response = await self.wrapped.request(messages, model_settings, model_request_parameters)
            except (ModelRateLimitError, ModelUnavailableError, ModelServerError) as error:
                pause = _pause(error, self._pause, repeat)
                if repeat == _REPEATS or pause > _LONGEST_PAUSE or not self._meter.has_room():
                    raise
                await asyncio.sleep(pause)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # The maker's library reads the body without checking its form.
                raise NoAnswer(Outcome.UNAVAILABLE, "the service answered in a form that is not Gemini's") from error
            else:
                self._meter.add_tokens(response.usage.input_tokens, response.usage.output_tokens)
                return _readable(response)
        raise AssertionError("the loop returns or raises")


def _pause(error: ModelAPIError, first: float, repeat: int) -> float:
    """Wait as long as the service asks, or twice as long each time, spread so that many workers do not come at once."""
    asked = error.retry_after or first * 2**repeat
    return asked * random.uniform(1.0, 1.5)  # noqa: S311 - spreads load, guards nothing


_STOPS: Mapping[str, tuple[Outcome, str]] = {
    "length": (Outcome.TRUNCATED, "the answer was cut off at the limit of its length"),
    "content_filter": (Outcome.REFUSED, "the model's service refused to answer"),
    "error": (Outcome.NO_FIX, "the model's service broke the answer off"),
}


def _readable(response: ModelResponse) -> ModelResponse:
    stop = _STOPS.get(response.finish_reason or "")
    if stop is not None:
        raise NoAnswer(*stop)
    if not (response.text or "").strip():
        raise NoAnswer(Outcome.NO_FIX, "the model's answer was empty")
    return response


def _trouble(error: ModelAPIError, endpoint: Endpoint) -> str:
    """Say what is wrong and what to do; never the service's own words, which may repeat what was sent."""
    status = f" (HTTP {error.status_code})" if isinstance(error, ModelHTTPError) else ""
    match error:
        case ModelAuthenticationError():
            return f"the model's service refused the key{status}: check GOOGLE_API_KEY"
        case ModelNotFoundError():
            return (
                f"the model's service does not know {endpoint.model!r}{status}: check GEMINI_MODEL and GEMINI_BASE_URL"
            )
        case ModelQuotaExceededError():
            return f"the quota of the key at the model's service is used up{status}"
        case ModelRateLimitError() | ModelUnavailableError() | ModelServerError():
            return f"the model's service is overloaded or failing{status}; try again later with /retry"
        case ModelHTTPError():
            return f"the model's service rejected the request{status}"
        case _:
            return "the model's service could not be reached: check GEMINI_BASE_URL and the network"
