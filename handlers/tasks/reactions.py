"""Thumbs on the App's comment, heard when it is about to be written again: GitHub sends no event of them.

A fix that ends has its comment written again, so that is heard of too. A thumb is about the fix that the comment
spoke of when it was given; it is a small thing (`learning/weights.py`) and never an outcome.
"""

import logging

from github_app.client import Installation
from github_app.errors import Permanent, RetryLater
from github_app.model import CommentId
from handlers.services import Services
from learning.weights import REACTION
from storage import ledger
from storage.ledger import Reacted, Told

_LOG = logging.getLogger(__name__)


async def hear(services: Services, installation: Installation, repository_id: int, number: int, comment: int) -> None:
    """Keep the thumbs of a pull request's comment, each once. One request, where there is a fix that they may be of.

    What cannot be heard is no reason not to write: a later writing hears it.
    """
    async with services.database.connection() as connection:
        if not await ledger.spoken_of(connection, repository_id, number):
            return
    try:
        thumbs = await installation.thumbs(CommentId(comment))
    except (Permanent, RetryLater) as error:
        _LOG.info("the reactions to comment %s were not heard: %s", comment, type(error).__name__)
        return
    async with services.database.transaction() as connection:
        for one in thumbs:
            ref = f"{comment}/{one.user.user_id}/{one.content}"
            told = Told(REACTION, Reacted(comment, one.user.user_id, one.content), ref)
            ids = repository_id, number, one.created_at
            await ledger.react(connection, *ids, actor=one.user.login, told=told)
