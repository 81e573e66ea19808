"""One event of a fix's ledger as people read it."""

from storage.ledger import Applied, Decided, Details, Edited, FixEventRow, Judged, Reacted, Reverted
from web.models import Change

_REASONS = {
    "wrong": "the fix is wrong",
    "unwanted": "right, but not wanted so",
    "elsewhere": "mended otherwise, or not now",
}
_SURFACES = {"comment": "by a comment", "button": "by a button", "api": "by the API", "dashboard": "on the dashboard"}


def told(event: FixEventRow) -> Change:
    """The event as the API says it and a page shows it."""
    return Change(
        kind=event.kind,
        from_state=event.from_state,
        to_state=event.to_state,
        actor=event.actor,
        reason=event.reason,
        learning_weight=event.learning_weight,
        details=_in_words(event.details),
        at=event.at,
    )


def _in_words(details: Details | None) -> str:
    said = ""
    match details:
        case Decided(channel=channel, role=role, reason_kind=kind):
            why = "" if kind is None else f"; read as: {_REASONS.get(kind, kind)}"
            said = f"{_SURFACES.get(channel, channel)}, with the role {role}{why}"
        case Edited():
            said = _edit(details)
        case Applied():
            said = _application(details)
        case Judged(run_id=run_id, run_attempt=attempt, conclusion=conclusion):
            said = f"run {run_id}, attempt {attempt}: {conclusion}"
        case Reverted(commit=commit) if commit is not None:
            said = f"by the commit {commit[:7]}"
        case Reacted(content=content):
            said = f"{content} to the comment that spoke of it"
    return said


def _edit(edit: Edited) -> str:
    if edit.commit is not None:
        whose = "the same files" if edit.same_files else "other files"
        return f"the commit {edit.commit[:7]} changed {whose}, and CI is green on it"
    return f"F{edit.original} was proposed, and F{edit.edited} is what was made of it"


def _application(made: Applied) -> str:
    if made.pull_request_number is not None:
        return f"as pull request #{made.pull_request_number}"
    if made.commit is not None:
        return f"as the commit {made.commit[:7]}"
    return "as suggestions" if made.way == "suggestions" else ""
