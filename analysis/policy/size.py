"""Limits of size: a fix is read by a person before it is approved, in a minute or two."""

import re
from collections.abc import Iterator

from analysis.policy.model import MAX_LINE, Change, Finding

_MAX_FILES = 20
_MAX_LINES = 400
_EMPTIED_FROM = 3
# Text that is shown in another order than it runs (https://trojansource.codes/), or not shown.
_UNSEEN = re.compile("[\u200b\u202a-\u202e\u2060-\u2069]")


def size(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find a patch too large to review, and lines or files that hide what they are."""
    if len(changes) > _MAX_FILES:
        yield Finding("", "size", f"touches {len(changes)} files; a fix touches at most {_MAX_FILES}")
    lines = sum(len(change.added) + len(change.removed) for change in changes)
    if lines > _MAX_LINES:
        yield Finding("", "size", f"changes {lines} lines; a fix changes at most {_MAX_LINES}")
    for change in changes:
        if any(len(line) > MAX_LINE for line in change.added):
            yield Finding(change.path, "size", f"has a new line of more than {MAX_LINE} characters")
        if change.more_of(_UNSEEN):
            yield Finding(change.path, "unseen-characters", "has new characters that reorder or hide text")
        if len(change.before) >= _EMPTIED_FROM and not any(line.strip() for line in change.after):
            yield Finding(change.path, "file-emptied", "is left empty; a fix neither deletes nor renames files")
