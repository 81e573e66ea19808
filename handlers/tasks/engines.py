"""Which engine a repository's file asks for, among those that the operator has set up, and none beside them."""

from dataclasses import dataclass

from agents.engine import Engine
from agents.recipes_only import RecipesOnly
from github_app.repo_config import RECIPES_ONLY, RepoConfig
from github_app.repo_schema import shown
from handlers.services import Services


@dataclass(frozen=True, slots=True)
class Chosen:
    """The engine; `unmet` are the keys of the file that could not be heeded, each with the reason."""

    engine: Engine
    unmet: tuple[tuple[str, str], ...] = ()


def engine_for(services: Services, config: RepoConfig) -> Chosen:
    """The operator's engine, another of his models, or none; what he has not set up leaves his own."""
    own = services.engine
    name, model = own.describe().name, own.describe().model
    unmet: list[tuple[str, str]] = []
    if config.engine not in (None, name, RECIPES_ONLY):
        unmet.append(("engine", f"`{config.engine}` is not set up here; `{name}` is, and is used instead"))
    if config.model not in (None, model, *services.models):
        there = ", ".join(f"`{one}`" for one in dict.fromkeys((model, *services.models)) if one) or "none"
        unmet.append(
            (
                "model",
                f"`{shown(config.model or '')}` is none of the models that are set up here ({there}), and not used",
            )
        )
    if not config.propose or config.engine == RECIPES_ONLY:
        return Chosen(RecipesOnly(), tuple(unmet))
    return Chosen(services.models.get(config.model or "", own), tuple(unmet))
