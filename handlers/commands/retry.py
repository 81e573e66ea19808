"""`/retry`: the logs are read again, for people with write access, and for the author once a commit."""

from github_app.queue import defer
from handlers import jobs
from handlers.commands.given import Answered, Given, lacks_write, spoken_of
from storage import commands
from storage.analyses import AnalysisRow


async def retry(given: Given) -> Answered:
    """Analyse again; the words are a hint for the engine."""
    newest = await spoken_of(given)
    if newest is None:
        return Answered(False, "No failed run of this conversation is known.")
    lacking = await lacks_write(given, "have the logs read again")
    if lacking is not None:
        lacking = await _authors_once(given, newest, lacking)
    if lacking is not None:
        return lacking
    again = jobs.diagnose(newest.repository_id, newest.run_id, newest.run_attempt, again=True, hint=given.text or None)
    async with given.services.database.transaction() as connection:
        await defer(connection, [again])
    return Answered(True)


async def _authors_once(given: Given, newest: AnalysisRow, lacking: Answered) -> Answered | None:
    """None where the author of the pull request asks for the first time at this commit."""
    if not given.on_pull_request:
        return lacking
    pull = await given.installation.pull_request(given.number)
    if pull.author.lower() != given.user.login.lower():
        return lacking
    subject = f"retry/{given.user.user_id}/{newest.head_sha}"
    async with given.services.database.transaction() as connection:
        if await commands.take(connection, newest.repository_id, given.comment_id, given.act, subject):
            return None
    return Answered(
        False, "The author may have the logs read again once a commit, and has; write access does it without end."
    )
