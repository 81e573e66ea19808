"""The recorded webhooks given in any order, some again, some late, to an App that has seen nothing yet."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from github_app.worker import Pace, run_worker
from handlers.registry import tasks
from storage.deliveries import DeliveryWriter
from tests.handlers.house import House
from tests.handlers.traces.queue import Queue
from tests.handlers.traces.recording import Event, Snapshot
from tests.handlers.traces.state import State, state_of

_MOST_AGAIN = 8
_MOST_PAUSES = 6
_EMPTIED = """
SET session_replication_role = replica;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
               WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(one.sequencename::regclass, 1, false);
    END LOOP;
END $$;
SET session_replication_role = DEFAULT;
"""
"""Triggers and foreign keys would refuse it. Deleting a few rows is ten times as fast as TRUNCATE."""


@dataclass(frozen=True, slots=True)
class Step:
    """Give an event; once more (`again`: its job runs twice), if it was given before. None: let all work end."""

    place: int | None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Which events come when. `chance` picks the next of the jobs that could run; 0 takes the oldest."""

    steps: tuple[Step, ...]
    chance: int
    events: Sequence[Event]

    def __repr__(self) -> str:
        """The order in words, for whoever reads a counterexample."""
        lines = [self._said(step) for step in self.steps]
        return "\n".join([f"jobs chosen by {self.chance}:", *lines])

    def _said(self, step: Step) -> str:
        if step.place is None:
            return "  -- all work ends"
        return f"  {step.place:2} {'again: ' if step.again else ''}{self.events[step.place].words}"


def natural(events: Sequence[Event]) -> Order:
    """As GitHub sent them, each worked off before the next."""
    steps = [step for place in range(len(events)) for step in (Step(place), Step(None))]
    return Order(tuple(steps), 0, events)


def orders(events: Sequence[Event]) -> SearchStrategy[Order]:
    """Every order, duplication and delay within the bounds of cause and effect."""
    count = len(events)

    @st.composite
    def drawn(draw: DrawFn) -> Order:
        wanted = draw(st.permutations(range(count)))
        again = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count)), max_size=_MOST_AGAIN))
        pauses = draw(st.lists(st.integers(0, count), max_size=_MOST_PAUSES))
        return Order(_steps(events, wanted, again, frozenset(pauses)), draw(st.integers(0, 9)), events)

    return drawn()


def _steps(
    events: Sequence[Event], wanted: Sequence[int], again: Sequence[tuple[int, int]], pauses: frozenset[int]
) -> tuple[Step, ...]:
    """The wanted order, in which no effect comes before the work of its cause has ended."""
    left, steps, given = list(wanted), list[Step](), set[int]()
    while left:
        # The first of the wanted order whose causes have been given; causes come before effects, so there is one.
        place = next(one for one in left if events[one].after <= given)
        left.remove(place)
        if events[place].after or len(given) in pauses:
            steps.append(Step(None))
        steps += [Step(place)]
        given.add(place)
        steps += [Step(one, again=True) for one, when in again if when == len(given) and one in given]
    return tuple(steps)


class Replay:
    """One open house, its database and its GitHub brought back to the beginning before each order."""

    def __init__(self, home: House, url: str, writer: DeliveryWriter, snapshot: Snapshot) -> None:
        self._home = home
        self._url = url
        self._writer = writer
        self._snapshot = snapshot
        self._queue = Queue(home.services)

    async def run(self, order: Order, *, workers: bool = False) -> State:
        """Give all events in that order, let all work end, and tell the state; with `workers`, by four at a time."""
        await self._begin_anew()
        choice = random.Random(order.chance) if order.chance else None
        for step in order.steps:
            if step.place is None:
                await self._queue.work(choice)
            else:
                await self._give(order.events[step.place], again=step.again)
        if workers:
            await self._work_off()
        await self._queue.work(choice)
        return await state_of(self._home, self._queue.given_up)

    async def _work_off(self) -> None:
        """By a real worker, which runs what no lock holds back at the same time."""
        stop = asyncio.Event()
        working = asyncio.ensure_future(
            run_worker(self._url, tasks(self._home.services), stop, pace=Pace(poll=0.05, grace=5.0))
        )
        try:
            await self._home.settle()
        finally:
            stop.set()
            await working

    async def _begin_anew(self) -> None:
        self._snapshot.restore(self._home)
        self._queue.given_up.clear()
        async with self._home.database.connection() as connection:
            await connection.execute(_EMPTIED)

    async def _give(self, event: Event, *, again: bool) -> None:
        """As the receiver does; a duplicate is stopped there, so `again` also has its job run twice."""
        await self._writer.write(event.incoming)
        if again:
            async with self._home.database.connection() as connection:
                await connection.execute(
                    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('deliveries', 'deliver', 0, NULL, NULL, "
                    "jsonb_build_object('guid', %s::text), NULL)::procrastinate_job_to_defer_v1])",
                    (event.guid,),
                )
