"""The engine `gemini`: a model that reads with tools and answers once, checked, within a budget.

Google's by default; a name such as `openai:gpt-5` asks another service where its library is installed. The model's
library costs two seconds and 70 MB to import, so it is loaded at the first request, off the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from agents.budget import Budget, Meter
from agents.draft import Draft
from agents.endpoint import Endpoint
from agents.engine import Description, FixAnswer, FixRequest, Inputs, Outcome
from agents.errors import NoAnswer
from agents.grounding import answer_of
from agents.named_model import missing
from agents.plan import ClarificationId, Plan, PlanRun, PlanRunId
from agents.prompt import Prompt, build_prompt
from agents.question import Question
from agents.runner import Desk, begin, go_on

DEFAULT_MODEL = "gemini-2.5-pro"
"""The model that is asked where no other is named."""

_Ask = Callable[[Question, Endpoint], Awaitable[Draft]]


@dataclass(frozen=True, slots=True)
class Gemini:
    """Asks a model. `base_url` None is the maker's own; `retry_pause` is the first wait after a 429 or 5xx."""

    api_key: str = field(repr=False)
    model: str = DEFAULT_MODEL
    base_url: str | None = None
    budget: Budget = field(default_factory=Budget)
    retry_pause: float = 1.0
    name: str = "gemini"

    def describe(self) -> Description:
        """Name itself and the model."""
        return Description(self.name, self.model)

    async def start(self, plan: Plan, inputs: Inputs) -> PlanRun:
        """Run a plan until it ends or the model asks a person."""
        return await self.resume(await begin(plan, inputs), inputs)

    async def resume(
        self, run_id: PlanRunId, inputs: Inputs, answers: Mapping[ClarificationId, str] | None = None
    ) -> PlanRun:
        """Go on where a run was left; answers of the model that were kept are not asked for again."""
        return await go_on(run_id, inputs, self.think, answers)

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Ask without tools and without a plan: once, and once more if the answer cannot be used as it is."""
        return await self.think(request, Desk())

    async def think(self, request: FixRequest, desk: Desk) -> FixAnswer:
        """Ask with what is on the desk. Raises NeedsAnswer where the model asks a person."""
        meter = Meter(self.budget)
        endpoint = Endpoint(self.model, self.api_key, self.base_url, self.retry_pause)
        try:
            prompt = await asyncio.to_thread(_worth_asking, request, desk, self.model)
            question = Question(request, prompt, meter, desk)
            ask = await asyncio.to_thread(_load)
            async with asyncio.timeout(self.budget.seconds):
                draft = await ask(question, endpoint)
        except NoAnswer as stop:
            return FixAnswer(stop.outcome, usage=meter.usage, model=self.model, reason=stop.reason)
        except TimeoutError:
            reason = f"no answer within {self.budget.seconds:g} s"
            return FixAnswer(Outcome.UNAVAILABLE, usage=meter.usage, model=self.model, reason=reason)
        return await asyncio.to_thread(
            answer_of, draft, question.seen, question.files, usage=meter.usage, engine=self.name, model=self.model
        )


def _load() -> _Ask:
    from agents.gemini_run import ask  # noqa: PLC0415 - two seconds and 70 MB that only a request should cost

    return ask


def _worth_asking(request: FixRequest, desk: Desk, model: str) -> Prompt:
    """Build the prompt, unless an answer could not be had or used: that would be paid for in vain."""
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
