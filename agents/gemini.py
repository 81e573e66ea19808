"""The engine `gemini`: a model that reads with tools and answers once, checked, within a budget.

Google's by default; a name such as `openai:gpt-5` asks another service where its library is installed. The model's
library costs two seconds and 70 MB to import, so it is loaded at the first request, off the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agents.budget import Budget
from agents.checked import thought
from agents.draft import Draft
from agents.endpoint import Endpoint
from agents.engine import Description, FixAnswer, FixRequest
from agents.question import Question
from agents.runner import Desk, Planned

DEFAULT_MODEL = "gemini-2.5-pro"
"""The model that is asked where no other is named."""

_Ask = Callable[[Question, Endpoint], Awaitable[Draft]]


@dataclass(frozen=True, slots=True)
class Gemini(Planned):
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

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Ask without tools and without a plan: once, and once more if the answer cannot be used as it is."""
        return await self.think(request, Desk())

    async def think(self, request: FixRequest, desk: Desk) -> FixAnswer:
        """Ask with what is on the desk. Raises NeedsAnswer where the model asks a person."""
        return await thought(request, desk, self.describe(), self.budget, self._ask)

    async def _ask(self, question: Question) -> Draft:
        ask = await asyncio.to_thread(_load)
        # Loading is not the model's time.
        async with asyncio.timeout(self.budget.seconds):
            return await ask(question, Endpoint(self.model, self.api_key, self.base_url, self.retry_pause))


def _load() -> _Ask:
    from agents.gemini_run import ask  # noqa: PLC0415 - two seconds and 70 MB that only a request should cost

    return ask
