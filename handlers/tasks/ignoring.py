"""Whether an attempt's failures are all ignored here: then a check run says so, and nothing else happens."""

from handlers.services import Services
from storage import analyses, failures, ignored
from storage.analyses import AnalysisRow


async def is_ignored(services: Services, row: AnalysisRow) -> bool:
    """Ask, and where they are, write down until when, with the note for the check run."""
    async with services.database.transaction() as connection:
        found = await failures.failures_of(connection, row.run_id, row.run_attempt)
        fingerprints = {one.fingerprint for one in found}
        quiet = await ignored.ignored_now(connection, row.repository_id, sorted(fingerprints))
        if not quiet or {one.fingerprint for one in quiet} != fingerprints:
            return False
        first = quiet[0]
        note = f"Ignored here until {first.until:%Y-%m-%d}, as {first.login} asked; `/ignore 0` ends it."
        await analyses.update(connection, row.run_id, row.run_attempt, note=note, ignored_until=first.until)
    return True
