"""One question to a model by pydantic-ai, with tools where there are some. Import it only to ask: `agents.gemini`."""

import json
import re
from dataclasses import dataclass

from pydantic_ai import Agent, ModelRetry, NativeOutput, RunContext, TextOutput, ToolOutput
from pydantic_ai import Tool as LibraryTool
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
    UsageLimitExceeded,
    UserError,
)
from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from agents.answer import Answer
from agents.draft import Draft
from agents.endpoint import Endpoint
from agents.engine import Outcome
from agents.errors import NoAnswer
from agents.metered import Metered
from agents.named_model import GOOGLE, service_of
from agents.proposed import edit_problems
from agents.question import Question
from agents.runner import NeedsAnswer
from agents.tools import Kind, Tool, fitted, schema_of

_MOST_CALLS = 24
"""Calls of tools in one run: each answer costs tokens in every request after it."""
_MOST_QUESTIONS = 2
"""Questions to people in one run: who is asked a third time answers no more."""
_LONGEST_QUESTION = 500
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


async def ask(question: Question, endpoint: Endpoint) -> Draft:
    """Ask the model. Raises NoAnswer for every way in which there is no answer, NeedsAnswer where it asks a person."""
    meter, desk = question.meter, question.desk
    try:
        model = Metered(model_of(endpoint), meter, endpoint.retry_pause, desk)
        async with model:
            limits = UsageLimits(request_limit=None, tool_calls_limit=None)
            answered = await agent_of(model, question).run(question.prompt.text, usage_limits=limits)
    except (UnexpectedModelBehavior, UsageLimitExceeded) as error:
        raise NoAnswer(Outcome.NO_FIX, "the model's answer has not the form that was asked for") from error
    except ModelAPIError as error:
        raise NoAnswer(Outcome.UNAVAILABLE, _trouble(error, endpoint)) from error
    except UserError as error:
        raise NoAnswer(Outcome.UNAVAILABLE, f"the model {endpoint.model!r} cannot be asked as it is set up") from error
    return answered.output.draft()


def model_of(endpoint: Endpoint) -> Model:
    """The library's model for an endpoint."""
    service = service_of(endpoint.model)
    if service == GOOGLE:
        provider = GoogleProvider(api_key=endpoint.api_key, base_url=endpoint.base_url)
        return GoogleModel(endpoint.model.removeprefix(f"{GOOGLE}:"), provider=provider)
    return infer_model(endpoint.model)


def agent_of(model: Model, question: Question) -> Agent[None, Answer]:
    """The library's agent for a question: Gemini takes an answer's schema and tools only where both are tools."""
    budget, desk = question.meter.budget, question.desk
    calls = _Calls(question)
    agent = Agent(
        model,
        deps_type=type(None),
        output_type=NativeOutput(Answer)
        if desk.tools is None
        else [ToolOutput(Answer, name="answer"), TextOutput(_read)],
        instructions=question.instructions,
        tools=[] if desk.tools is None else [*map(calls.tool, desk.tools.of_the_model), calls.asking()],
        # What does not fit is told in words by the tool itself; the library's retries are for the answer.
        retries={"tools": 0, "output": 1},
        model_settings=ModelSettings(max_tokens=budget.answer_tokens, timeout=budget.seconds),
    )

    @agent.output_validator
    def fits(context: RunContext[None], answer: Answer) -> Answer:
        problems = edit_problems(answer.draft().edits, question.sources, question.files) if answer.fix else {}
        if problems and context.retry == 0 and question.meter.has_room():
            raise ModelRetry("Not every edit can be applied: " + "; ".join(dict.fromkeys(problems.values())))
        return answer

    return agent


def _read(text: str) -> Answer:
    """Take an answer that came as text instead of a call: asking for it again would be paid for."""
    found = _OBJECT.search(text)
    try:
        return Answer.model_validate_json(found[0] if found else text)
    except ValueError as error:
        raise ModelRetry("Call `answer` with the object that was described.") from error


@dataclass(slots=True)
class _Calls:
    """The registry's tools as the library calls them, one at a time, so that a run that is resumed reads the same."""

    question: Question
    count: int = 0

    def tool(self, tool: Tool[object]) -> LibraryTool[None]:
        async def run(**arguments: object) -> str:
            return await self._said(tool.name, arguments)

        what = "" if tool.kind is Kind.READS else " Changes nothing."
        return LibraryTool.from_schema(run, tool.name, tool.description + what, schema_of(tool), sequential=True)

    def asking(self) -> LibraryTool[None]:
        schema = {
            "type": "object",
            "properties": {"question": {"type": "string", "maxLength": _LONGEST_QUESTION}},
            "required": ["question"],
        }
        what = "Ask a maintainer what only a person can know. It may take days; at most one short question."
        return LibraryTool.from_schema(self._asked, "ask_maintainer", what, schema, sequential=True)

    async def _said(self, name: str, arguments: dict[str, object]) -> str:
        self.count += 1
        tools = self.question.desk.tools
        if self.count > _MOST_CALLS or tools is None:
            return "There are no more calls in this run: give your answer with what you know."
        said = await tools.call_by_model(name, json.dumps(arguments))
        return said.text if said.ok else f"Not done: {said.text}"

    async def _asked(self, **arguments: object) -> str:
        question = fitted(" ".join(str(arguments.get("question", "")).split())[:_LONGEST_QUESTION])
        answers = self.question.desk.answers
        if question in answers:
            return f"A maintainer answered: {fitted(answers[question])}"
        if not question or len(answers) >= _MOST_QUESTIONS:
            return "Nobody answers more questions in this run: give your answer with what you know."
        raise NeedsAnswer(question)


def _trouble(error: ModelAPIError, endpoint: Endpoint) -> str:
    """Say what is wrong and what to do; never the service's own words, which may repeat what was sent."""
    google = service_of(endpoint.model) == GOOGLE
    key = "GOOGLE_API_KEY" if google else "the key of that service"
    status = f" (HTTP {error.status_code})" if isinstance(error, ModelHTTPError) else ""
    match error:
        case ModelAuthenticationError():
            return f"the model's service refused the key{status}: check {key}"
        case ModelNotFoundError():
            where = " and GEMINI_BASE_URL" if google else ""
            return f"the model's service does not know {endpoint.model!r}{status}: check GEMINI_MODEL{where}"
        case ModelQuotaExceededError():
            return f"the quota of the key at the model's service is used up{status}"
        case ModelRateLimitError() | ModelUnavailableError() | ModelServerError():
            return f"the model's service is overloaded or failing{status}; try again later with /retry"
        case ModelHTTPError():
            return f"the model's service rejected the request{status}"
        case _:
            return "the model's service could not be reached: check GEMINI_BASE_URL and the network"
