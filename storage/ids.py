"""The ids that this database makes itself; GitHub's own ids are plain integers here."""

from typing import NewType

FailureId = NewType("FailureId", int)
FixId = NewType("FixId", int)
ApprovalId = NewType("ApprovalId", int)
