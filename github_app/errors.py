"""What a task raises, so that the queue knows what to do next.

CiFixerError
├── RetryLater   passing: a rate limit, a server error, the network, a log not written yet; tried again
└── Permanent    trying again cannot help; the job fails at once
"""

from datetime import timedelta


class CiFixerError(Exception):
    """Any of the above; its text says what was wrong and the way out."""


class RetryLater(CiFixerError):
    """Try again, not before `after` has passed where the other side said how long (github-facts 12)."""

    def __init__(self, reason: str, after: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.after = after


class Permanent(CiFixerError):
    """Do not try again."""
