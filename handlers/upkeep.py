"""What a worker looks after beside its jobs: deliveries that never arrived, and old ones that nobody needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from github_app.model import HookDelivery
from github_app.worker import Periodic
from handlers.services import Services
from storage import deliveries

REDELIVERABLE = timedelta(days=3)
"""GitHub sends nothing again that is older (github-facts 3)."""
KEPT = timedelta(days=14)
"""For looking at; longer than GitHub redelivers, or a guid that is gone would be new again."""
MOST_AT_ONCE = 50
"""Deliveries asked for in one sweep: after a long silence GitHub would else send thousands within a minute."""
MOST_TRIES = 5
"""Of one delivery: what fails each time fails for a reason that sending it again does not mend."""


def upkeep(services: Services) -> tuple[Periodic, ...]:
    """Both, as a worker repeats them."""

    async def sweep() -> None:
        await ask_again(services)

    async def purge() -> None:
        async with services.database.connection() as connection:
            await deliveries.purge(connection, datetime.now(UTC) - KEPT)

    return (
        Periodic("missed deliveries", timedelta(minutes=10), sweep),
        Periodic("old deliveries", timedelta(hours=1), purge),
    )


async def ask_again(services: Services) -> tuple[HookDelivery, ...]:
    """Have GitHub send again what it could not deliver; gives what was asked for. Twice is harmless: guids are kept.

    GitHub never does this by itself (github-facts 2).
    """
    tried = await services.github.deliveries(datetime.now(UTC) - REDELIVERABLE)
    candidates = missed(tried)
    async with services.database.connection() as connection:
        # Answered too late for GitHub, and stored all the same.
        stored = await deliveries.stored(connection, [one.guid for one in candidates])
    asked = tuple(one for one in candidates if one.guid not in stored)[:MOST_AT_ONCE]
    for one in asked:
        await services.github.redeliver(one.delivery_id)
    return asked


def missed(tried: Sequence[HookDelivery]) -> tuple[HookDelivery, ...]:
    """One try of each event that never arrived, the oldest event first."""
    by_guid: dict[str, list[HookDelivery]] = {}
    for one in sorted(tried, key=lambda one: one.delivered_at):
        by_guid.setdefault(one.guid, []).append(one)
    return tuple(
        tries[-1] for tries in by_guid.values() if len(tries) < MOST_TRIES and not any(one.arrived for one in tries)
    )
