"""`/undo`: the commit that the App made, reverted by a new commit."""

from github_app.client import Installation
from github_app.model import Repository, User
from handlers.services import Services


async def undo(
    _services: Services,
    _installation: Installation,
    _repository: Repository,
    _number: int,
    _fix_id: int | None,
    _reviewer: User,
    _ref: str,
) -> str | None:
    """The refusal to reply with, or None."""
    return "There is nothing to undo here."
