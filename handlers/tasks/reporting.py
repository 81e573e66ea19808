"""Rows -> Report: what the check run and the comment are rendered from."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from analysis.diagnosis import Diagnosis, Level
from analysis.policy import Finding
from analysis.verdict import SURE, Witness
from github_app.model import Annotation, AnnotationLevel, Repository
from github_app.report import APPROVERS, FailureSection, FixSection, JobLink, Report, ReportLine, WitnessLink
from handlers.tasks.outcome import fix_before, run_of_fix, still_failing
from handlers.tasks.places import Stand, delivery_of, stand_of
from handlers.tasks.proposing import LOOKING
from handlers.tasks.reading import diagnosis_of
from handlers.tasks.similar import similar_shown
from learning.prediction import in_words
from storage import approvals, failures, fixes, ledger, runs
from storage.analyses import AnalysisRow
from storage.database import Connection
from storage.failures import FailureRow
from storage.fixes import FixRow, FixState
from storage.ids import FailureId

_MESSAGE_LIMIT = 8_000
"""Characters of an annotation: GitHub takes 64 KB, people read a screen."""
_LINES = 3
MOST_ISSUES = 5
"""Opened for one run: a base that breaks in many ways has one cause, and each issue is a mail to many people."""


def is_looking(analysis: AnalysisRow) -> bool:
    """Whether a model is being asked, so that there will be more to say within minutes."""
    return analysis.note == LOOKING and analysis.state != "started"


async def report_of(
    connection: Connection, repository: Repository, analysis: AnalysisRow, only: FailureId | None = None
) -> Report:
    """The report on one analysed attempt, as things stand in the database; with `only`, on one of its failures."""
    run = await runs.run(connection, analysis.run_id, analysis.run_attempt)
    if run is None:
        raise LookupError(f"the run {analysis.run_id}/{analysis.run_attempt} of an analysis is not stored")
    found = await failures.failures_of(connection, analysis.run_id, analysis.run_attempt)
    stored = await fixes.fixes_of(connection, analysis.run_id, analysis.run_attempt)
    if only is not None:
        found = tuple(one for one in found if one.failure_id == only)
        stored = tuple(one for one in stored if only in one.failure_ids)
    where = stand_of(repository, analysis, run)
    fix = await _fix(connection, repository, stored[-1], where) if stored else None
    if fix is not None and not analysis.approvable:
        fix = replace(fix, can_decide=False)
    return Report(
        workflow_name=run.workflow_name,
        run_html_url=run.html_url,
        run_attempt=run.run_attempt,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        place=where.place,
        failures=tuple(_failure(row) for row in found),
        fix=fix,
        note=analysis.note or "The logs are being read.",
        looking=is_looking(analysis),
        remarks=(*analysis.remarks, *_without_an_issue(analysis, found)),
        annotations=msgspec.json.decode(analysis.annotations_json, type=tuple[Annotation, ...]),
        approvers=analysis.approvers or APPROVERS,
        earlier=await fix_before(connection, run),
        similar=() if _is_mended(fix) else await similar_shown(connection, repository, found),
    )


def _is_mended(fix: FixSection | None) -> bool:
    return fix is not None and fix.state == FixState.VERIFIED


def _without_an_issue(analysis: AnalysisRow, found: Sequence[FailureRow]) -> tuple[str, ...]:
    """That some failures of a run without a pull request have no issue of their own, and why."""
    left = len(found) - MOST_ISSUES
    if left <= 0 or analysis.pull_request_number is not None:
        return ()
    return (f"At most {MOST_ISSUES} issues are opened for one run; the last {left} of its failures have none.",)


def can_decide(repository: Repository, fix: FixRow, where: Stand) -> bool:
    """Whether an approval could be carried out: there is a way to deliver the fix there, and no veto of the policy."""
    deliverable = delivery_of(repository, fix.head_branch, where) is not None
    return deliverable and not any(finding.blocking for finding in findings_of(fix))


def findings_of(fix: FixRow) -> tuple[Finding, ...]:
    """What policy has against a stored fix."""
    return msgspec.json.decode(fix.policy_json, type=tuple[Finding, ...])


async def _fix(connection: Connection, repository: Repository, fix: FixRow, where: Stand) -> FixSection:
    decided = await approvals.approvals_of(connection, fix.fix_id)
    last = ledger.last_change(await ledger.events_of(connection, fix.fix_id))
    ended = await run_of_fix(connection, fix)
    reason = None if last is None else last.reason
    if fix.state is FixState.INEFFECTIVE and ended is not None:
        reason = await still_failing(connection, fix, ended)
    way = fix.delivered_as or delivery_of(repository, fix.head_branch, where)
    return FixSection(
        fix_id=fix.fix_id,
        state=fix.state.value,
        summary=fix.summary,
        source=fix.source,
        diff=fix.diff,
        proof_level=fix.proof_level,
        complexity=fix.complexity,
        covers=len(fix.failure_ids),
        findings=tuple(f"{finding.path}: {finding.message}" for finding in findings_of(fix)),
        can_decide=can_decide(repository, fix, where),
        confidence=in_words(fix.confidence),
        by=decided[-1].reviewer_login if decided else None,
        reason=reason,
        commit_sha=fix.commit_sha,
        run_html_url=None if ended is None else ended.html_url,
        delivered_as=None if way is None else way.value,
        pull_request_number=fix.pull_request_number,
    )


def _failure(row: FailureRow) -> FailureSection:
    diagnosis = diagnosis_of(row.diagnosis_json)
    witnesses = msgspec.json.decode(row.witnesses_json, type=tuple[Witness, ...])
    return FailureSection(
        category=row.category,
        headline=row.headline,
        jobs=tuple(JobLink(job.name, job.step, job.html_url) for job in row.jobs),
        lines=decisive_lines(diagnosis),
        verdict=row.verdict,
        verdict_reason=row.verdict_reason,
        witnesses=tuple(WitnessLink(witness.text, witness.html_url) for witness in witnesses),
        annotations=_annotations(diagnosis),
        sure=row.confidence >= SURE,
    )


def decisive_lines(diagnosis: Diagnosis) -> tuple[ReportLine, ...]:
    """The root line, then the lines where the tool named further errors; three at most, in log order."""
    if diagnosis.root_line is None:
        return ()
    chosen = {diagnosis.root_line.line: diagnosis.root_line.text}
    texts = _evidence_lines(diagnosis)
    for location in diagnosis.locations:
        if len(chosen) < _LINES and location.level is Level.ERROR and location.log_line in texts:
            chosen.setdefault(location.log_line, texts[location.log_line])
    return tuple(ReportLine(line, text) for line, text in sorted(chosen.items()))


def _evidence_lines(diagnosis: Diagnosis) -> dict[int, str]:
    return {
        block.start + offset: text
        for block in diagnosis.evidence.blocks
        for offset, text in enumerate(block.text.split("\n"))
    }


def _annotations(diagnosis: Diagnosis) -> tuple[Annotation, ...]:
    found = []
    for location in diagnosis.locations:
        if location.line is None or location.line < 1:
            continue
        title = f"{location.tool} {location.rule}" if location.rule else location.tool
        level = AnnotationLevel.FAILURE if location.level is Level.ERROR else AnnotationLevel.WARNING
        end = max(location.line, location.end_line or 0)
        message = (location.message or diagnosis.headline)[:_MESSAGE_LIMIT]
        found.append(Annotation(location.path, location.line, end, level, message, title[:255]))
    return tuple(found)
