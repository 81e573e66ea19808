"""Any permutation, duplication or delay of recorded webhooks ends in one database state and one comment."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage.deliveries import delivery_writer
from tests.database import created
from tests.handlers.house import GREEN, RED, WORKFLOW, House, house, workflow
from tests.handlers.traces.queue import Queue
from tests.handlers.traces.recording import Event, recorded, stand_still
from tests.handlers.traces.replay import Replay, natural, orders
from tests.handlers.traces.state import State, differences, state_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
ORDERS = int(os.environ.get("CI_FIXER_SOAK", "8"))
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


async def settle(home: House) -> None:
    queue = Queue(home.services)
    while True:
        await home.sandbox.idle()
        if not await queue.work():
            return


async def pull_requests_and_a_base_that_breaks(home: House) -> None:
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


@dataclass(frozen=True, slots=True)
class Recorded:
    replay: Replay
    events: tuple[Event, ...]
    live: State
    home: House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pulls(
    postgres_server: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recorded]:
    folder = tmp_path_factory.mktemp("pulls")
    with created(postgres_server, "traces", migrated_template) as url:
        async with house(url, folder, working=False) as home, delivery_writer(url) as writer:
            await pull_requests_and_a_base_that_breaks(home)
            events, live = recorded(home), await state_of(home)
            snapshot = await stand_still(home)
            yield Recorded(Replay(home, writer, snapshot), events, live, home)


@settings(max_examples=ORDERS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
async def test_every_order_of_a_pull_requests_webhooks_ends_alike(pulls: Recorded, data: st.DataObject) -> None:
    order = data.draw(orders(pulls.events), label="order")
    found = await pulls.replay.run(order)
    wanted = await pulls.replay.run(natural(pulls.events))
    assert differences(wanted, found) == ""
