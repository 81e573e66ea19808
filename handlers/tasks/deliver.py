"""`deliver`: one webhook delivery -> what is remembered of it and the jobs it asks for, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping

from github_app.payload import PayloadError
from github_app.queue import Job, defer
from handlers.check_run import on_check_run
from handlers.installation import on_installation
from handlers.issue_comment import on_issue_comment
from handlers.pull_request import on_pull_request
from handlers.services import Services
from handlers.workflow_run import on_workflow_run
from storage import deliveries, live_events
from storage.database import Connection

TRIGGERS: Mapping[str, Callable[[Connection, bytes], Awaitable[list[Job]]]] = {
    "workflow_run": on_workflow_run,
    "issue_comment": on_issue_comment,
    "check_run": on_check_run,
    "pull_request": on_pull_request,
    "installation": on_installation,
    "installation_repositories": on_installation,
}
"""What happens on an event is found here; any other event is kept and nothing done."""


async def deliver(services: Services, guid: str) -> None:
    """Handle a delivery. Twice is once: what it asks for finds itself done already."""
    async with services.database.transaction() as connection:
        delivery = await deliveries.load(connection, guid)
        trigger = TRIGGERS.get(delivery.event) if delivery else None
        if delivery is None or trigger is None:
            await deliveries.finish(connection, guid, "nothing to do")
            return
        try:
            # A savepoint: what a refused payload had written goes, its outcome stays.
            async with connection.transaction():
                asked = await trigger(connection, delivery.body)
        except PayloadError as error:
            await deliveries.finish(connection, guid, f"not readable: {error}"[:500])
            return
        await defer(connection, asked)
        for repository_id in sorted({one for job in asked if isinstance(one := job.args.get("repository_id"), int)}):
            await live_events.add(connection, repository_id, "delivery", delivery.event)
        names = ", ".join(job.task for job in asked)
        await deliveries.finish(connection, guid, names or "nothing to do")
