"""Report -> check run and sticky comment: pure rendering, verdict first, fitted to GitHub's limits.

Limits: https://docs.github.com/en/rest/checks/runs (65,535 characters of summary and text, 50 annotations a request,
three actions of 20/40/20 characters) and 65,536 characters of a comment (github-facts 6, 7 and 10).
"""

import re
from collections.abc import Collection, Sequence
from itertools import chain

from github_app.alike import similar
from github_app.markdown import code, fence, fit, folded, plain, prose
from github_app.model import Annotation, CheckAction, CheckOutput
from github_app.report import APPROVERS, FailureSection, FixSection, Place, Report

CHECK_NAME = "CI Fixer"
ANALYZE = "analyze_again"
_DECIDES = re.compile(r"(approve|reject)_F(\d{1,12})")
MARKER = "<!-- ci-fixer:report -->"

TITLE_LIMIT = 120
SUMMARY_LIMIT = 65_000
COMMENT_LIMIT = 65_000
ANNOTATIONS_A_REQUEST = 50
_DECISIVE_LINES = 3
# A minified file can stand in one line: three such lines would push the fix out of the summary.
_LINE_LIMIT = 500
_DIFF_LIMIT = 20_000

_VERDICTS = {
    "yours": "Yours",
    "base": "Already broken on the base branch",
    "flaky": "Flaky",
    "infrastructure": "Infrastructure",
    "unknown": "Not clear whose",
}
# The verdict that asks something of the author leads where failures of several kinds meet.
_ORDER = ("yours", "unknown", "base", "flaky", "infrastructure")


_COMMITTED = "Commit fix F{} to this branch"
_WAYS = {"pull_request": "Open a pull request with fix F{}", "suggestions": "Suggest fix F{} in a review"}
_DELIVER = {"pull_request": "open a pull request to {} with it", "suggestions": "have it suggested in a review here"}
_DELIVERED = {"pull_request": "opened as a pull request to {}", "suggestions": "suggested in a review here"}


def in_progress() -> CheckOutput:
    """What the check run says while long logs are read."""
    return CheckOutput(title="Reading the logs", summary="CI Fixer is reading the logs of the failed jobs.")


def check_output(reports: Sequence[Report], *, shown: Collection[Annotation] = ()) -> CheckOutput:
    """The one check run of a commit, from the reports on its runs: in progress while all that is known is looked into.

    GitHub appends annotations, so those that it has `shown` are left out; 50 are sent of one commit.
    """
    ordered = sorted(reports, key=_rank)
    lead = ordered[0]
    annotations = _annotations(ordered)
    known = {_key(annotation) for annotation in shown}
    return CheckOutput(
        title=_cut(_title(lead, ordered), TITLE_LIMIT),
        summary=fit(_whole_summary(ordered, len(annotations)), SUMMARY_LIMIT),
        conclusion=_conclusion(ordered),
        annotations=tuple(one for one in annotations[:ANNOTATIONS_A_REQUEST] if _key(one) not in known),
        actions=() if all(report.looking for report in ordered) else _actions(lead),
    )


def _rank(report: Report) -> tuple[bool, bool, bool, str]:
    """What asks for a decision goes first, then what is broken, then what is mended."""
    waits = report.fix is not None and report.fix.state == "proposed" and report.fix.can_decide
    return _is_verified(report), not waits, report.fix is None, report.workflow_name


def _is_verified(report: Report) -> bool:
    return report.fix is not None and report.fix.state == "verified"


def _conclusion(reports: Sequence[Report]) -> str | None:
    if all(report.looking for report in reports):
        return None
    return "success" if all(_is_verified(report) for report in reports) else "neutral"


def _key(annotation: Annotation) -> tuple[str, int, int, str, str]:
    """What tells an annotation from another, however white space came back."""
    said = " ".join(f"{annotation.title} {annotation.message}".split())
    return annotation.path, annotation.start_line, annotation.end_line, annotation.level.value, said


def comment_body(reports: Sequence[Report]) -> str:
    """The sticky comment: every analysed run of the head commit, the one that asks a decision first."""
    ordered = sorted(reports, key=_rank)
    parts = [comment_section(report) for report in ordered]
    return fit("\n\n".join([MARKER, *parts, footer(reports)]), COMMENT_LIMIT)


def _title(lead: Report, reports: Sequence[Report]) -> str:
    if lead.fix is not None and lead.fix.state == "verified":
        # A title is no markdown: backticks would stand there as they are.
        return f"Fixed: {lead.fix.summary.replace('`', '')}"
    if not lead.failures:
        return lead.note
    others = sum(len(report.failures) for report in reports if not _is_verified(report)) - 1
    more = f" (and {others} more)" if others else ""
    return f"{_cut(lead.failures[0].headline, TITLE_LIMIT - len(more))}{more}"


