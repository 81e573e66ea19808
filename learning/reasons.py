"""A rejection's words -> what they say of the fix: pure, and for people who write what they think.

The first words decide, however they are written; words behind a class and a colon (`wrong: it hides the error`) may be
any. What begins otherwise has no class: nothing is guessed from the middle of a sentence, where a "not" may stand.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

LONGEST_READ = 200
"""Characters looked at: the words that decide are the first ones, and a comment may hold thousands."""


class ReasonKind(StrEnum):
    """What a rejection says of the fix."""

    WRONG = "wrong"
    """It does not mend the failure, or breaks something else."""
    UNWANTED = "unwanted"
    """It would work, and nobody wants it like that."""
    ELSEWHERE = "elsewhere"
    """Nothing against it: mended otherwise, a duplicate, not now, out of date."""


WORDS: Mapping[ReasonKind, tuple[str, ...]] = {
    ReasonKind.WRONG: (
        "wrong", "incorrect", "broken", "breaks", "invalid", "bad fix", "buggy", "harmful", "dangerous", "unsafe",
        "does not work", "doesn't work", "does not fix", "doesn't fix", "does not help", "doesn't help",
        "not a fix", "not the cause", "not the problem", "hides", "masks", "still fails",
    ),
    ReasonKind.UNWANTED: (
        "unwanted", "not wanted", "unneeded", "not needed", "unnecessary", "style", "not our style", "ugly", "overkill",
        "we prefer", "i prefer", "prefer", "we keep", "we don't want", "we do not want", "i don't want", "rather",
        "not like this", "not like that", "by design", "intended", "intentional",
    ),
    ReasonKind.ELSEWHERE: (
        "elsewhere", "duplicate", "dup", "already fixed", "already done", "already merged", "fixed otherwise",
        "fixed elsewhere", "fixed in", "fixed by", "done in", "done by", "handled in", "handled elsewhere", "outdated",
        "out of date", "obsolete", "stale", "not now", "later", "not yet", "postponed", "superseded",
        "no longer needed",
    ),
}  # fmt: skip
"""What a reason of each class begins with."""

# Words that say nothing yet: "This fix is simply wrong" begins with "wrong".
_LEAD = r"(?:(?:this|that|it|the|fix|patch|change|is|was|it's|that's|this's|just|simply|plainly|clearly|sorry|no)\W+)*"
_KINDS = {kind: re.compile(rf"\W*{_LEAD}(?:{'|'.join(map(re.escape, words))})(?!\w)") for kind, words in WORDS.items()}


def read_reason(words: str) -> ReasonKind | None:
    """The class of a reason; None where it has none, or is empty."""
    text = " ".join(words[:LONGEST_READ].casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    return next((kind for kind, begins in _KINDS.items() if begins.match(text)), None)
