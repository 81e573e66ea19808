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
from agents.grounding import Grounded, ground
from agents.prompt import Prompt, build_prompt
from analysis.complexity import complexity
from analysis.edits import SourceFile
from analysis.patch import apply_edits
from analysis.redact import scrub

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
            prompt = _worth_asking(request)
            ask = await asyncio.to_thread(_load)
            async with asyncio.timeout(self.budget.seconds):
                draft = await ask(prompt, request.files, meter, endpoint)
        except NoAnswer as stop:
            return FixAnswer(stop.outcome, usage=meter.usage, model=self.model, reason=stop.reason)
        except TimeoutError:
            reason = f"no answer within {self.budget.seconds:g} s"
            return FixAnswer(Outcome.UNAVAILABLE, usage=meter.usage, model=self.model, reason=reason)
        grounded = await asyncio.to_thread(ground, draft, prompt, request.files)
        return _answer(draft, grounded, request, meter, self.model)


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


def _answer(draft: Draft, grounded: Grounded, request: FixRequest, meter: Meter, model: str) -> FixAnswer:
    fix = draft.fix and bool(grounded.edits)
    reasons = grounded.dropped if draft.fix else ("the model knows no fix",)
    return FixAnswer(
        Outcome.FIX if fix else Outcome.NO_FIX,
        edits=grounded.edits if fix else (),
        summary=_told(draft.summary, 200),
        root_cause=_told(draft.root_cause, 1000) if grounded.claims else "",
        confidence=grounded.confidence,
        complexity=complexity(apply_edits(request.files, grounded.edits)).value if fix else "",
        risk=_told(draft.risk, 500),
        usage=meter.usage,
        model=model,
        reason="; ".join(reasons) or ("" if fix else "the answer holds no edit"),
    )


def _told(text: str, most: int) -> str:
    """Take the model's words over: short, on one line where they were, and without secrets."""
    return scrub(text.strip()[:most]).text