def _whole_summary(reports: Sequence[Report], annotations: int) -> str:
    parts = [_summary(report) for report in reports]
    if len(reports) > 1:
        named = [f"### [{plain(report.workflow_name)}]({report.run_html_url})" for report in reports]
        parts = [f"{name}\n\n{part}" for name, part in zip(named, parts, strict=True)]
    # They are the repository's, and stand in the report of each of its runs.
    remarks = dict.fromkeys(remark for report in reports for remark in report.remarks)
    parts += [prose(_cut(remark, _LINE_LIMIT)) for remark in remarks]
    if annotations > ANNOTATIONS_A_REQUEST:
        parts.append(f"{annotations - ANNOTATIONS_A_REQUEST} more places are not annotated: GitHub takes 50 at once.")
    return "\n\n".join(parts)


def _summary(report: Report) -> str:
    parts = [f"**{_verdict_line(report)}**", *(_failure(section) for section in report.failures)]
    if report.earlier:
        parts.append(prose(report.earlier))
    if report.fix is not None:
        parts.append(_fix(report.fix, report))
    elif report.note:
        parts.append(prose(report.note))
    if report.similar:
        parts.append(similar(report.similar))
    return "\n\n".join(parts)


def comment_section(report: Report) -> str:
    """One analysed run in a conversation: the verdict, what can be done, and the rest folded."""
    run = f"[{plain(report.workflow_name)}]({report.run_html_url}) on {code(report.head_sha[:7])}"
    earlier = f"{prose(report.earlier)} " if report.earlier else ""
    parts = [f"### {_verdict_line(report)}", f"{run} · {earlier}{_decision(report)}"]
    if report.failures:
        parts.append(what_broke(report))
    if report.fix is not None and report.fix.diff:
        label = f"Fix F{report.fix.fix_id}: the diff"
        parts.append(folded(label, _diff(report.fix)))
    if report.similar:
        parts.append(similar(report.similar))
    return "\n\n".join(parts)


def what_broke(report: Report) -> str:
    """The failures, folded."""
    count = _count(len(report.failures), "failure")
    return folded(f"What broke: {count}", "\n\n".join(_failure(section) for section in report.failures))


def _verdict_line(report: Report) -> str:
    """The first thing anybody reads: how it stands, or whose the failure is."""
    fix = report.fix
    if fix is not None and fix.state == "verified":
        return f"Fixed and verified: {prose(fix.summary)}"
    if not report.failures:
        return prose(report.note)
    first = min(report.failures, key=lambda section: _ORDER.index(section.verdict))
    names = {section.verdict for section in report.failures}
    others = f", and {_count(len(names) - 1, 'other verdict')}" if len(names) > 1 else ""
    return f"{_VERDICTS[first.verdict]}{others}: {code(_cut(first.headline, TITLE_LIMIT))}"


def _failure(section: FailureSection) -> str:
    jobs = ", ".join(
        f"[{plain(job.name)}]({job.html_url})" + (f" ({plain(job.step)})" if job.step else "") for job in section.jobs
    )
    lines = "\n".join(f"{line.line}: {_cut(line.text, _LINE_LIMIT)}" for line in section.lines[:_DECISIVE_LINES])
    witnesses = "".join(f" [{plain(link.text)}]({link.html_url})" for link in section.witnesses)
    parts = [
        f"**{code(section.headline)}**",
        f"{_category(section)} · {jobs}",
        f"{_VERDICTS[section.verdict]}: {plain(section.verdict_reason)}{witnesses}",
    ]
    if lines:
        parts.insert(2, fence(lines, "text"))
    return "\n\n".join(parts)


def _category(section: FailureSection) -> str:
    named = section.category.replace("_", " ")
    return named if section.sure or section.category == "unknown" else f"{named}, but not sure"


def _fix(fix: FixSection, report: Report) -> str:
    return f"{_decision(report)}\n\n{_diff(fix)}"


def _diff(fix: FixSection) -> str:
    origin = f"From {code(fix.source)}; {fix.complexity}; proof: {fix.proof_level}; confidence: {fix.confidence}."
    facts = f"{prose(fix.summary.rstrip('. '))}. {origin}"
    findings = "".join(f"\n- {plain(text)}" for text in fix.findings)
    # Git's blob names are for machines; the file's name stands in the lines around them.
    shown = "\n".join(line for line in fix.diff.rstrip().split("\n") if not line.startswith("index "))
    return f"{facts}{findings}\n\n{fence(_cut(shown, _DIFF_LIMIT), 'diff')}"


