"""What an analysis heeds of the repository's file, kept with it: whoever shows it later need not ask again."""

from datetime import UTC, datetime

import msgspec

from github_app.client import Installation
from github_app.model import Role, Sha
from github_app.repo_config import Approvers
from handlers.services import Services
from handlers.tasks.configuration import Configured, annotations_of
from storage import analyses
from storage.analyses import AnalysisRow

NOT_PROPOSED = "No fix is looked for: this repository's `.github/ci-fixer.yml` does not let one be proposed."


async def heed(services: Services, installation: Installation, row: AnalysisRow, found: Configured) -> AnalysisRow:
    """Keep how the attempt is shown, and what is wrong with the file. Twice is once."""
    annotations = await annotations_of(installation, found, Sha(row.head_sha))
    async with services.database.transaction() as connection:
        await analyses.configure(
            connection,
            row.run_id,
            row.run_attempt,
            approvers=in_words(found.config.approvers, found.file),
            approvable=found.config.approvers.known,
            annotations_json=msgspec.json.encode(annotations).decode(),
        )
        # An attempt that was read before this task died keeps what else was remarked on it then.
        remarks = found.faults if row.state == "started" else None
        updated = await analyses.update(connection, row.run_id, row.run_attempt, remarks=remarks)
    return updated or row


def in_words(approvers: Approvers, file: str) -> str | None:
    """Who may approve, for the foot of a report; None where nothing was said."""
    if not approvers.known:
        return f"Nobody can approve until `{file}` says without a fault who may."
    if approvers == Approvers():
        return None
    least = (
        "Approval needs write access" if approvers.role is Role.WRITE else f"Approval needs the role {approvers.role}"
    )
    owners = ", and ownership of every touched path by CODEOWNERS" if approvers.code_owners else ""
    author = "" if approvers.author else "; not by the pull request's author"
    return f"{least}{owners}{author}."


async def unread(services: Services, row: AnalysisRow) -> str | None:
    """Why an attempt is not read today, in words, where the repository's own budget of analyses is used up."""
    most = services.config.analyses_a_day
    if most is None:
        return None
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with services.database.connection() as connection:
        begun = await analyses.begun_since(connection, row.repository_id, today)
    others = begun - (row.started_at >= today)
    if others < most:
        return None
    return f"Not read: `.github/ci-fixer.yml` allows {most} analyses a day, and they are used up; `/retry` tomorrow."
