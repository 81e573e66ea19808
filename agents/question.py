"""What a model is asked, with what, and what it has seen so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from agents.budget import Meter
from agents.engine import FixRequest
from agents.prompt import Prompt
from agents.runner import Desk
from analysis.edits import SourceFile
from analysis.patch import text_of
from analysis.redact import scrub

TOOLS_VERSION = "tools.v1"
"""The name of the instructions for runs with tools."""


@cache
def _tools_instructions() -> str:
    return (Path(__file__).parent / "prompts" / f"{TOOLS_VERSION}.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a model."""

    request: FixRequest
    prompt: Prompt
    meter: Meter
    desk: Desk

    @property
    def instructions(self) -> str:
        """What directs the model."""
        tools = "" if self.desk.tools is None else f"\n\n{_tools_instructions()}"
        return f"{self.prompt.instructions}{tools}"

    @property
    def files(self) -> Mapping[str, SourceFile]:
        """The files that may be edited: those that were shown, and those that a tool has read since."""
        return {**self._read, **self.request.files}

    @property
    def seen(self) -> Prompt:
        """The prompt, with what tools have read since."""
        read = {path: scrub(text_of(file)).text for path, file in self._read.items() if b"\0" not in file.content}
        return replace(self.prompt, files={**read, **self.prompt.files})

    @property
    def _read(self) -> Mapping[str, SourceFile]:
        return {} if self.desk.tools is None else self.desk.tools.files_read
