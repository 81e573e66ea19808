"""`/ignore`: quiet for the failures that are shown, in this repository, for a time."""

import re
from datetime import UTC, datetime, timedelta

from handlers.commands.given import Answered, Given, lacks_write, shown_here
from storage import failure_issues, failures, ignored

_DAYS = 30
_MOST_DAYS = 365
"""Nobody remembers longer why something is not shown."""
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


async def ignore(given: Given) -> Answered:
    """Ignore from now on, or no longer with 0 days."""
    lacking = await lacks_write(given, "have failures ignored")
    if lacking is not None:
        return lacking
    first = (given.text.split() or [str(_DAYS)])[0]
    if not _NUMBER.fullmatch(first) or int(first) > _MOST_DAYS:
        return Answered(False, f"Name a number of days from 0 to {_MOST_DAYS}, as in `/ignore {_DAYS}`.")
    shown = await _shown(given)
    if not shown:
        return Answered(False, "No failure is shown here that could be ignored.")
    many = f"{len(shown)} failure{'' if len(shown) == 1 else 's'}"
    until = datetime.now(UTC) + timedelta(days=int(first))
    async with given.services.database.transaction() as connection:
        if int(first) == 0:
            await ignored.end(connection, given.repository.repository_id, shown)
            return Answered(True, f"No longer ignored in this repository: {many}.")
        await ignored.begin(connection, given.repository.repository_id, shown, until, given.user.login)
    return Answered(True, f"Ignored in this repository until {until:%Y-%m-%d}: {many}. `/ignore 0` ends it.")


async def _shown(given: Given) -> list[str]:
    """The fingerprints that the conversation is about: an issue's one, or all that a pull request's head shows."""
    async with given.services.database.connection() as connection:
        issue = await failure_issues.issue_numbered(connection, given.repository.repository_id, given.number)
    if issue is not None:
        return [issue.fingerprint]
    rows = await shown_here(given)
    async with given.services.database.connection() as connection:
        found = [await failures.failures_of(connection, row.run_id, row.run_attempt) for row in rows]
    return sorted({one.fingerprint for of_run in found for one in of_run})
