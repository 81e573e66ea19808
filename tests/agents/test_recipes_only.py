from agents.engine import FixRequest, Outcome
from agents.recipes_only import RecipesOnly


async def test_without_a_model_the_answer_is_no_fix_and_says_why() -> None:
    answer = await RecipesOnly().propose(FixRequest((), {}, "octo/app", "0" * 40))
    assert (answer.outcome, answer.edits, answer.reason) == (Outcome.NO_FIX, (), "no model is configured")
