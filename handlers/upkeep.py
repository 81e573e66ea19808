"""What a worker looks after beside its jobs: deliveries that never arrived, what nobody needs any more, models that
never answered, counts that wait to be added up, messages to be hashed, and what predicts the success of fixes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from github_app.client import REPORT
from github_app.model import HookDelivery, RunId
from github_app.worker import Periodic
from handlers.services import Services, repository_of
from handlers.tasks.proposing import LOOKING
from handlers.tasks.publishing import publish
from handlers.tasks.similar import liken
from handlers.tasks.training import train_models
from storage import analyses, analytics, deliveries, idempotency, live_events, plan_runs

REDELIVERABLE = timedelta(days=3)
"""GitHub sends nothing again that is older (github-facts 3)."""
KEPT = timedelta(days=14)
"""For looking at; longer than GitHub redelivers, or a guid that is gone would be new again."""
MOST_AT_ONCE = 50
"""Deliveries asked for in one sweep: after a long silence GitHub would else send thousands within a minute."""
LONGEST_PLAN = timedelta(hours=1)
"""A job is tried eight times within some ten minutes; a plan that nobody went on with for an hour is dead."""
UNANSWERED = "No fix: the model gave no answer; `/retry` asks it again."
MOST_TRIES = 5
"""Of one delivery: what fails each time fails for a reason that sending it again does not mend."""


def upkeep(services: Services) -> tuple[Periodic, ...]:
    """All of it, as a worker repeats it."""

    async def sweep() -> None:
        await ask_again(services)

    async def purge() -> None:
        async with services.database.connection() as connection:
            await deliveries.purge(connection, datetime.now(UTC) - KEPT)
            await idempotency.purge(connection, datetime.now(UTC) - idempotency.KEPT)
            await live_events.purge(connection, datetime.now(UTC) - live_events.KEPT)

    async def unanswered() -> None:
        await show_without_answer(services)

    async def hashes() -> None:
        await liken(services.database)

    async def count() -> None:
        async with services.database.connection() as connection:
            await analytics.fold(connection)

    async def learned() -> None:
        await train_models(services)

    return (
        Periodic("counts and patterns", timedelta(minutes=1), count),
        Periodic("messages without hashes", timedelta(minutes=10), hashes),
        Periodic("what predicts", timedelta(hours=1), learned),
        Periodic("models that never answered", timedelta(minutes=10), unanswered),
        Periodic("missed deliveries", timedelta(minutes=10), sweep),
        Periodic("what is old", timedelta(hours=1), purge),
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


async def show_without_answer(services: Services, now: datetime | None = None) -> int:
    """Show what was diagnosed where the job that asked the model died each time; gives how many there were.

    Until then the check run is in progress, and the comment not written.
    """
    before = (now or datetime.now(UTC)) - LONGEST_PLAN
    async with services.database.connection() as connection:
        left = await plan_runs.under_way_since(connection, before, LOOKING, MOST_AT_ONCE)
    for repository_id, run_id, run_attempt in left:
        async with services.database.connection() as connection:
            repository = await repository_of(connection, repository_id)
            await analyses.update(connection, run_id, run_attempt, note=UNANSWERED)
        async with services.github.installation(repository, REPORT) as installation:
            await publish(services, installation, repository, RunId(run_id), run_attempt)
    return len(left)


def missed(tried: Sequence[HookDelivery]) -> tuple[HookDelivery, ...]:
    """One try of each event that never arrived, the oldest event first."""
    by_guid: dict[str, list[HookDelivery]] = {}
    for one in sorted(tried, key=lambda one: one.delivered_at):
        by_guid.setdefault(one.guid, []).append(one)
    return tuple(
        tries[-1] for tries in by_guid.values() if len(tries) < MOST_TRIES and not any(one.arrived for one in tries)
    )
