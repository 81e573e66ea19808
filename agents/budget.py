"""What one failure may cost, and what it has cost so far."""

from dataclasses import dataclass, field

from agents.engine import Outcome, Usage
from agents.errors import NoAnswer


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for one failure: requests sent (repeats after 429 and 5xx count too), tokens in all, dollars, seconds.

    A plan that is resumed goes on with what is left. `cost_micros` is in millionths of a dollar.

    `answer_tokens` caps one answer. Gemini counts its thinking in it: 2,048 often leave no text at all, hence at
    least 8,192.
    """

    requests: int = 8
    input_tokens: int = 300_000
    output_tokens: int = 40_000
    answer_tokens: int = 16_384
    cost_micros: int = 1_000_000
    seconds: float = 240.0

    def __post_init__(self) -> None:
        if self.answer_tokens < 8192:
            raise ValueError(f"answer_tokens is {self.answer_tokens}; below 8192 thinking leaves no room for an answer")


@dataclass(frozen=True, slots=True)
class DailyBudget:
    """Limits of a day (UTC), of one repository and of all together: what strangers' failing runs may cost at most.

    Costs are in millionths of a dollar. A run that has begun is ended within its own budget.
    """

    repository_runs: int = 50
    repository_tokens: int = 3_000_000
    repository_cost_micros: int = 5_000_000
    tokens: int = 30_000_000
    cost_micros: int = 50_000_000


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

    def add_tokens(self, input_tokens: int, output_tokens: int, cost_micros: int = 0) -> None:
        """Count the tokens that the service says an answer took, and their price where it is known."""
        self.usage += Usage(input_tokens=input_tokens, output_tokens=output_tokens, cost_micros=cost_micros)

    def at_least(self, usage: Usage) -> None:
        """Take over what was spent before, in another process."""
        mine = self.usage
        self.usage = Usage(
            max(mine.requests, usage.requests),
            max(mine.input_tokens, usage.input_tokens),
            max(mine.output_tokens, usage.output_tokens),
            max(mine.cost_micros, usage.cost_micros),
        )

    def has_room(self) -> bool:
        """Whether one more request may be sent."""
        budget, usage = self.budget, self.usage
        return (
            usage.requests < budget.requests
            and usage.input_tokens < budget.input_tokens
            and usage.output_tokens < budget.output_tokens
            and usage.cost_micros < budget.cost_micros
        )

    def _spent(self) -> str:
        usage = self.usage
        return f"{usage.requests} requests, {usage.input_tokens} tokens in, {usage.output_tokens} out"
