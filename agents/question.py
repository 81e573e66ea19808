"""What a model is asked, with what, and what it has seen so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from agents.budget import Meter
from agents.engine import FixRequest
from agents.prompt import Prompt
from agents.runner import Desk
from agents.sources import Sources
from analysis.edits import SourceFile

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
        """The prompt, with what an answer may quote of what tools have read since."""
        instructions = self.instructions
        return replace(self.prompt, instructions=instructions, version=self.version, sources=self.sources)

    @property
    def version(self) -> str:
        """The names of the instructions that direct the model."""
        return self.prompt.version if self.desk.tools is None else f"{self.prompt.version}+{TOOLS_VERSION}"

    @property
    def sources(self) -> Sources:
        """What may be quoted: what the prompt shows, and the files and log lines that tools have read since."""
        lines = () if self.desk.tools is None else tuple(self.desk.tools.lines_read.values())
        return self.prompt.sources.with_read(self._read, lines)

    @property
    def _read(self) -> Mapping[str, SourceFile]:
        return {} if self.desk.tools is None else self.desk.tools.files_read
