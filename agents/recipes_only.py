"""The engine for when there is no model: recipes have had their turn before, and it adds nothing to them.

All of a plan but the model's own step runs as with any other engine.
"""

from dataclasses import dataclass

from agents.engine import Description, FixAnswer, FixRequest, Outcome
from agents.runner import Desk, Planned

NO_MODEL = "no model is configured"


@dataclass(frozen=True, slots=True)
class RecipesOnly(Planned):
    """The engine `recipes_only`."""

    name: str = "recipes_only"

    def describe(self) -> Description:
        """Name itself; it has no model."""
        return Description(self.name)

    async def think(self, request: FixRequest, desk: Desk) -> FixAnswer:
        """Say that there is nobody to ask."""
        del request, desk
        return FixAnswer(Outcome.NO_FIX, reason=NO_MODEL)
