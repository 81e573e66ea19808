"""Secrets that a fix would write into the repository, where they stay in its history."""

from collections.abc import Iterator

from analysis.policy.model import Change, Finding
from analysis.redact import scrub


def secrets_added(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find new lines that hold a secret; the finding does not repeat it."""
    for change in changes:
        if scrub("\n".join(change.added)).count > scrub("\n".join(change.removed)).count:
            yield Finding(change.path, "secret", "would write a secret into the history")
