"""Any permutation, duplication or delay of recorded webhooks ends in one database state and one comment.

What is not free, because it could not be in the world: an event that is a consequence of what the App did comes after
the App had done it. That is a command on a fix or a click, after the run and the pull request where the fix was shown.
An event that came once may come again at any later time.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.deliveries import delivery_writer
from tests.database import created
from tests.handlers.house import GREEN, RED, WORKFLOW, House, house, workflow
from tests.handlers.traces.queue import Queue
from tests.handlers.traces.recording import Event, recorded, stand_still
from tests.handlers.traces.replay import Order, Replay, Step, natural, orders
from tests.handlers.traces.state import State, differences, state_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOAK = int(os.environ.get("CI_FIXER_SOAK", "0"))
"""Orders of each trace in a soak; `make test` tries a few, the same ones each time."""
SEARCH = settings(
    max_examples=SOAK or 3,
    derandomize=not SOAK,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SECOND = b"""\
name: Check
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python check.py
"""

FIRST = "completed CI 1 swap failure"
STATES = "SELECT string_agg(state, ',' ORDER BY run_id, run_attempt) FROM suggested_fixes"
REACHED = "SELECT string_agg(name || ' ' || (removed_at IS NULL), ', ' ORDER BY name) FROM repositories"

Consequences = Sequence[tuple[str, str]]
History = Callable[[House], Awaitable[Consequences]]
Record = Callable[[History], Awaitable["Recorded"]]


async def settle(home: House) -> None:
    queue = Queue(home.services)
    while True:
        await home.sandbox.idle()
        if not await queue.work():
            return


async def a_base_that_breaks(home: House) -> Consequences:
    """Two heads of a pull request, two workflows, a second attempt, a base that breaks between, and a fork's."""
    box, here = home.sandbox, home.repository
    await settle(home)
    failing = {"area.py": RED, ".github/workflows/check.yml": SECOND, "check.py": b"assert 6 * 7 == 41\n"}
    await box.push(here, "swap", failing, "Swap imports", "mona")
    await box.open_pull_request(here, "mona", "swap", "main", "Swap imports")
    await settle(home)
    first = next(run for run in box.runs(here) if run.head_branch == "swap" and run.workflow.name == "CI")
    await box.rerun(here, first.id, "mona")
    await settle(home)
    await box.push(here, "main", {"area.py": RED}, "Break main", "octo")
    await settle(home)
    await box.push(here, "swap", {"check.py": b"assert 6 * 7 == 42\n"}, "Check right", "mona")
    await settle(home)
    await box.push(here, "main", {"area.py": GREEN}, "Mend main", "octo")
    await settle(home)
    fork = await box.fork(here, "stranger")
    await box.push(fork, "swap", {"area.py": RED, WORKFLOW: workflow("pull_request")}, "Swap too", "stranger")
    await box.open_pull_request(here, "stranger", "stranger:swap", "main", "Swap too")
    await settle(home)
    return ()


async def decisions(home: House) -> Consequences:
    """A fix that a stranger may not approve, a click, its rejection, help in an edited comment.

    No approval: the commit that it makes moves GitHub, which stands still here at the end of the history.
    """
    box, here = home.sandbox, home.repository
    await settle(home)
    await box.push(here, "swap", {"area.py": RED}, "Swap imports", "mona")
    number = await box.open_pull_request(here, "mona", "swap", "main", "Swap imports")
    await settle(home)
    await box.comment(here, number, "stranger", "/approve F1 please")
    await settle(home)
    check = box.check_runs(here, home.app)[-1]
    await box.click(here, check.id, "analyze_again", "mona")
    await settle(home)
    await box.comment(here, number, "mona", "/reject F1 we keep os")
    spoken = await box.comment(here, number, "mona", "Thanks.")
    await settle(home)
    await box.edit_comment(here, spoken, "mona", "Thanks.\n\n/fixer help")
    await settle(home)
    shown = ("/approve F1", "/reject F1", "requested_action")
    return [(word, cause) for word in shown for cause in (FIRST, "pull_request opened")]


