"""Report -> check run and sticky comment: pure rendering, verdict first, fitted to GitHub's limits.

Limits: https://docs.github.com/en/rest/checks/runs (65,535 characters of summary and text, 50 annotations a request,
three actions of 20/40/20 characters) and 65,536 characters of a comment (github-facts 6, 7 and 10).
"""

from collections.abc import Sequence
from itertools import chain

from github_app.markdown import code, fence, fit, folded, plain, prose
from github_app.model import Annotation, CheckAction, CheckOutput
from github_app.report import APPROVERS, FailureSection, FixSection, Place, Report

CHECK_NAME = "CI Fixer"
APPROVE, REJECT, ANALYZE = "approve_fix", "reject_fix", "analyze_again"
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


def check_output(report: Report, *, annotations_sent: int = 0) -> CheckOutput:
    """The check run: in progress while a fix is looked for, else completed.

    GitHub appends annotations, so the `annotations_sent` first ones are left out.
    """
    annotations = _annotations(report)
    return CheckOutput(
        title=_cut(_title(report), TITLE_LIMIT),
        summary=fit(_summary(report, len(annotations)), SUMMARY_LIMIT),
        conclusion=_conclusion(report),
        annotations=annotations[annotations_sent:ANNOTATIONS_A_REQUEST],
        actions=() if report.looking else _actions(report),
    )


def _conclusion(report: Report) -> str | None:
    if report.looking:
        return None
    return "success" if report.fix is not None and report.fix.state == "verified" else "neutral"


def comment_body(reports: Sequence[Report]) -> str:
    """The sticky comment: every analysed run of the head commit, the one that asks a decision first."""
    ordered = sorted(reports, key=lambda report: (report.fix is None, report.workflow_name))
    parts = [comment_section(report) for report in ordered]
    return fit("\n\n".join([MARKER, *parts, footer(reports)]), COMMENT_LIMIT)


def _title(report: Report) -> str:
    if report.fix is not None and report.fix.state == "verified":
        # A title is no markdown: backticks would stand there as they are.
        return f"Fixed: {report.fix.summary.replace('`', '')}"
    if not report.failures:
        return report.note
    more = f" (and {len(report.failures) - 1} more)" if len(report.failures) > 1 else ""
    return f"{_cut(report.failures[0].headline, TITLE_LIMIT - len(more))}{more}"


def _summary(report: Report, annotations: int) -> str:
    parts = [f"**{_verdict_line(report)}**", *(_failure(section) for section in report.failures)]
    if report.earlier:
        parts.append(prose(report.earlier))
    if report.fix is not None:
        parts.append(_fix(report.fix, report))
    elif report.note:
        parts.append(prose(report.note))
    parts += [prose(_cut(remark, _LINE_LIMIT)) for remark in report.remarks]
    if annotations > ANNOTATIONS_A_REQUEST:
        parts.append(f"{annotations - ANNOTATIONS_A_REQUEST} more places are not annotated: GitHub takes 50 at once.")
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
    facts = f"{prose(fix.summary.rstrip('. '))}. From {code(fix.source)}; {fix.complexity}; proof: {fix.proof_level}."
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
            f"Fix {name}{of} is ready ({fix.proof_level}). {again}Comment `/approve {name}` to "
            f"{_DELIVER.get(fix.delivered_as or '', 'commit it to {}').format(branch)}, or `/reject {name} reason`."
        )
    if any(fix.findings):
        return f"Fix {name}{of} is shown, but policy does not let it be applied."
    if report.approvers != APPROVERS:
        return f"Fix {name}{of} is shown. {prose(report.approvers)}"
    if report.place is Place.FORK:
        return f"Fix {name}{of} is shown; the App cannot push to a fork, so take the diff from here."
    return f"Fix {name}{of} is shown; there is no pull request whose branch it could be committed to."


def _actions(report: Report) -> tuple[CheckAction, ...]:
    """Each button only while it can work; it shows only on a completed check run (github-facts 7)."""
    again = CheckAction("Analyze again", "Read the logs of this run once more", ANALYZE)
    fix = report.fix
    if fix is not None and fix.state in ("applied", "approved", "applying", "verified"):
        return ()
    if fix is None or fix.state != "proposed" or not fix.can_decide:
        return (again,)
    return (
        CheckAction("Approve fix", _WAYS.get(fix.delivered_as or "", _COMMITTED).format(fix.fix_id), APPROVE),
        CheckAction("Reject fix", f"Close fix F{fix.fix_id} without a commit", REJECT),
        again,
    )


def _annotations(report: Report) -> tuple[Annotation, ...]:
    every = (*(section.annotations for section in report.failures), report.annotations)
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
