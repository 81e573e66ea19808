"""The engine for when there is no model: recipes have had their turn before, and it adds nothing to them.

All of a plan but the model's own step runs as with any other engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.engine import Description, FixAnswer, FixRequest, Inputs, Outcome
from agents.plan import ClarificationId, Plan, PlanRun, PlanRunId
from agents.runner import Desk, begin, go_on

NO_MODEL = "no model is configured"


@dataclass(frozen=True, slots=True)
class RecipesOnly:
    """The engine `recipes_only`."""

    name: str = "recipes_only"

    def describe(self) -> Description:
        """Name itself; it has no model."""
        return Description(self.name)

    async def start(self, plan: Plan, inputs: Inputs) -> PlanRun:
        """Run a plan to its end: there is nobody to ask anything."""
        return await self.resume(await begin(plan, inputs), inputs)

    async def resume(
        self, run_id: PlanRunId, inputs: Inputs, answers: Mapping[ClarificationId, str] | None = None
    ) -> PlanRun:
        """Go on where a run was left."""
        return await go_on(run_id, inputs, self.think, answers)

    async def think(self, request: FixRequest, desk: Desk) -> FixAnswer:
        """Say that there is nobody to ask."""
        del desk
        return await self.propose(request)

    async def propose(self, request: FixRequest) -> FixAnswer:
        """Say that there is nobody to ask."""
        del request
        return FixAnswer(Outcome.NO_FIX, reason=NO_MODEL)
