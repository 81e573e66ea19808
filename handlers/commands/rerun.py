"""`/rerun`: the failed jobs of an attempt again, where what failed was not the code; once an attempt.

The App asks for no `actions: write` when it is registered: an owner who wants this command gives it.
"""

from github_app.client import RERUN, Installation
from github_app.errors import Forbidden, Refused
from github_app.markdown import plain
from github_app.model import RunId
from handlers.commands.given import Answered, Given, lacks_write, shown_here
from storage import commands, failures
from storage.analyses import AnalysisRow

_EXCUSED = frozenset({"flaky", "infrastructure"})
_NOT_GIVEN = (
    "Re-running takes the optional permission `actions: write`, which this installation does not have. Whoever runs "
    "the App can add it to the App's permissions, and an owner of this account accept it; until then, re-run the "
    "failed jobs on the run's page."
)
_NOT_EXCUSED = (
    "`/rerun` is for failures that are flaky or the infrastructure's. None of these is known to be: the same would "
    "happen again."
)


async def rerun(given: Given) -> Answered:
    """Re-run the failed jobs of each run shown here that has such a failure."""
    lacking = await lacks_write(given, "re-run jobs")
    if lacking is not None:
        return lacking
    excused = await _excused(given)
    if not excused:
        return Answered(False, _NOT_EXCUSED)
    try:
        async with given.services.github.installation(given.repository, RERUN) as acting:
            refusals = [await _rerun(given, acting, row) for row in excused]
    except (Forbidden, Refused):
        # Refused with the token, before anything was asked: GitHub grants none beyond what the installation has.
        return Answered(False, _NOT_GIVEN)
    return Answered(None in refusals, "\n\n".join(one for one in refusals if one) or None)


async def _excused(given: Given) -> list[AnalysisRow]:
    """The attempts that are shown, where a failure of theirs is flaky or the infrastructure's."""
    rows = await shown_here(given)
    async with given.services.database.connection() as connection:
        found = [await failures.failures_of(connection, row.run_id, row.run_attempt) for row in rows]
    return [row for row, of_row in zip(rows, found, strict=True) if any(one.verdict in _EXCUSED for one in of_row)]


async def _rerun(given: Given, acting: Installation, row: AnalysisRow) -> str | None:
    """The refusal, or None. A command whose first run died after GitHub's answer finds the next attempt there."""
    subject = f"rerun/{row.run_id}/{row.run_attempt}"
    at = row.repository_id, given.comment_id, given.act, subject
    async with given.services.database.transaction() as connection:
        taken = await commands.take(connection, *at)
    if not taken:
        return f"Attempt {row.run_attempt} was re-run already; what comes of it is shown here."
    if (await acting.latest_attempt(RunId(row.run_id))).run_attempt > row.run_attempt:
        return None
    try:
        await acting.rerun_failed_jobs(RunId(row.run_id))
    except (Forbidden, Refused) as error:
        async with given.services.database.connection() as connection:
            await commands.leave(connection, *at)
        return f"The jobs were not re-run. {plain(str(error))}"
    return None
