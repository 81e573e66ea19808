"""How much is learned from each event of a fix, 0 to 1: one table, each weight with its reason.

It is written with the event, so that what was learned can be explained later by the table of that day.
"""

from collections.abc import Mapping

from learning.reasons import ReasonKind
from storage.fixes import FixState

OF_STATES: Mapping[FixState, float] = {
    # CI's own word on the fix's commit: nothing tells more.
    FixState.VERIFIED: 1.0,
    FixState.INEFFECTIVE: 1.0,
    # Somebody saw it at work and took it back, which is more work than to leave it.
    FixState.UNDONE: 1.0,
}
"""Of what comes to pass; what is not named here teaches nothing: who approves has not seen it work, and a fix that is
superseded or expires was judged by nobody."""

OF_REJECTIONS: Mapping[ReasonKind | None, float] = {
    # As CI's word: the next one like it would be wrong too.
    ReasonKind.WRONG: 1.0,
    # It would have mended the failure: half a failure of the fix, the other half a matter of taste.
    ReasonKind.UNWANTED: 0.5,
    # Nothing was said against the fix: it may not lower the figure of its kind.
    ReasonKind.ELSEWHERE: 0.0,
    # It was not taken, and nobody said why: between the two.
    None: 0.5,
}
"""Of a rejection, by the class of its reason."""

EDITED = 0.5
"""Of a fix that a person changed before it went in: it was on the way, and not as it should be. An outcome without
success, as `unwanted` is."""
EDITED_ELSEWHERE = 0.0
"""Of a fix whose failure somebody's own commit ended in other files: that says nothing of what it would have done."""
REACTION = 0.1
"""Of a thumb: it costs a click and no right, it may be about the comment and not the fix, and is never an outcome."""


def of_state(state: FixState) -> float:
    """The weight of a change to that state by itself; of a rejection, `of_rejection` tells."""
    return OF_STATES.get(state, 0.0)


def of_rejection(kind: ReasonKind | None) -> float:
    """The weight of a rejection whose reason is of that class."""
    return OF_REJECTIONS[kind]
