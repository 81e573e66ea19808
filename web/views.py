"""Rows -> what the API says and the pages show."""

from collections.abc import Sequence

from github_app.model import Repository, Role
from github_app.report import APPROVERS, FailureSection, Report
from handlers.tasks.reporting import findings_of, report_of
from learning.prediction import in_words
from storage import analyses, approvals, ledger
from storage.confidence import Confidence as Said
from storage.database import Connection
from storage.fixes import Delivery, FixRow, FixState
from storage.review_lists import ListedFix, ListedQuestion
from web.models import (
    Clarification,
    Confidence,
    Decision,
    Failure,
    FixDetail,
    FixStatus,
    FixSummary,
    Line,
    Link,
    Options,
)
from web.story import told


def listed(row: ListedFix) -> FixSummary:
    """A fix of a list."""
    return FixSummary(
        id=row.fix_id,
        name=f"F{row.fix_id}",
        repository=f"{row.owner}/{row.name}",
        state=FixState(row.state),
        summary=row.summary,
        source=row.source,
        proof_level=row.proof_level,
        complexity=row.complexity,
        confidence=confidence(row.confidence),
        head_sha=row.head_sha,
        head_branch=row.head_branch,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def question(row: ListedQuestion) -> Clarification:
    """A question of a list."""
    return Clarification(
        clarification_id=row.clarification_id,
        repository=f"{row.owner}/{row.name}",
        run_id=row.run_id,
        run_attempt=row.run_attempt,
        question=row.question,
        asked_at=row.asked_at,
    )


def confidence(said: Said | None) -> Confidence:
    """How sure to be of a fix, in words and figures."""
    if said is None:
        return Confidence(in_words(None))
    return Confidence(in_words(said), said.probability, said.low, said.high, said.n, said.level, said.model)


async def detail(connection: Connection, repository: Repository, fix: FixRow, role: Role) -> FixDetail:
    """A fix with all that a decision of somebody with that role rests on."""
    analysis = await analyses.analysis(connection, fix.run_id, fix.run_attempt)
    report = None if analysis is None else await report_of(connection, repository, analysis)
    changes = await ledger.events_of(connection, fix.fix_id)
    decided = await approvals.approvals_of(connection, fix.fix_id)
    return FixDetail(
        fix=_summary(repository, fix),
        explanation=fix.explanation,
        diff=fix.diff,
        patch_hash=fix.patch_hash,
        findings=[f"{finding.path}: {finding.message}" for finding in findings_of(fix)],
        run=Link("", "") if report is None else Link(report.workflow_name, report.run_html_url),
        failures=[] if report is None else [_failure(section) for section in report.failures],
        history=[told(one) for one in changes],
        decisions=[
            Decision(one.decision, one.reviewer_login, one.role, one.comment, one.channel, one.decided_at)
            for one in decided
        ],
        commit_sha=fix.commit_sha,
        delivered_as=fix.delivered_as,
        pull_request_number=fix.pull_request_number,
        options=options(fix, report, role),
    )


async def status(connection: Connection, fix: FixRow) -> FixStatus:
    """How far a fix has come, with the reason of its last change."""
    changes = await ledger.events_of(connection, fix.fix_id)
    last = ledger.last_change(changes)
    return FixStatus(
        id=fix.fix_id,
        state=fix.state,
        commit_sha=fix.commit_sha,
        delivered_as=fix.delivered_as,
        pull_request_number=fix.pull_request_number,
        reason="" if last is None else last.reason,
        updated_at=fix.updated_at,
    )


def options(fix: FixRow, report: Report | None, role: Role) -> Options:
    """What somebody with that role may do with the fix now, as far as can be told before it is tried."""
    who = APPROVERS if report is None else report.approvers
    if fix.state not in (FixState.PROPOSED, FixState.FAILED):
        return Options(approve=False, reject=False, why_not=f"F{fix.fix_id} is {fix.state.value}.", who=who)
    if not role.can_write:
        why = f"To decide takes write access to this repository; you have {role.value}."
        return Options(approve=False, reject=False, why_not=why, who=who)
    shown = None if report is None or report.fix is None or report.fix.fix_id != fix.fix_id else report.fix
    here = shown is None or shown.can_decide
    why_not = None if here else f"F{fix.fix_id} cannot be delivered where it is: take the diff from here."
    way = None if shown is None or not here or shown.delivered_as is None else Delivery(shown.delivered_as)
    reject = fix.state is FixState.PROPOSED
    return Options(approve=here, reject=reject, why_not=why_not, who=who, delivery=way)


def _summary(repository: Repository, fix: FixRow) -> FixSummary:
    return FixSummary(
        id=fix.fix_id,
        name=f"F{fix.fix_id}",
        repository=repository.full_name,
        state=fix.state,
        summary=fix.summary,
        source=fix.source,
        proof_level=fix.proof_level,
        complexity=fix.complexity,
        confidence=confidence(fix.confidence),
        head_sha=fix.head_sha,
        head_branch=fix.head_branch,
        created_at=fix.created_at,
        updated_at=fix.updated_at,
    )


def _failure(section: FailureSection) -> Failure:
    return Failure(
        headline=section.headline,
        category=section.category,
        verdict=section.verdict,
        verdict_reason=section.verdict_reason,
        jobs=_links([(job.name, job.html_url) for job in section.jobs]),
        lines=[Line(one.line, one.text) for one in section.lines],
        witnesses=_links([(one.text, one.html_url) for one in section.witnesses]),
    )


def _links(found: Sequence[tuple[str, str]]) -> list[Link]:
    return [Link(text, url) for text, url in found]
