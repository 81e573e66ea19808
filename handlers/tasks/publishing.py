"""Showing a report: one check run an attempt, one comment a pull request, written only when they change.

Both are found again before they are made: a job may run twice, and its first run may have ended between GitHub's answer
and the row that remembers it.
"""

from dataclasses import replace

from github_app.check_body import digest
from github_app.client import Installation
from github_app.model import CheckRunId, CommentId, Repository, RunId, Sha
from github_app.publish import MARKER, check_output, comment_body, in_progress
from handlers.services import Services
from handlers.tasks.reporting import report_of
from storage import analyses
from storage.analyses import AnalysisRow


async def begin_check_run(services: Services, installation: Installation, row: AnalysisRow) -> AnalysisRow:
    """The check run in progress, made or found by its external id `{run_id}/{attempt}`."""
    if row.check_run_id is not None:
        return row
    external_id = f"{row.run_id}/{row.run_attempt}"
    found = await installation.find_check_run(Sha(row.head_sha), external_id)
    made = found or await installation.create_check_run(Sha(row.head_sha), external_id, in_progress())
    async with services.database.connection() as connection:
        updated = await analyses.update(connection, row.run_id, row.run_attempt, check_run_id=made)
    return updated or row


async def publish(
    services: Services, installation: Installation, repository: Repository, run_id: RunId, run_attempt: int
) -> None:
    """Bring check run and comment to what the database says; a second time writes nothing."""
    async with services.database.connection() as connection:
        row = await analyses.analysis(connection, run_id, run_attempt)
    if row is None:
        return
    # One writer a pull request: of two runs that end together, each would else find no comment and make one.
    about = row.pull_request_number if row.pull_request_number is not None else f"run/{run_id}"
    async with services.database.advisory(f"publish:{repository.repository_id}:{about}"):
        await _show_check_run(services, installation, repository, row)
        if row.pull_request_number is not None:
            await _show_comment(services, installation, repository, row, row.pull_request_number)


async def _show_check_run(
    services: Services, installation: Installation, repository: Repository, row: AnalysisRow
) -> None:
    async with services.database.connection() as connection:
        report = await report_of(connection, repository, row)
    output = check_output(report, annotations_sent=row.annotations_sent)
    shown = digest(replace(output, annotations=()))
    if row.check_run_id is None or (shown == row.check_digest and not output.annotations):
        return
    check_run_id = CheckRunId(row.check_run_id)
    sent = row.annotations_sent
    if output.annotations:
        # A job that died after GitHub's answer sent them, and could not write it down.
        sent = await installation.annotations_shown(check_run_id)
        output = check_output(report, annotations_sent=sent)
    await installation.update_check_run(check_run_id, output)
    sent += len(output.annotations)
    async with services.database.connection() as connection:
        await analyses.update(connection, row.run_id, row.run_attempt, check_digest=shown, annotations_sent=sent)


async def _show_comment(
    services: Services, installation: Installation, repository: Repository, row: AnalysisRow, number: int
) -> None:
    async with services.database.connection() as connection:
        newest = await analyses.newest_of_pull_request(connection, repository.repository_id, number)
        if newest is not None and newest.head_sha != row.head_sha:
            # The comment speaks of a later head; this one's check run has said what there is to say.
            return
        rows = await analyses.analyses_of_head(connection, repository.repository_id, row.head_sha)
        latest = {one.run_id: one for one in rows}
        reports = [await report_of(connection, repository, one) for one in latest.values()]
        known = await analyses.comment_of(connection, repository.repository_id, number)
    body = comment_body(reports)
    shown = digest(body)
    if known is not None and shown == row.comment_digest:
        return
    comment_id = await _write_comment(installation, number, known, body)
    async with services.database.connection() as connection:
        await analyses.update(connection, row.run_id, row.run_attempt, comment_id=comment_id, comment_digest=shown)


async def _write_comment(installation: Installation, number: int, known: int | None, body: str) -> CommentId:
    if known is None:
        found = await installation.find_comment(number, MARKER)
        if found is None:
            return await installation.create_comment(number, body)
        known = found.comment_id
        if found.body == body:
            return found.comment_id
    await installation.update_comment(CommentId(known), body)
    return CommentId(known)
