"""`propose`: the engine's plan for a failed attempt, begun, gone on with after a crash or an answer, and shown.

An equal request takes the answer that another one was given, and a spent budget of the day is an answer too: the steps
of the plan are the same in all three.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from agents.engine import FixAnswer, FixRequest, Inputs, Outcome
from agents.examples import MOST_EXAMPLES
from agents.plan import STORE, PlanRun, PlanRunId
from agents.prompt import VERSION
from agents.question import TOOLS_VERSION
from agents.runner import Desk, go_on
from agents.toolbox import toolbox
from analysis.diagnosis import Diagnosis
from analysis.patch import PatchError, apply_edits
from github_app.client import REPORT, Installation
from github_app.model import Repository, RunId, Sha
from handlers.services import Services, repository_of
from handlers.tasks.configuration import allowed_for, configured
from handlers.tasks.feedback import past_fixes
from handlers.tasks.leaving import close_if_left
from handlers.tasks.plan_sources import PlanActs, PlanReads
from handlers.tasks.plan_store import Asked, PlanStore
from handlers.tasks.publishing import publish
from handlers.tasks.reading import diagnosis_of
from handlers.tasks.similar import example_of, similar_to
from handlers.tasks.tidy import withdraw
from storage import analyses, failures, plan_runs
from storage.failures import FailureRow
from storage.plan_runs import PlanRunRow

_MOST_FILES = 20
"""Files shown to an engine before it asks for any: those the tools named."""
_SHARED = frozenset({Outcome.FIX, Outcome.NO_FIX})
"""Outcomes that an equal request shares; a service that was down may be up by now."""


async def propose(services: Services, repository_id: int, run_id: int, run_attempt: int, plan_run_id: str) -> None:
    """Task: run a plan to its end or to a question. Twice is once: it goes on with what was saved."""
    async with services.database.connection() as connection:
        repository = await repository_of(connection, repository_id)
        found = await failures.failures_of(connection, run_id, run_attempt)
        row = await plan_runs.plan_run(connection, plan_run_id)
    if not found or row is None or row.repository_id != repository_id:
        return
    async with services.github.installation(repository, REPORT) as installation:
        services, _ = await configured(services, installation, repository)
        run = await _run(services, installation, repository, found, row)
        async with services.database.connection() as connection:
            newest = await plan_runs.newest_of_attempt(connection, run_id, run_attempt)
            if newest is not None and newest.plan_run_id == plan_run_id:
                shown = await analyses.update(connection, run_id, run_attempt, note=note_of(run))
                number = None if shown is None else shown.pull_request_number
                if number is not None and (await installation.pull_request(number)).state == "closed":
                    # Closed while the model thought: its answer comes too late to be offered.
                    await withdraw(connection, repository_id, number, merged=False)
        await close_if_left(services, run_id, run_attempt)
        await publish(services, installation, repository, RunId(run_id), run_attempt)


def note_of(run: PlanRun) -> str:
    """What the report says of a run beside its fix: why there is none, or what is asked; "" where a fix speaks.

    It is text: whoever shows it sees to it that nothing in it is live.
    """
    if run.open_clarifications:
        question = run.open_clarifications[0]
        short = question.clarification_id[:13]
        return (
            f"The model asks before it proposes a fix: {question.question} Answer with `/answer {short} …` "
            "(write access)."
        )
    said = run.output(STORE) or ""
    return said if said.startswith("No fix") else ""


async def _run(
    services: Services,
    installation: Installation,
    repository: Repository,
    found: Sequence[FailureRow],
    row: PlanRunRow,
) -> PlanRun:
    request = await _request(services, installation, repository, found, row.hint)
    key = request_key(services, request)
    asked = Asked(row.repository_id, row.run_id, row.run_attempt, row.asked_again, row.hint)
    tools = toolbox(
        request,
        PlanReads(services, installation, repository, found),
        PlanActs(services, installation, found),
    )
    store = PlanStore(services.database, asked, services.engine.describe(), key)
    work = _Work(services, installation, row, Inputs(request, tools, store), key)
    # Of equal requests at one time the second waits for the first one's answer.
    async with services.database.advisory(f"ask:{row.repository_id}:{key}"):
        return await work.go_on()


async def _request(
    services: Services,
    installation: Installation,
    repository: Repository,
    found: Sequence[FailureRow],
    hint: str | None,
) -> FixRequest:
    diagnoses = tuple(diagnosis_of(one.diagnosis_json) for one in found)
    head = Sha(found[0].head_sha)
    files = await installation.files(_named(diagnoses), head)
    allowed = await allowed_for(services, repository.repository_id)
    async with services.database.connection() as connection:
        alike = await similar_to(connection, repository, found, MOST_EXAMPLES)
    examples = tuple(map(example_of, alike))
    past = await past_fixes(services, found)
    return FixRequest(diagnoses, files, repository.full_name, head, hint, allowed, examples, past)


def _named(diagnoses: Sequence[Diagnosis]) -> list[str]:
    paths = dict.fromkeys(location.path for diagnosis in diagnoses for location in diagnosis.locations)
    return list(paths)[:_MOST_FILES]


def request_key(services: Services, request: FixRequest) -> str:
    """A hash of what a model is asked: who, by which instructions, about which failures and files, told of what."""
    engine = services.engine.describe()
    asked = (
        [engine.name, engine.model, VERSION, TOOLS_VERSION, request.hint or ""],
        sorted(diagnosis.fingerprint for diagnosis in request.diagnoses),
        sorted((path, file.blob_sha) for path, file in request.files.items()),
        request.allowed,
        [(example.name, example.verified) for example in request.examples],
        request.past,
    )
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


@dataclass(frozen=True, slots=True)
class _Work:
    services: Services
    installation: Installation
    row: PlanRunRow
    inputs: Inputs
    key: str

    async def go_on(self) -> PlanRun:
        run_id = PlanRunId(self.row.plan_run_id)
        # A run that has paid for something goes on with that, whatever others were told since.
        given = None if self.row.requests else await self._answer_without_asking()
        if given is None:
            return await self.services.engine.resume(run_id, self.inputs)

        async def think(_: FixRequest, __: Desk) -> FixAnswer:
            return given

        return await go_on(run_id, self.inputs, think)

    async def _answer_without_asking(self) -> FixAnswer | None:
        shared = None if self.row.asked_again else await self._shared()
        if shared is not None:
            return shared
        spent = await over_budget(self.services, self.row.repository_id)
        return None if spent is None else FixAnswer(Outcome.UNAVAILABLE, reason=spent)

    async def _shared(self) -> FixAnswer | None:
        """The answer to an equal request, if its edits apply here too; it costs nothing."""
        async with self.services.database.connection() as connection:
            before = await plan_runs.answered_before(connection, self.row.repository_id, self.key)
        if before is None or before.answer_json is None:
            return None
        answer = msgspec.json.decode(before.answer_json, type=FixAnswer)
        if answer.outcome not in _SHARED:
            return None
        paths = {edit.path for edit in answer.edits if edit.search}
        files = await self.installation.files(paths, Sha(self.inputs.request.head_sha))
        try:
            apply_edits(files, answer.edits)
        except PatchError:
            return None
        return answer


async def over_budget(services: Services, repository_id: int) -> str | None:
    """Which budget of this day (UTC) is spent, in words for the report; None while there is room."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    daily = services.daily
    async with services.database.connection() as connection:
        here = await plan_runs.spent(connection, today, repository_id)
        everywhere = await plan_runs.spent(connection, today)
    if (
        here.runs >= daily.repository_runs
        or here.tokens >= daily.repository_tokens
        or here.cost_micros >= daily.repository_cost_micros
    ):
        return "this repository's budget for the model is spent for today; try again tomorrow with /retry"
    if everywhere.tokens >= daily.tokens or everywhere.cost_micros >= daily.cost_micros:
        return "the budget for the model is spent for today; try again tomorrow with /retry"
    return None
