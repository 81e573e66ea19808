from agents.engine import Description, FixRequest, Outcome
from agents.recipes_only import RecipesOnly
from agents.runner import Desk


async def test_without_a_model_the_answer_is_no_fix_and_says_why() -> None:
    answer = await RecipesOnly().think(FixRequest((), {}, "octo/app", "0" * 40), Desk())
    assert (answer.outcome, answer.edits, answer.reason) == (Outcome.NO_FIX, (), "no model is configured")


def test_it_has_no_model() -> None:
    assert RecipesOnly().describe() == Description("recipes_only", "")
