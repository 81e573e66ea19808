"""Which service a model's name means, and what is missing for it here: told before a plan runs, without loading it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

GOOGLE = "google"


@dataclass(frozen=True, slots=True)
class _Service:
    package: str
    extra: str
    variable: str


_OTHERS = {
    "openai": _Service("openai", "openai", "OPENAI_API_KEY"),
    "anthropic": _Service("anthropic", "anthropic", "ANTHROPIC_API_KEY"),
    "ollama": _Service("openai", "openai", "OLLAMA_BASE_URL"),
}


def service_of(model: str) -> str:
    """The part before the colon of `openai:gpt-5`; a name without one is Google's."""
    service, colon, _ = model.partition(":")
    return service if colon else GOOGLE


def missing(model: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """What must be done before this model can be asked, in a sentence; None where it can be."""
    name = service_of(model)
    if name == GOOGLE:
        return None
    service = _OTHERS.get(name)
    if service is None:
        known = ", ".join(f"{one}:…" for one in _OTHERS)
        return f"the model {model!r} is of no service that is known here: name a Gemini model, or {known}"
    if find_spec(service.package) is None:
        return (
            f"the model {model!r} needs a library that is not installed: run `pip install "
            f"'pydantic-ai-slim[{service.extra}]'`, or name a Gemini model"
        )
    if not environment.get(service.variable):
        return f"the model {model!r} needs {service.variable} in the environment of the worker"
    return None