async def comings_and_goings(home: House) -> Consequences:
    """A repository taken away and given back, another one added and taken away, with late events of both."""
    box, here = home.sandbox, home.repository
    await settle(home)
    (installed,) = box.world.state.installations
    other = await box.create_repository("octo", "old", {"area.py": GREEN, WORKFLOW: workflow("push")})
    await box.add_repositories(installed, [other])
    await box.push(other, "main", {"README.md": b"Old.\n"}, "Say what it is", "octo")
    await settle(home)
    await box.remove_repositories(installed, [here, other])
    await settle(home)
    await box.add_repositories(installed, [here])
    await box.push(here, "main", {"README.md": b"Areas again.\n"}, "Say it again", "octo")
    await settle(home)
    return ()


async def an_uninstallation(home: House) -> Consequences:
    """The App is taken away altogether, and what was on its way comes after."""
    await settle(home)
    (installed,) = home.sandbox.world.state.installations
    await home.sandbox.uninstall(installed)
    await settle(home)
    return ()


HISTORIES: tuple[History, ...] = (a_base_that_breaks, comings_and_goings, decisions, an_uninstallation)
"""`make test` takes the first two: each is seconds of real CI."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A history, its webhooks, and the state that its own order ended in, live and given again."""

    home: House
    replay: Replay
    events: tuple[Event, ...]
    live: State
    wanted: State

    async def differences(self, order: Order) -> str:
        """How another order ends otherwise than the natural one."""
        return differences(self.wanted, await self.replay.run(order))

    def place(self, words: str, nth: int = 0) -> int:
        """The event of which all the words are told; of several the nth."""
        found = [at for at, one in enumerate(self.events) if set(words.split()) <= set(one.words.split())]
        return found[nth]

    async def give(self, *places: int) -> None:
        """Give some events, each worked off before the next."""
        steps = [step for place in places for step in (Step(place), Step(None))]
        await self.replay.run(Order(tuple(steps), 0, self.events))


