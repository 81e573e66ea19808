"""A history of fixes whose probabilities are known: what predictions can be held against, as no real history can be.

Each fix has log odds of success that are the sum of what its category, its kind and its very failure bring, and of
what can be read off it: its size, its proof, whose the failure was. Failures come back as they do, few often and many
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import exp
from random import Random

from storage.ids import FixId
from storage.outcomes import FixFeatures, Outcome

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
_CATEGORIES = ("lint", "format", "type_check", "test", "build", "dependency", "configuration", "infrastructure")
_KINDS = (
    "recipe:ruff-fix",
    "recipe:formatter-diff",
    "recipe:missing-dependency",
    "engine:gemini:gemini-2.5-pro",
    "engine:portia:gemini-2.5-pro",
    "memory:F1",
)
_COMPLEXITIES = ("trivial", "simple", "moderate", "complex")
_VERDICTS = ("yours", "yours", "yours", "base", "flaky", "infrastructure", "unknown")
_FAILURES = 400


@dataclass(frozen=True, slots=True)
class Known:
    """A fix's outcome, and how probable its success really was."""

    outcome: Outcome
    probability: float


class World:
    """One installation. The same seed makes the same world and history.

    `spread` is how much categories, kinds and failures differ, in log odds; `readable` is how much size, proof and
    verdict say.
    """

    def __init__(self, seed: int, *, spread: float = 0.8, readable: float = 0.5) -> None:
        self._random = Random(seed)
        self._readable = readable
        draw = self._random.gauss
        self._of_category = {one: draw(0.6, spread) for one in _CATEGORIES}
        self._of_kind = {(one, kind): draw(0, spread) for one in _CATEGORIES for kind in _KINDS}
        self._failures = [
            (f"failure-{at}", self._random.choice(_CATEGORIES), draw(0, spread)) for at in range(_FAILURES)
        ]
        # As words of a language do, so failures: the second comes half as often as the first (Zipf).
        self._often = list(accumulate(1 / (at + 1) for at in range(_FAILURES)))
        self._made = 0

    def history(self, n: int) -> tuple[Known, ...]:
        """The next `n` fixes, one an hour, each decided within some days."""
        return tuple(self._fix() for _ in range(n))

    def _fix(self) -> Known:
        random = self._random
        self._made += 1
        name, category, of_failure = random.choices(self._failures, cum_weights=self._often)[0]
        # Each category has the kinds that it is mostly mended by.
        usual = _CATEGORIES.index(category) % len(_KINDS)
        kind = _KINDS[usual] if random.random() < 0.6 else random.choice(_KINDS)
        size = random.randrange(4)
        proof, verdict = random.choice(("applies", "parses", "command re-run")), random.choice(_VERDICTS)
        odds = self._of_category[category] + self._of_kind[category, kind] + of_failure
        odds += self._readable * (1.5 - size + (proof == "command re-run") * 2 - (verdict == "flaky") * 2)
        probability = 1 / (1 + exp(-odds))
        proposed_at = BEGIN + timedelta(hours=self._made)
        features = FixFeatures(
            fingerprint=name,
            category=category,
            source=kind,
            complexity=_COMPLEXITIES[size],
            proof_level=proof,
            files=1 + size // 2,
            lines=random.randrange(1, 4 + 30 * size),
            verdict=verdict,
        )
        outcome = Outcome(
            fix_event_id=self._made,
            fix_id=FixId(self._made),
            repository_id=1 + self._made % 3,
            kind=kind,
            features=features,
            succeeded=random.random() < probability,
            weight=1.0,
            proposed_at=proposed_at,
            decided_at=proposed_at + timedelta(hours=random.expovariate(1 / 12)),
            replaced_at=None,
        )
        return Known(outcome, probability)


def outcomes_of(known: Sequence[Known]) -> tuple[Outcome, ...]:
    """What a product would know of them."""
    return tuple(one.outcome for one in known)
