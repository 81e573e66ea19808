"""A fix for a head that its pull request had left already: the push was heard of before the failure."""

from handlers.services import Services
from handlers.tasks.renewing import ACTOR
from storage import analyses, fixes, pull_requests
from storage.fixes import FixState


def moved_on(head_sha: str) -> str:
    """Why a fix is closed, in words."""
    return f"the branch moved on to {head_sha[:7]}."


async def close_if_left(services: Services, run_id: int, run_attempt: int) -> None:
    """End what was just proposed as it would have ended, had the push been heard of after it."""
    async with services.database.transaction() as connection:
        row = await analyses.analysis(connection, run_id, run_attempt)
        if row is None or row.pull_request_number is None:
            return
        after = await pull_requests.left_for(connection, row.repository_id, row.pull_request_number, row.head_sha)
        if after is None:
            return
        for fix in await fixes.fixes_of(connection, run_id, run_attempt):
            if fix.state is FixState.PROPOSED:
                await fixes.move(connection, fix.fix_id, to=FixState.SUPERSEDED, actor=ACTOR, reason=moved_on(after))
