"""Failures that a person may see: in pages, and one with all that is known of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from analysis.diagnosis import Diagnosis
from analysis.verdict import Witness
from handlers.tasks.reading import diagnosis_of
from handlers.tasks.reporting import decisive_lines
from storage import analyses, failure_lists, failures, patterns, review_lists
from storage.database import Connection
from storage.failure_lists import SCANNED, FailureFilter, FailureKey, ListedFailure
from storage.failures import FailureRow
from storage.ids import FailureId
from web import figures
from web.cursors import page_of, read_cursor, write_cursor
from web.failure_models import (
    EvidenceBlock,
    EvidenceLine,
    FailedJobView,
    FailureDetail,
    FailurePage,
    FailuresQuery,
    FailureSummary,
    Place,
)
from web.list_models import MOST_COUNTED, FailureStatus
from web.models import Link
from web.people import Person
from web.problems import not_found, uncounted
from web.seen import repositories_seen, seen_or_404
from web.site import Site
from web.views import listed

LARGEST_ID = 2**63 - 1
_SEEN_BEFORE = 10
_PLACES = 50
"""As many as GitHub takes annotations at once."""


class _FailureCursor(msgspec.Struct, frozen=True):
    ran_at: datetime
    failure_id: int


async def failure_page(site: Site, person: Person, query: FailuresQuery) -> FailurePage:
    """The failures that the person may see, newest first."""
    if query.total and query.status is not None:
        raise uncounted("status")
    cursor = read_cursor(site, "failures", query.cursor, _FailureCursor)
    seen = await repositories_seen(site, person, query.repository, review_lists.with_failures)
    ids = [one.repository_id for one in seen]
    wanted = FailureFilter(query.category, query.verdict, query.branch, query.fingerprint, query.since, query.until)
    before = None if cursor is None else FailureKey(cursor.ran_at, FailureId(cursor.failure_id))
    async with site.services.database.connection() as connection:
        shown, last = await _keys(connection, ids, wanted, query, before)
        rows = await failure_lists.listed(connection, [key.failure_id for key in shown])
        total = await failure_lists.count(connection, ids, wanted, MOST_COUNTED) if query.total else msgspec.UNSET
    more = None if last is None else write_cursor(site, "failures", _FailureCursor(last.ran_at, last.failure_id))
    return FailurePage([summary(row) for row in rows], more, total)


async def failure_detail(site: Site, person: Person, failure_id: int) -> FailureDetail:
    """One failure. Raises Problem 404 where the person may not read its repository, or there is none."""
    if not 0 < failure_id <= LARGEST_ID:
        raise not_found("failure")
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_of_failure(connection, failure_id)
    await seen_or_404(site, person, row, "failure")
    async with site.services.database.connection() as connection:
        found = await failures.failure(connection, failure_id)
        if found is None:
            raise not_found("failure")
        return await _detail(connection, found)


def summary(row: ListedFailure) -> FailureSummary:
    """A failure of a list."""
    return FailureSummary(
        id=row.failure_id,
        repository=f"{row.owner}/{row.name}",
        run_id=row.run_id,
        run_attempt=row.run_attempt,
        workflow=row.workflow_name,
        run_url=row.run_html_url,
        head_sha=row.head_sha,
        head_branch=row.head_branch,
        fingerprint=row.fingerprint,
        category=row.category,
        tool=row.tool,
        headline=row.headline,
        verdict=row.verdict,
        status=FailureStatus.RESOLVED if row.resolved else FailureStatus.OPEN,
        ran_at=row.ran_at,
    )


async def _keys(
    connection: Connection, ids: Sequence[int], wanted: FailureFilter, query: FailuresQuery, before: FailureKey | None
) -> tuple[list[FailureKey], FailureKey | None]:
    """What to show, and where to go on; None at the end."""
    if query.status is None:
        return page_of(await failure_lists.failure_keys(connection, ids, wanted, query.limit + 1, before), query.limit)
    scanned = await failure_lists.failure_keys(connection, ids, wanted, SCANNED, before)
    over = await failure_lists.resolved_among(connection, [key.failure_id for key in scanned])
    resolved = query.status is FailureStatus.RESOLVED
    shown, last = page_of([key for key in scanned if (key.failure_id in over) == resolved], query.limit)
    return shown, last or (scanned[-1] if len(scanned) == SCANNED else None)


async def _detail(connection: Connection, row: FailureRow) -> FailureDetail:
    same = FailureFilter(fingerprint=row.fingerprint)
    keys = await failure_lists.failure_keys(connection, [row.repository_id], same, _SEEN_BEFORE + 1)
    others = [key.failure_id for key in keys if key.failure_id != row.failure_id][:_SEEN_BEFORE]
    rows = await failure_lists.listed(connection, [row.failure_id, *others])
    analysis = await analyses.analysis(connection, row.run_id, row.run_attempt)
    fix_ids = await failures.fixes_for(connection, row.failure_id)
    diagnosis = diagnosis_of(row.diagnosis_json)
    counted = await patterns.pattern(connection, [row.repository_id], row.fingerprint)
    return FailureDetail(
        failure=summary(next(one for one in rows if one.failure_id == row.failure_id)),
        confidence=row.confidence,
        message=row.message,
        verdict_reason=row.verdict_reason,
        witnesses=[
            Link(one.text, one.html_url) for one in msgspec.json.decode(row.witnesses_json, type=tuple[Witness, ...])
        ],
        jobs=[FailedJobView(job.name, job.step, job.html_url) for job in row.jobs],
        lines=_lines(row, diagnosis),
        evidence=[EvidenceBlock(one.start, one.end, one.text) for one in diagnosis.evidence.blocks],
        places=[Place(one.path, one.line, one.message, one.rule) for one in diagnosis.locations[:_PLACES]],
        pull_request_number=None if analysis is None else analysis.pull_request_number,
        fixes=[listed(fix) for fix in await review_lists.listed_fixes(connection, fix_ids)],
        pattern=next(map(figures.pattern, counted), None),
        seen_before=[summary(one) for one in rows if one.failure_id != row.failure_id],
    )


def _lines(row: FailureRow, diagnosis: Diagnosis) -> list[EvidenceLine]:
    """The decisive lines, each with the page of the job whose log was read: the first."""
    url = row.jobs[0].html_url if row.jobs else ""
    return [EvidenceLine(one.line, one.text, url) for one in decisive_lines(diagnosis)]
