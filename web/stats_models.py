"""What the API says of how the App itself does."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from web.models import RepositoryName

Micros = Annotated[int, Meta(description="Millionths of a US dollar; 0 where the model's price is not known")]


class StatsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which repositories, and since when."""

    repository: RepositoryName | None = None
    days: Annotated[int, Meta(ge=1, le=31, description="How many days back")] = 7


class AgentStatsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which repositories, and since when."""

    repository: RepositoryName | None = None
    days: Annotated[int, Meta(ge=1, le=90, description="How many days back")] = 30


class DurationStats(Struct, frozen=True):
    """Percentiles of `n` durations, the newest 10,000 at most; null where there are none."""

    n: int
    p50_seconds: float | None
    p95_seconds: float | None


class DeliveryView(Struct, frozen=True):
    """GitHub's deliveries to this instance, the newest 10,000 at most; unread ones are of no repository yet."""

    received: int
    waiting: int
    oldest_waiting_at: datetime | None
    handling: DurationStats


class JobsView(Struct, frozen=True):
    """Jobs of one task that are not done: `waiting` may begin, `later` has its time to come."""

    task: str
    waiting: int
    later: int
    running: int


class AnalysesView(Struct, frozen=True):
    """Analyses that began, and how long they took until the diagnosis."""

    begun: int
    diagnosing: DurationStats


class Stats(Struct, frozen=True):
    """How the App does. Jobs and analyses are of the repositories that one may read."""

    since: datetime
    deliveries: DeliveryView
    jobs: list[JobsView]
    analyses: AnalysesView


class EngineStats(Struct, frozen=True):
    """What one engine's model was asked and what it cost; durations hold the time that people took to answer."""

    engine: str
    model: str
    runs: int
    complete: int
    failed: int
    waiting: Annotated[int, Meta(description="For a person's answer")]
    running: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_micros: Micros
    questions_asked: int
    questions_answered: int
    durations: DurationStats


class EngineOutcomes(Struct, frozen=True):
    """What became of the fixes that an engine wrote, whatever its model, as of their newest decisive event."""

    engine: str
    proposed: int
    approved: int
    verified: int
    ineffective: int
    rejected: int
    undone: int


class AgentStats(Struct, frozen=True):
    """The agent's plans of a window: by engine and model, and what became of the fixes."""

    since: datetime
    engines: list[EngineStats]
    outcomes: list[EngineOutcomes]
    cost_micros: Micros