def _decision(report: Report) -> str:
    """What a person can do now, or what became of the fix: never a promise that cannot be kept."""
    fix = report.fix
    if fix is None:
        return prose(report.note)
    name, branch = f"F{fix.fix_id}", code(report.head_branch or "")
    by = f" by {plain(fix.by)}" if fix.by else ""
    commit = code((fix.commit_sha or "")[:7])
    why = f": {plain(fix.reason)}" if fix.reason else "."
    if fix.state == "proposed":
        return _offer(fix, report, name, branch)
    # A number of this repository's own, which is live: it leads there.
    own = f" in #{fix.pull_request_number}" if fix.pull_request_number is not None else ""
    being = _DELIVERED.get(fix.delivered_as or "", "committed to {}").format(branch)
    still = f": {prose(fix.reason)}" if fix.reason else ""
    run = f" [Its run]({fix.run_html_url})." if fix.run_html_url else ""
    return {
        "approved": f"{name} was approved{by}; it is being {being}.",
        "applying": f"{name} was approved{by}; it is being {being}.",
        "applied": f"{name} was approved{by} and committed as {commit}{own}; CI is running on it.",
        "verified": f"{name} was approved{by}, committed as {commit}{own}, and CI is green on it.{run}",
        "ineffective": f"{name} was committed as {commit}{own}, but CI still fails on it{still}.{run}",
        "rejected": f"{name} was rejected{by}{why}",
        "superseded": f"{name} {f'was committed as {commit}{own}' if fix.commit_sha else 'no longer applies'}{why}",
        "expired": f"{name} expired{why}",
        "failed": f"{name} could not be committed{why} `/approve {name}` tries again.",
        "offered": f"{name} was approved{by}; it stands in a review of this pull request, for its author to take.",
        "undone": f"{name} was committed as {commit} and undone again{why}",
    }[fix.state]


def _offer(fix: FixSection, report: Report, name: str, branch: str) -> str:
    of = "" if fix.covers == len(report.failures) else f" for {fix.covers} of {len(report.failures)} failures"
    again = f"{plain(fix.reason)} " if fix.reason else ""
    if fix.can_decide:
        return (
            f"Fix {name}{of} is ready ({fix.proof_level}; {_sure(fix)}). {again}Comment `/approve {name}` to "
            f"{_DELIVER.get(fix.delivered_as or '', 'commit it to {}').format(branch)}, or `/reject {name} reason`."
        )
    if any(fix.findings):
        return f"Fix {name}{of} is shown, but policy does not let it be applied."
    if report.approvers != APPROVERS:
        return f"Fix {name}{of} is shown. {prose(report.approvers)}"
    if report.place is Place.FORK:
        return f"Fix {name}{of} is shown; the App cannot push to a fork, so take the diff from here."
    return f"Fix {name}{of} is shown; there is no pull request whose branch it could be committed to."


def _sure(fix: FixSection) -> str:
    """The confidence where it stands alone."""
    return fix.confidence if fix.confidence[:1].isdigit() else f"confidence: {fix.confidence}"


def button(verb: str, fix_id: int) -> str:
    """The identifier of a button that decides; it names the fix, so that a click is about the one that was shown."""
    return f"{verb}_F{fix_id}"


def decided_by(identifier: str) -> tuple[bool, int] | None:
    """Whether a click approves, and which fix; None for any other button."""
    found = _DECIDES.fullmatch(identifier)
    return None if found is None else (found[1] == "approve", int(found[2]))


def _actions(report: Report) -> tuple[CheckAction, ...]:
    """Each button only while it can work; it shows only on a completed check run (github-facts 7)."""
    again = CheckAction("Analyze again", "Read this commit's logs once more", ANALYZE)
    fix = report.fix
    if fix is not None and fix.state in ("applied", "approved", "applying", "verified"):
        return ()
    if fix is None or fix.state != "proposed" or not fix.can_decide:
        return (again,)
    return (
        CheckAction(
            "Approve fix",
            _WAYS.get(fix.delivered_as or "", _COMMITTED).format(fix.fix_id),
            button("approve", fix.fix_id),
        ),
        CheckAction("Reject fix", f"Close fix F{fix.fix_id} without a commit", button("reject", fix.fix_id)),
        again,
    )


def _annotations(reports: Sequence[Report]) -> tuple[Annotation, ...]:
    every = (
        found for report in reports for found in (*(one.annotations for one in report.failures), report.annotations)
    )
    unique = dict.fromkeys(chain.from_iterable(every))
    return tuple(sorted(unique, key=lambda annotation: annotation.level.value != "failure"))


def footer(reports: Sequence[Report]) -> str:
    """The last line of a conversation's text."""
    open_fix = any(
        report.fix is not None and report.fix.state == "proposed" and report.fix.can_decide for report in reports
    )
    who = " ".join(dict.fromkeys(prose(report.approvers) for report in reports)) + " " if open_fix else ""
    return f"<sub>{who}`/fixer help` lists the commands.</sub>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