@asynccontextmanager
async def recording(url: str, folder: Path, history: History) -> AsyncIterator[Recorded]:
    async with house(url, folder, working=False) as home, delivery_writer(url) as writer:
        consequences = await history(home)
        events, live = recorded(home, consequences), await state_of(home)
        replay = Replay(home, url, writer, await stand_still(home))
        yield Recorded(home, replay, events, live, await replay.run(natural(events)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def record(
    postgres_server: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Record]:
    """Records a history when it is first asked for, and keeps it open to the end of this file."""
    async with AsyncExitStack() as open_ones:
        known: dict[History, Recorded] = {}

        async def recorded_once(history: History) -> Recorded:
            if history not in known:
                url = open_ones.enter_context(created(postgres_server, f"trace_{len(known)}", migrated_template))
                folder = tmp_path_factory.mktemp("trace")
                known[history] = await open_ones.enter_async_context(recording(url, folder, history))
            return known[history]

        yield recorded_once


@pytest.mark.parametrize("history", HISTORIES if SOAK else HISTORIES[:2])
@SEARCH
@given(data=st.data())
async def test_every_order_of_a_historys_webhooks_ends_alike(
    record: Record, history: History, data: st.DataObject
) -> None:
    trace = await record(history)
    assert await trace.differences(data.draw(orders(trace.events))) == ""


@pytest.mark.parametrize("history", HISTORIES if SOAK else HISTORIES[:2])
async def test_what_came_as_it_happened_ends_as_what_is_given_again_later(record: Record, history: History) -> None:
    trace = await record(history)
    # Of a job's check runs only the first are given again.
    live = {name: rows for name, rows in trace.live.items() if name != "deliveries"}
    again = {name: rows for name, rows in trace.wanted.items() if name != "deliveries"}
    assert differences(live, again) == ""


async def test_each_pull_request_has_one_comment_and_each_commit_one_check_run(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    comments = [dict(row)["number"] for row in trace.wanted["shown comments"]]
    checks = [dict(row)["external_id"] for row in trace.wanted["shown check runs"]]
    assert comments == sorted({str(number) for number in trace.home.sandbox.find(trace.home.repository).pulls})
    assert (len(checks), len(set(checks))) == (4, 4)


async def test_a_webhook_that_is_left_out_is_told_apart(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    left_out = Step(trace.place(FIRST, 2))
    steps = tuple(step for step in natural(trace.events).steps if step != left_out)
    assert "shown comments, missing" in await trace.differences(Order(steps, 0, trace.events))


async def test_a_fix_for_a_head_that_was_left_before_it_was_diagnosed_is_superseded(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    await trace.give(trace.place("opened 1"), trace.place("synchronize"), trace.place(FIRST))
    assert await trace.home.value(STATES) == "superseded"
    reason = await trace.home.value("SELECT reason FROM fix_events WHERE to_state = 'superseded'")
    head = trace.home.sandbox.pull_request(trace.home.repository, 1).head_sha
    assert reason == f"the branch moved on to {head[:7]}."


async def test_a_push_that_is_heard_of_late_closes_nothing_of_the_head_that_it_made(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    await trace.give(trace.place(FIRST, 1), trace.place(FIRST), trace.place("synchronize"))
    assert await trace.home.value(STATES) == "superseded,proposed"


async def test_the_comment_speaks_of_the_newest_head_when_an_older_one_is_diagnosed_after_it(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    await trace.give(trace.place("opened 1"), trace.place(FIRST, 1), trace.place(FIRST))
    (comment,) = trace.home.our_comments(1)
    head = trace.home.sandbox.pull_request(trace.home.repository, 1).head_sha
    assert head[:7] in comment
    assert await trace.home.value("SELECT count(DISTINCT comment_id) FROM analyses") == 1


async def test_a_failure_that_was_diagnosed_before_its_pull_request_was_heard_of_is_shown_there(
    record: Record,
) -> None:
    trace = await record(a_base_that_breaks)
    await trace.give(trace.place(FIRST))
    assert trace.home.our_comments(1) == []
    await trace.give(trace.place(FIRST), trace.place("opened 1"))
    assert len(trace.home.our_comments(1)) == 1
    assert await trace.home.value("SELECT pull_request_number FROM analyses") == 1


async def test_a_run_of_the_base_that_is_heard_of_late_turns_the_verdict(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    verdict = "SELECT verdict FROM workflow_failures WHERE head_branch = 'swap'"
    await trace.give(trace.place(FIRST, 1), trace.place("completed CI 1 main success"))
    assert await trace.home.value(verdict) == "yours"
    await trace.give(
        trace.place(FIRST, 1), trace.place("completed CI 1 main success"), trace.place("completed CI 1 main failure")
    )
    assert await trace.home.value(verdict) == "base"


async def test_a_repository_that_was_taken_away_is_not_brought_back_by_an_event_that_was_on_its_way(
    record: Record,
) -> None:
    trace = await record(comings_and_goings)
    late = [at for at, one in enumerate(trace.events) if "completed CI" in one.words][1]
    await trace.give(trace.place("installation_repositories removed"), late)
    assert await trace.home.value(REACHED) == "geo true, old false"


async def test_a_repository_that_was_given_back_is_kept_when_its_removal_is_heard_of_last(record: Record) -> None:
    trace = await record(comings_and_goings)
    added, removed = trace.place("installation_repositories added", 1), trace.place("installation_repositories removed")
    await trace.give(added, removed)
    assert await trace.home.value(REACHED) == "geo true, old false"


async def test_real_workers_end_where_one_job_at_a_time_ends(record: Record) -> None:
    trace = await record(a_base_that_breaks)
    backwards = [step for at in reversed(range(len(trace.events))) for step in (Step(at),)]
    order = Order(tuple(backwards), 0, trace.events)
    assert differences(trace.wanted, await trace.replay.run(order, workers=True)) == ""
