"""The engine `gemini`: one structured answer of Google's model, checked, within a budget.

The model's library costs two seconds and 70 MB to import, so it is loaded at the first request, off the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from agents.budget import Budget, Meter
from agents.draft import Draft
from agents.endpoint import Endpoint
from agents.engine import FixAnswer, FixRequest, Outcome
from agents.errors import NoAnswer
from agents.grounding import answer_of
from agents.prompt import Prompt, build_prompt
from analysis.edits import SourceFile

DEFAULT_MODEL = "gemini-2.5-pro"
"""The model that is asked where no other is named."""

_Ask = Callable[[Prompt, Mapping[str, SourceFile], Meter, Endpoint], Awaitable[Draft]]


@dataclass(frozen=True, slots=True)
class Gemini:
    """Asks a Gemini model. `base_url` None is Google's own; `retry_pause` is the first wait after a 429 or 5xx."""

    api_key: str = field(repr=False)
    model: str = DEFAULT_MODEL
    base_url: str | None = None
    budget: Budget = field(default_factory=Budget)
    retry_pause: float = 1.0
    name: str = "gemini"

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Ask once, and once more only if the first answer has not the form asked for or an edit does not fit."""
        meter = Meter(self.budget)
        endpoint = Endpoint(self.model, self.api_key, self.base_url, self.retry_pause)
        try:
            prompt = await asyncio.to_thread(_worth_asking, request)
            ask = await asyncio.to_thread(_load)
            async with asyncio.timeout(self.budget.seconds):
                draft = await ask(prompt, request.files, meter, endpoint)
        except NoAnswer as stop:
            return FixAnswer(stop.outcome, usage=meter.usage, model=self.model, reason=stop.reason)
        except TimeoutError:
            reason = f"no answer within {self.budget.seconds:g} s"
            return FixAnswer(Outcome.UNAVAILABLE, usage=meter.usage, model=self.model, reason=reason)
        return await asyncio.to_thread(
            answer_of, draft, prompt, request, usage=meter.usage, engine=self.name, model=self.model
        )


def _load() -> _Ask:
    from agents.gemini_run import ask  # noqa: PLC0415 - two seconds and 70 MB that only a request should cost

    return ask


def _worth_asking(request: FixRequest) -> Prompt:
    """Build the prompt, unless an answer could not be used: that would be paid for in vain."""
    if not request.diagnoses:
        raise NoAnswer(Outcome.NO_FIX, "no failed job was read")
    prompt = build_prompt(request)
    if not any(text.strip() for text in prompt.evidence):
        raise NoAnswer(Outcome.NO_FIX, "the log holds no evidence to send")
    if not prompt.files:
        raise NoAnswer(Outcome.NO_FIX, "no file of the repository that could be edited is named in the log")
    return prompt
