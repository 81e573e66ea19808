"""A store of runs for tests of what runs them, and sources that say what a test put into them.

The real store is `handlers.tasks.plan_store`, tested on the database; this one holds the same calls in a dictionary,
and can end the process's way at any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.engine import Talk
from agents.plan import Clarification, PlanRun, PlanRunId, PlanRunState, StepRun
from agents.toolbox import NumberedLine
from agents.tools import ToolFailed
from analysis.edits import SourceFile
from tests.agents.requests import FILES, LOG


class Killed(BaseException):
    """What a kill is to the code that is running: nothing that it could catch."""


@dataclass
class Memory:
    """Runs by id. `kill_at` counts writes: that one is made, and then there is no more process."""

    runs: dict[PlanRunId, PlanRun] = field(default_factory=dict)
    talks: dict[PlanRunId, Talk] = field(default_factory=dict)
    answers: dict[PlanRunId, str] = field(default_factory=dict)
    kill_at: int | None = None
    writes: int = 0

    async def begin(self, run: PlanRun) -> None:
        self.runs.setdefault(run.plan_run_id, run)
        self._written()

    async def load(self, run_id: PlanRunId) -> PlanRun:
        return self.runs[run_id]

    async def save_state(self, run_id: PlanRunId, state: PlanRunState) -> None:
        self.runs[run_id] = replace(self.runs[run_id], state=state)
        self._written()

    async def complete(self, run_id: PlanRunId, answer: str) -> None:
        self.answers[run_id] = answer
        await self.save_state(run_id, PlanRunState.COMPLETE)

    async def save_step(self, run_id: PlanRunId, step: StepRun) -> None:
        self.runs[run_id] = self.runs[run_id].with_step(step)
        self._written()

    async def save_clarification(self, run_id: PlanRunId, question: Clarification) -> None:
        run = self.runs[run_id]
        others = [one for one in run.clarifications if one.clarification_id != question.clarification_id]
        self.runs[run_id] = replace(run, clarifications=(*others, question))
        self._written()

    async def talk(self, run_id: PlanRunId) -> Talk:
        return self.talks.get(run_id, Talk())

    async def save_talk(self, run_id: PlanRunId, talk: Talk) -> None:
        self.talks[run_id] = talk
        self._written()

    def _written(self) -> None:
        self.writes += 1
        if self.writes == self.kill_at:
            raise Killed


@dataclass
class Sources:
    """A run of two jobs and the little repository of `requests`."""

    asked: list[str] = field(default_factory=list)

    async def workflow_run(self) -> str:
        self.asked.append("run")
        return "CI, attempt 1: failure; failed jobs: test"

    async def log(self, job: str, first: int, last: int, words: str) -> Sequence[NumberedLine]:
        if job not in ("", "test"):
            raise ToolFailed(f"no failed job is named {job!r}; there is test")
        lines = [NumberedLine(at, text) for at, text in enumerate(LOG.splitlines(), start=1)]
        return [one for one in lines if first <= one.number <= last and words.lower() in one.text.lower()]

    async def paths(self) -> Sequence[str]:
        return [*FILES, "geometry.py"]

    async def file(self, path: str) -> SourceFile | None:
        self.asked.append(path)
        content = b"SIDES = 4\nANGLE = 90\n" + b"#\n" * 300
        return SourceFile(path, content, "1" * 40) if path == "geometry.py" else None

    async def diff(self) -> str:
        return "+    return a + b"

    async def similar_fixes(self) -> str:
        return "Nothing here mended this failure before."

    async def approval(self, fix: int) -> str:
        return f"F{fix} is proposed."


@dataclass
class Kept:
    """What the plan's own steps did."""

    answers: list[str] = field(default_factory=list)
    requests: int = 0

    async def store_analysis(self, answer: str) -> str:
        if answer not in self.answers:
            self.answers.append(answer)
        return "F1 is kept."

    async def request_approval(self) -> str:
        self.requests += 1
        return "F1 waits for approval."
