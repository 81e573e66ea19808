"""Making the models that predict, an installation each, when enough has come out that the last one has not seen."""

import asyncio

import msgspec

from handlers.services import Services
from learning.training import due, train
from storage import outcomes, prediction_models
from storage.outcomes import MOST_OUTCOMES


async def train_models(services: Services) -> tuple[int, ...]:
    """Make the models that are due; gives the installations that got one. Twice at once is harmless.

    One installation after the other: training is a worker's least urgent work.
    """
    async with services.database.connection() as connection:
        grown = await prediction_models.grown(connection, MOST_OUTCOMES)
    return tuple(
        [
            one.installation_id
            for one in grown
            if due(one.outcomes, one.new) and await _train(services, one.installation_id)
        ]
    )


async def _train(services: Services, installation_id: int) -> bool:
    """False where there is not enough to make a model from."""
    async with services.database.connection() as connection:
        known = await outcomes.outcomes_of(connection, installation_id)
    trained = await asyncio.to_thread(train, known)
    if trained is None:
        return False
    async with services.database.transaction() as connection:
        await prediction_models.save_model(
            connection,
            installation_id,
            trained.outcomes,
            trained.through_event,
            msgspec.json.encode(trained.model).decode(),
            msgspec.json.encode(trained.evaluation).decode(),
        )
    return True
