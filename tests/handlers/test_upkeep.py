"""What never arrived is asked for again; what did, is not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from github_app.model import DeliveryGuid, HookDelivery
from handlers.upkeep import MOST_TRIES, ask_again, missed
from tests.handlers.house import House, house

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TRY = HookDelivery(1, DeliveryGuid("a"), "workflow_run", "completed", NOW, arrived=False)


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        await opened.settle()
        yield opened


async def test_a_run_that_failed_while_nobody_listened_is_diagnosed_after_the_sweep(home: House) -> None:
    await home.sandbox.set_webhook(home.app, "http://127.0.0.1:9/nobody")
    number = await home.red_pull_request()
    assert home.our_comments(number) == []
    await home.sandbox.set_webhook(home.app, home.webhook)
    asked = await ask_again(home.services)
    await home.settle()
    assert "workflow_run" in {one.event for one in asked}
    assert "`/approve F1`" in home.our_comments(number)[0]
    assert await ask_again(home.services) == ()


async def test_what_was_stored_though_github_did_not_hear_so_is_not_asked_for(home: House) -> None:
    (guid,) = {one.guid for one in home.sandbox.deliveries("installation")}
    for one in home.sandbox.deliveries("installation"):
        one.status = "timed out"
    assert guid not in {one.guid for one in await ask_again(home.services)}


async def test_the_log_is_read_page_by_page_and_no_further_than_asked(home: House) -> None:
    for _ in range(120):
        await home.sandbox.redeliver(home.sandbox.deliveries("installation")[0].id)
    await home.settle()
    every = await home.services.github.deliveries(datetime.now(UTC) - timedelta(hours=1))
    assert len(every) == len(home.sandbox.deliveries())
    assert len({one.delivery_id for one in every}) == len(every)
    assert await home.services.github.deliveries(datetime.now(UTC) + timedelta(hours=1)) == ()


def test_one_that_arrived_at_last_is_not_missed() -> None:
    assert missed([TRY, replace(TRY, delivery_id=2, arrived=True)]) == ()


def test_of_several_tries_the_last_is_sent_again_and_the_oldest_event_first() -> None:
    later = replace(TRY, delivery_id=2, delivered_at=NOW + timedelta(minutes=1))
    older = replace(TRY, delivery_id=3, guid=DeliveryGuid("b"), delivered_at=NOW - timedelta(minutes=1))
    assert missed([later, TRY, older]) == (older, later)


def test_what_fails_each_time_is_left() -> None:
    assert missed([replace(TRY, delivery_id=at) for at in range(MOST_TRIES)]) == ()
    assert missed([replace(TRY, delivery_id=at) for at in range(MOST_TRIES - 1)]) != ()
