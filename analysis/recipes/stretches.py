"""The evidence of a diagnosis as unbroken stretches of the log, for recipes that need all of a tool's output."""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis

_CHECKOUT = re.compile(
    r"^(?:(?:/home/runner/work|/__w|/Users/runner/work)/[^/]+/[^/]+/|/github/workspace/|\./"
    # A runner of one's own works in `_work/NAME/NAME`, wherever it was installed.
    r"|/(?:[^/]+/){0,20}_?work/(?P<name>[^/]+)/(?P=name)/)"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of the log that follow each other, and whether they end where the log does."""

    lines: tuple[str, ...]
    ends_log: bool


def stretches(diagnosis: Diagnosis) -> tuple[Stretch, ...]:
    """Join the blocks that touch: what lies between two others was left out of the evidence."""
    joined: list[tuple[int, list[str]]] = []
    for block in diagnosis.evidence.blocks:
        lines = block.text.removesuffix("\n").split("\n")
        if joined and joined[-1][0] + 1 == block.start:
            joined[-1] = (block.end, joined[-1][1] + lines)
        else:
            joined.append((block.end, lines))
    return tuple(Stretch(tuple(lines), end >= diagnosis.lines) for end, lines in joined)


def in_repository(path: str) -> str | None:
    """Give a path as the repository has it; None for one outside. Tools name files by where they were checked out."""
    relative = _CHECKOUT.sub("", path)
    outside = relative.startswith(("/", "<", "../")) or "site-packages/" in relative
    return None if outside or not relative else relative
