"""Which engine runs here, by name: checked when a process starts, so that no plan fails for what was set up wrong."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from agents.engine import Engine
from agents.gemini import DEFAULT_MODEL, Gemini
from agents.named_model import GOOGLE, missing, service_of
from agents.recipes_only import RecipesOnly

ENGINES = ("recipes_only", "gemini", "portia")
"""The names that CI_FIXER_ENGINE takes."""
_INSTEAD = (
    "use CI_FIXER_ENGINE=gemini, which runs the same plan with the same tools, or CI_FIXER_ENGINE=recipes_only, "
    "which needs no model"
)


class EngineRefused(Exception):
    """The engine that was asked for cannot run here; the text says why, and what to do instead."""


def choose_engine(
    name: str | None,
    google_api_key: str | None,
    model: str | None = None,
    base_url: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Engine:
    """The engine of that name; without a name `gemini` where a model can be asked, else `recipes_only`.

    Raises EngineRefused.
    """
    asked = model or DEFAULT_MODEL
    google = service_of(asked) == GOOGLE
    if name is None:
        name = "gemini" if google_api_key is not None or not google else "recipes_only"
    match name:
        case "recipes_only":
            return RecipesOnly()
        case "gemini":
            return _gemini(google_api_key, asked, base_url, environment)
        case "portia":
            return _portia(google_api_key, asked, base_url)
        case _:
            raise EngineRefused(f"CI_FIXER_ENGINE is {name!r}; it must be one of {', '.join(ENGINES)}.")


def _gemini(key: str | None, model: str, base_url: str | None, environment: Mapping[str, str]) -> Engine:
    if service_of(model) == GOOGLE and key is None:
        raise EngineRefused(
            "CI_FIXER_ENGINE is gemini, and GOOGLE_API_KEY is not set: make a key at Google AI Studio, or use "
            "CI_FIXER_ENGINE=recipes_only, which needs no model."
        )
    unmet = missing(model, environment)
    if unmet is not None:
        raise EngineRefused(f"GEMINI_MODEL cannot be used: {unmet}.")
    return Gemini(key or "", model, base_url)


def _portia(key: str | None, model: str, base_url: str | None) -> Engine:
    if find_spec("portia") is None:
        raise EngineRefused(
            "CI_FIXER_ENGINE is portia, and the Portia SDK is not installed; nobody can fetch it: its makers withdrew "
            "all versions from the package index in November 2025. Where you hold a copy of 0.9.0, install that into "
            f"the worker's environment; otherwise {_INSTEAD}."
        )
    version = tuple(sys.version_info[:2])
    if version < (3, 12):
        running = ".".join(map(str, version))
        raise EngineRefused(f"The Portia SDK needs Python 3.12 or newer, and this is {running}; {_INSTEAD}.")
    if base_url is not None:
        raise EngineRefused(
            f"The Portia SDK does not honour GEMINI_BASE_URL, and would ask Google itself: unset it, or {_INSTEAD}."
        )
    if key is None or service_of(model) != GOOGLE:
        raise EngineRefused(f"CI_FIXER_ENGINE is portia, which asks Gemini with GOOGLE_API_KEY: set it, or {_INSTEAD}.")
    from agents.portia import Portia  # noqa: PLC0415 - only where it is chosen

    return Portia(key, model)
