"""What people made of earlier fixes, for those who propose the next: quoted to a model, or a reason to refuse one."""

from collections.abc import Sequence

from agents.past import MOST_PAST, PastFix, Said
from analysis.redact import scrub
from handlers.services import Services
from handlers.tasks.configuration import secrets_of
from learning.reasons import ReasonKind
from learning.weights import of_rejection
from storage import feedback
from storage.failures import FailureRow
from storage.feedback import FeedbackRow
from storage.ledger import Decided, Edited

_MOST_READ = 20
"""Events read for one failure: those from which nothing is learned are left out of them."""
_MOST_FAILURES = 8
"""Failures asked for: as many as a model is told of."""
_MOST_REFUSED = 100
"""Rejected fixes of one failure that a new one is held against: who rejects that many has other means."""
REFUSED = "No fix that was rejected as wrong is proposed again:"
"""How the note begins where that is why there is none."""
_SAID = {ReasonKind.WRONG.value: Said.WRONG, ReasonKind.UNWANTED.value: Said.UNWANTED}


async def past_fixes(services: Services, found: Sequence[FailureRow]) -> tuple[PastFix, ...]:
    """What is quoted to a model about these failures: of the same ones first, then of like ones; newest first.

    Never of another repository: its words may be a secret to those who read this one.
    """
    if not services.config.redact_known:
        return ()
    distinct = list({row.fingerprint: row for row in found}.values())[:_MOST_FAILURES]
    same: dict[int, FeedbackRow] = {}
    near: dict[int, FeedbackRow] = {}
    async with services.database.connection() as connection:
        for row in distinct:
            for one in await feedback.feedback_for(connection, row.repository_id, row.fingerprint, _MOST_READ):
                same[one.fix_event_id] = one
        for category, tool in dict.fromkeys((row.category, row.tool) for row in distinct):
            ids = found[0].repository_id, category, tool
            for one in await feedback.feedback_near(connection, *ids, _MOST_READ):
                near.setdefault(one.fix_event_id, one)
    chosen = [*_taught(same, frozenset()), *_taught(near, frozenset(same))][:MOST_PAST]
    return tuple(_quoted(services, one, same=one.fix_event_id in same) for one in chosen)


async def refused(services: Services, covered: Sequence[FailureRow], diff: str) -> str | None:
    """The note where somebody rejected this very change as wrong for one of these failures; None where nobody did."""
    fingerprints = sorted({row.fingerprint for row in covered})
    wrong = of_rejection(ReasonKind.WRONG)
    async with services.database.connection() as connection:
        rejected = await feedback.refused_for(connection, covered[0].repository_id, fingerprints, wrong, _MOST_REFUSED)
    changes = _lines_changed(diff)
    same = next((one for one in rejected if _lines_changed(one.diff) == changes), None)
    if same is None:
        return None
    return f"{REFUSED} what was found is the change of F{same.fix_id}, which {same.actor} rejected."


def _lines_changed(diff: str) -> list[str]:
    """What a diff takes away and puts in, file by file; what stands around it may have changed since."""
    return [line for line in diff.split("\n") if line.startswith(("+", "-"))]


def _taught(rows: dict[int, FeedbackRow], without: frozenset[int]) -> list[FeedbackRow]:
    """Newest first; a rejection that says nothing against the fix teaches a model nothing."""
    return [rows[at] for at in sorted(rows, reverse=True) if rows[at].learning_weight > 0 and at not in without]


def _quoted(services: Services, row: FeedbackRow, *, same: bool) -> PastFix:
    own = secrets_of(services)
    said, made = Said.REJECTED, ""
    match row.details:
        case Decided(reason_kind=kind) if kind is not None:
            said = _SAID.get(kind, Said.REJECTED)
        case Edited(commit=None, difference=difference):
            said, made = Said.EDITED, difference
        case Edited():
            said = Said.REPLACED
    words = row.reason if said in (Said.WRONG, Said.UNWANTED, Said.REJECTED) else ""
    words, change, made = (scrub(text, own).text for text in (words, row.diff, made))
    return PastFix(f"F{row.fix_id}", said, words, change, made, same)
