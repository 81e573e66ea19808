"""The engine for when there is no model: recipes have had their turn before, and it adds nothing to them."""

from dataclasses import dataclass

from agents.engine import FixAnswer, FixRequest, Outcome


@dataclass(frozen=True, slots=True)
class RecipesOnly:
    """The engine `recipes_only`."""

    name: str = "recipes_only"

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Say that there is nobody to ask."""
        return FixAnswer(Outcome.NO_FIX, reason="no model is configured")
