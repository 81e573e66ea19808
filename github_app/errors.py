"""What a task raises, so that the queue knows what to do next.

CiFixerError
├── RetryLater   passing: a rate limit, a server error, the network, a log not written yet; tried again
│   └── Unauthorized   401: a token that a replica does not know yet, or a key that is not this App's
└── Permanent    trying again cannot help; the job fails at once
    ├── NotFound     it is not there, or not within what the App may see
    ├── Forbidden    a permission that the installation did not give
    ├── Refused      GitHub would not do it, and said why
    ├── HeadMoved    the branch no longer points to the commit that was meant
    └── LogMissing   a job's log cannot be had
"""

from datetime import timedelta


class CiFixerError(Exception):
    """Any of the above; its text says what was wrong and the way out."""


class RetryLater(CiFixerError):
    """Try again, not before `after` has passed where the other side said how long (github-facts 12)."""

    def __init__(self, reason: str, after: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.after = after


class Unauthorized(RetryLater):
    """GitHub does not take the App's credentials."""


class Permanent(CiFixerError):
    """Do not try again."""


class NotFound(Permanent):
    """404, or 410 where it was there once (`gone`)."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


class Forbidden(Permanent):
    """403; `permissions` are those that would do, as GitHub lists them (`checks=write`), or empty."""

    def __init__(self, reason: str, permissions: str = "") -> None:
        super().__init__(f"{reason} It takes the permission {permissions}." if permissions else reason)
        self.permissions = permissions


class Refused(Permanent):
    """409 or 422, with GitHub's reason."""


class HeadMoved(Permanent):
    """Somebody pushed in between; nothing was written."""


class LogMissing(Permanent):
    """`reason` is `expired` (GitHub keeps logs for a time) or `never` (the job ended without writing one)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the job's log is missing: {reason}")
        self.reason = reason
