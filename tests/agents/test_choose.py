import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from agents.choose import EngineRefused, choose_engine
from agents.engine import Description

_STUB = Path(__file__).parent / "portia_sdk"
NO_SDK = pytest.mark.skipif(find_spec("portia") is not None, reason="the SDK is here")


def test_without_a_key_recipes_run_alone() -> None:
    assert choose_engine(None, None).describe() == Description("recipes_only")


def test_with_a_key_gemini_is_asked() -> None:
    assert choose_engine(None, "k").describe() == Description("gemini", "gemini-2.5-pro")
    assert choose_engine(None, "k", "gemini-2.5-flash").describe().model == "gemini-2.5-flash"


def test_a_key_can_be_left_alone() -> None:
    assert choose_engine("recipes_only", "k").describe() == Description("recipes_only")


@pytest.mark.parametrize(
    ("name", "key", "model", "words"),
    [
        ("gpt", "k", None, "must be one of recipes_only, gemini, portia"),
        ("gemini", None, None, "GOOGLE_API_KEY is not set"),
        ("gemini", None, "openai:gpt-5", "pip install 'pydantic-ai-slim[openai]'"),
        (None, None, "anthropic:claude", "pip install 'pydantic-ai-slim[anthropic]'"),
        ("gemini", "k", "nobody:x", "of no service that is known here"),
    ],
)
def test_what_cannot_run_is_refused_with_the_way_out(
    name: str | None, key: str | None, model: str | None, words: str
) -> None:
    with pytest.raises(EngineRefused) as refused:
        choose_engine(name, key, model, environment={})
    assert words in str(refused.value)


@NO_SDK
def test_portia_without_its_sdk_is_refused_with_why_and_what_instead() -> None:
    with pytest.raises(EngineRefused) as refused:
        choose_engine("portia", "k")
    assert "withdrew all versions from the package index in November 2025" in str(refused.value)
    assert "CI_FIXER_ENGINE=gemini" in str(refused.value)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the SDK runs on this Python")
def test_portia_needs_a_newer_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(_STUB)
    with pytest.raises(EngineRefused, match=r"needs Python 3\.12 or newer, and this is 3\.11"):
        choose_engine("portia", "k")


@pytest.mark.parametrize(
    ("key", "model", "base_url", "words"),
    [
        ("k", None, "http://127.0.0.1:1", "does not honour GEMINI_BASE_URL"),
        (None, None, None, "set it, or use CI_FIXER_ENGINE=gemini"),
        ("k", "openai:gpt-5", None, "asks Gemini with GOOGLE_API_KEY"),
    ],
)
def test_portia_asks_google_alone(
    monkeypatch: pytest.MonkeyPatch, key: str | None, model: str | None, base_url: str | None, words: str
) -> None:
    monkeypatch.syspath_prepend(_STUB)
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    with pytest.raises(EngineRefused) as refused:
        choose_engine("portia", key, model, base_url)
    assert words in str(refused.value)


def test_portia_is_chosen_where_its_sdk_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(_STUB)
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    assert choose_engine("portia", "k").describe() == Description("portia", "gemini-2.5-pro")
