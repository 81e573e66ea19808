"""What ends a request for a fix early.

NoAnswer              there will be no answer; carries the outcome and a sentence that says why
"""

from agents.engine import Outcome


class NoAnswer(Exception):
    """The model was not asked, did not answer, or its answer cannot be used. `reason` holds no text of the model."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
