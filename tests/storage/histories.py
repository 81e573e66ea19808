"""Histories as hypothesis makes them: runs, failures and fixes of two installations, late, twice and in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from storage import analytics
from storage.database import Connection
from storage.failures import failures_of, judge_again, save_failures
from storage.fixes import TRANSITIONS, FixState, move, propose
from storage.ids import FailureId, FixId
from storage.repositories import save_repository
from storage.runs import RunRow, save_run
from tests.storage.rows import FAILURE, REPOSITORY, RUN, another_fix

TODAY = datetime(2026, 6, 3, tzinfo=UTC)
REPOSITORIES = {11: 7, 12: 7, 21: 8}
"""Each with its installation."""
_ENDS = ("success", "success", "failure", "failure", "timed_out", "startup_failure", "cancelled", "skipped")
# The edges of the windows are drawn as often as all other days together.
_AGES = st.sampled_from([0, 6, 7, 13, 14, 34, 35]) | st.integers(0, 60)
_MOMENTS = st.builds(lambda age, hour: TODAY + timedelta(hours=hour, days=-age), _AGES, st.sampled_from([0, 8, 23]))


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of an attempt, of which not everything is said each time."""

    attempt: int
    completed: bool
    dated: bool


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A failure that an attempt shows, with its verdict; twice, the verdict is judged anew."""

    attempt: int
    fingerprint: str
    category: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A fix for all failures of an attempt that are known by then."""

    attempt: int
    source: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A fix changes its state, if it may."""

    fix: int
    to: FixState
    at: datetime


@dataclass(frozen=True, slots=True)
class Folded:
    """A worker folds, on a day up to today."""

    days_ago: int


Step = Heard | Diagnosed | Proposed | Moved | Folded


@dataclass(frozen=True, slots=True)
class History:
    """The attempts that there are, and what happens, in the order in which we hear of it."""

    attempts: tuple[RunRow, ...]
    steps: tuple[Step, ...]


_RUNS = st.builds(
    lambda run, repository, **rest: replace(RUN, run_id=run, repository_id=repository, **rest),
    run=st.integers(1, 6),
    run_attempt=st.integers(1, 2),
    repository=st.sampled_from([11, 11, 11, 12, 21]),
    workflow_id=st.sampled_from([1, 1, 1, 2]),
    head_branch=st.sampled_from(["main", "main", "main", "main", "topic", None]),
    head_repository=st.sampled_from(["octo/shop", "octo/shop", "octo/shop", "octo/shop", "fork/shop", None]),
    conclusion=st.sampled_from(_ENDS),
    run_started_at=_MOMENTS,
)
_WHICH = st.integers(0, 9)
_HEARD = st.builds(
    Heard, _WHICH, st.sampled_from([True, True, True, False]), st.sampled_from([True, True, True, False])
)
_DIAGNOSED = st.builds(
    Diagnosed,
    _WHICH,
    st.sampled_from(["ruff:1", "pytest:2"]),
    st.sampled_from(["lint", "test", "of another version"]),
    st.sampled_from(analytics.VERDICTS),
)
_PROPOSED = st.builds(
    Proposed,
    _WHICH,
    st.sampled_from(["recipe:a", "engine:gemini:x", "engine:gemini:y", "memory:F12"]),
    st.integers(0, 3),
    _MOMENTS,
)
# Mostly on to where the story goes.
_STATES = st.sampled_from([s for s in FixState for _ in range(1 + len(TRANSITIONS[s]))])
_MOVED = st.builds(Moved, st.integers(0, 3), _STATES, _MOMENTS)
_FOLDED = st.builds(Folded, st.sampled_from([40, 8, 1, 0, 0]))

HISTORIES = st.builds(
    History,
    st.lists(_RUNS, min_size=4, max_size=10, unique_by=lambda run: (run.run_id, run.run_attempt)).map(tuple),
    st.lists(
        # A fix takes five moves to its end, and what is folded matters to what comes after it.
        st.one_of(_HEARD, _HEARD, _DIAGNOSED, _DIAGNOSED, _PROPOSED, _MOVED, _MOVED, _MOVED, _MOVED, _FOLDED, _FOLDED),
        min_size=30,
        max_size=60,
    ).map(tuple),
)


async def begin(connection: Connection) -> None:
    """The repositories; and events of fixes get the moment that their step says."""
    for repository_id, installation_id in REPOSITORIES.items():
        row = replace(REPOSITORY, repository_id=repository_id, installation_id=installation_id)
        await save_repository(connection, replace(row, name=f"shop-{repository_id}"))
    await connection.execute(
        "ALTER TABLE fix_events ALTER COLUMN at SET DEFAULT current_setting('test.now')::timestamptz"
    )


_COMMITTED = frozenset({FixState.APPLIED, FixState.VERIFIED, FixState.INEFFECTIVE, FixState.UNDONE})
"""What an offered fix may become at once, when its commit is first seen."""


async def play(connection: Connection, history: History) -> None:
    """Everything that happens, in its order."""
    fixes: list[FixId] = []
    for step in history.steps:
        match step:
            case Heard():
                await save_run(connection, _said(history, step))
            case Diagnosed():
                await _diagnose(connection, history, step)
            case Proposed():
                fixes += await _propose(connection, history, step)
            case Moved() if fixes:
                await _at(connection, step.at)
                sha = "d" * 40 if step.to in _COMMITTED else None
                await move(connection, fixes[step.fix % len(fixes)], to=step.to, actor="mona", commit_sha=sha)
            case Folded():
                assert await analytics.fold(connection, TODAY.date() - timedelta(days=step.days_ago))


def _attempt(history: History, which: int) -> RunRow:
    return history.attempts[which % len(history.attempts)]


def _said(history: History, step: Heard) -> RunRow:
    run = _attempt(history, step.attempt)
    run = run if step.dated else replace(run, run_started_at=None)
    return run if step.completed else replace(run, status="in_progress", conclusion=None)


async def _diagnose(connection: Connection, history: History, step: Diagnosed) -> None:
    run = await save_run(connection, _attempt(history, step.attempt))
    place = {key: getattr(run, key) for key in ("repository_id", "run_id", "run_attempt", "head_branch")}
    new = replace(FAILURE, fingerprint=step.fingerprint, category=step.category, verdict=step.verdict, **place)
    saved = await save_failures(connection, [new])
    (failure,) = [row for row in saved if row.fingerprint == step.fingerprint]
    await judge_again(connection, failure.failure_id, step.verdict, "", "[]", frozenset())


async def _propose(connection: Connection, history: History, step: Proposed) -> Sequence[FixId]:
    run = _attempt(history, step.attempt)
    failures = await failures_of(connection, run.run_id, run.run_attempt)
    if not failures:
        return ()
    await _at(connection, step.at)
    new = replace(another_fix(step.number), source=step.source, repository_id=failures[0].repository_id)
    ids: tuple[FailureId, ...] = tuple(failure.failure_id for failure in failures)
    row = await propose(connection, replace(new, run_id=run.run_id, run_attempt=run.run_attempt, failure_ids=ids))
    return (row.fix_id,)


async def _at(connection: Connection, moment: datetime) -> None:
    await connection.execute("SELECT set_config('test.now', %s, true)", (moment.isoformat(),))
