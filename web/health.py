"""How it stands with what this process needs: the database, the queue, GitHub and the model, each in a sentence.

Anybody may ask, so nothing here is of a repository, a person or a secret. What was found is kept for some seconds, and
of many who ask at once one looks: asking costs nothing, however often.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct

from github_app.errors import CiFixerError
from storage import plan_runs, queue
from storage.database import Database
from storage.errors import StorageError
from storage.migrate import missing
from storage.queue import MOST_COUNTED, QueueRow
from web.engine import EngineName

if TYPE_CHECKING:
    # Costs a third of a second that a process which only receives does not have.
    from github_app.client import GitHub

T = TypeVar("T")
Level = Literal["ok", "degraded", "down"]

_KEPT = 5.0
"""Seconds for which an answer is given again."""
_GITHUB_KEPT = 60.0
"""Seconds: the App's own calls are counted by GitHub, and probes come every few seconds."""
_PATIENCE = 2.0
"""Seconds for one part: who probes gives up soon after."""
ALIVE_SECONDS = 15.0
"""Seconds since a worker's heartbeat, which comes every three: after twelve its jobs are taken from it."""
_LATE = 600.0
"""Seconds that a job which is due may wait: longer, and people wait for a comment that should have come."""
_ANSWERS = 5
_LATELY = timedelta(days=1)
_NO_ANSWER = frozenset({"unavailable", "FAILED"})


class Part(Struct, frozen=True):
    """One thing that is needed: how it stands, and a sentence for people."""

    status: Level
    said: str


class QueuePart(Struct, frozen=True):
    """The queue; counts end at 10,000, and a job that died is kept for a week."""

    status: Level
    said: str
    waiting: int
    oldest_seconds: Annotated[float, Meta(description="How long the oldest job that is due waits")]
    dead: int
    workers: int


class ModelPart(Struct, frozen=True):
    """The engine that is set up, and how its model answered lately; nothing is asked of it for this."""

    status: Level
    said: str
    engine: str
    model: str | None


class Health(Struct, frozen=True):
    """How it stands. `degraded` where something is missing and the rest works, `down` where nothing does."""

    status: Level
    database: Part
    queue: QueuePart
    github: Part
    model: ModelPart


class Readiness(Struct, frozen=True):
    """Whether this process can do its work."""

    status: Literal["ready", "not ready"]
    said: str


@dataclass(slots=True)
class _Kept(Generic[T]):
    """What was found, for a while; of many who ask at once one looks."""

    look: Callable[[], Awaitable[T]]
    seconds: float
    clock: Callable[[], float]
    value: T | None = None
    until: float = 0.0
    turn: asyncio.Lock | None = None

    async def get(self) -> T:
        self.turn = self.turn or asyncio.Lock()
        async with self.turn:
            if self.value is None or self.clock() >= self.until:
                self.value = await self.look()
                self.until = self.clock() + self.seconds
            return self.value


class Doctor:
    """Looks after the parts. One a process; `github` is None where no App's key is set."""

    def __init__(
        self,
        database: Database,
        github: "GitHub | None",
        engine: EngineName,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._github = github
        self._engine = engine
        self._health = _Kept(self._look, _KEPT, clock)
        self._hub = _Kept(self._ask_github, _GITHUB_KEPT, clock)
        self._ready = _Kept(self._look_ready, _KEPT, clock)

    async def health(self) -> Health:
        """How it stands, as of some seconds ago at most."""
        return await self._health.get()

    async def ready(self) -> Readiness:
        """Whether the database answers and has every migration."""
        return await self._ready.get()

    async def _look(self) -> Health:
        (database, waiting, model), github = await asyncio.gather(self._ask_database(), self._hub.get())
        parts: list[Level] = [database.status, waiting.status, github.status, model.status]
        status: Level = "down" if database.status == "down" else "ok" if set(parts) == {"ok"} else "degraded"
        return Health(status, database, waiting, github, model)

    async def _ask_database(self) -> tuple[Part, QueuePart, ModelPart]:
        try:
            async with asyncio.timeout(_PATIENCE), self._database.connection() as connection:
                found = await queue.state(connection, ALIVE_SECONDS)
                outcomes = await plan_runs.last_outcomes(connection, datetime.now(UTC) - _LATELY, _ANSWERS)
        except (StorageError, TimeoutError):
            unknown = "Not known while the database does not answer."
            return (
                Part("down", "The database does not answer."),
                QueuePart("down", unknown, 0, 0.0, 0, 0),
                self._model("down", unknown),
            )
        return Part("ok", "The database answers."), _queue(found), self._judged([one for one, _ in outcomes])

    def _judged(self, outcomes: list[str]) -> ModelPart:
        if self._engine.model is None:
            if self._engine.chosen:
                return self._model("ok", "No model is asked, as the operator chose: recipes propose.")
            return self._model("degraded", "No model is set up: recipes alone propose.")
        if not outcomes:
            return self._model("ok", "It was not asked within a day.")
        failed = sum(one in _NO_ANSWER for one in outcomes)
        if failed == len(outcomes):
            return self._model("degraded", f"Of its last {len(outcomes)} requests none was answered.")
        return self._model("ok", f"Of its last {len(outcomes)} requests {len(outcomes) - failed} were answered.")

    def _model(self, status: Level, said: str) -> ModelPart:
        return ModelPart(status, said, self._engine.name, self._engine.model)

    async def _ask_github(self) -> Part:
        if self._github is None:
            return Part("degraded", "No App is set up in this process: it takes webhooks, and asks GitHub nothing.")
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._github.app()
        except (CiFixerError, TimeoutError):
            return Part("degraded", "GitHub does not answer, or does not take the App's key.")
        return Part("ok", "GitHub answers and knows the App.")

    async def _look_ready(self) -> Readiness:
        try:
            async with asyncio.timeout(_PATIENCE), self._database.connection() as connection:
                lacking = await missing(connection)
        except (StorageError, TimeoutError):
            return Readiness("not ready", "The database does not answer.")
        if lacking:
            return Readiness("not ready", f"The database lacks {len(lacking)} migrations; run: ci-fixer migrate")
        return Readiness("ready", "The database answers and has every migration.")


def _queue(found: QueueRow) -> QueuePart:
    late = found.oldest_seconds > _LATE
    waiting = f"more than {MOST_COUNTED - 1}" if found.waiting >= MOST_COUNTED else str(found.waiting)
    if not found.workers:
        said = f"No worker shows a heartbeat; {waiting} jobs wait."
    else:
        said = f"{found.workers} worker{'s' * (found.workers != 1)}; {waiting} jobs wait" + (
            f", the oldest for {found.oldest_seconds / 60:.0f} minutes." if late else "."
        )
    return QueuePart(
        "degraded" if late or not found.workers else "ok",
        said,
        found.waiting,
        round(max(0.0, found.oldest_seconds), 1),
        found.dead,
        found.workers,
    )
