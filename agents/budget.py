"""What one failure may cost, and what it has cost so far."""

from dataclasses import dataclass, field

from agents.engine import Outcome, Usage
from agents.errors import NoAnswer


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for one failure: requests sent (repeats after 429 and 5xx count too), tokens in all, and seconds.

    `answer_tokens` caps one answer. Gemini counts its thinking in it: 2,048 often leave no text at all, hence at
    least 8,192.
    """

    requests: int = 4
    input_tokens: int = 150_000
    output_tokens: int = 40_000
    answer_tokens: int = 16_384
    seconds: float = 240.0

    def __post_init__(self) -> None:
        if self.answer_tokens < 8192:
            raise ValueError(f"answer_tokens is {self.answer_tokens}; below 8192 thinking leaves no room for an answer")


@dataclass(slots=True)
class Meter:
    """Counts what is spent against a budget."""

    budget: Budget
    usage: Usage = field(default_factory=Usage)

    def open_request(self) -> None:
        """Count one request about to be sent. Raises NoAnswer when the budget holds no more."""
        if not self.has_room():
            raise NoAnswer(Outcome.UNAVAILABLE, f"the budget for one failure is spent: {self._spent()}")
        self.usage += Usage(requests=1)

    def add_tokens(self, input_tokens: int, output_tokens: int) -> None:
        """Count the tokens that the service says an answer took."""
        self.usage += Usage(input_tokens=input_tokens, output_tokens=output_tokens)

    def has_room(self) -> bool:
        """Whether one more request may be sent."""
        budget, usage = self.budget, self.usage
        return (
            usage.requests < budget.requests
            and usage.input_tokens < budget.input_tokens
            and usage.output_tokens < budget.output_tokens
        )

    def _spent(self) -> str:
        usage = self.usage
        return f"{usage.requests} requests, {usage.input_tokens} tokens in, {usage.output_tokens} out"
