"""The registry of tools: one for every engine. A tool has typed arguments, and what it says is capped and scrubbed.

A tool that cannot do what it was asked says so in words; nothing of a traceback or of a secret reaches a model.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

import msgspec

from agents.sources import shown
from analysis.edits import SourceFile

MOST_CHARACTERS = 16_000
"""Of one answer of a tool: about 4,000 tokens; whoever needs more asks for another slice."""
_MOST_ARGUMENTS = 400_000
"""Characters of a call's arguments: more than any proposal of a fix holds."""

Arguments = TypeVar("Arguments")


class Kind(Enum):
    """What a tool does to the world."""

    READS = auto()
    PROPOSES = auto()
    ACTS = auto()


class ToolFailed(Exception):
    """What was asked cannot be done; the text is for the model, and says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Tool(Generic[Arguments]):
    """One tool. `arguments` is a dataclass whose annotations hold the limits; `run` gives words."""

    name: str
    description: str
    kind: Kind
    arguments: type[Arguments]
    run: Callable[[Arguments], Awaitable[str]]

    async def call(self, arguments: str) -> str:
        """Run with the arguments of a JSON object. Raises ToolFailed for arguments that it does not take."""
        try:
            given = msgspec.json.decode(arguments[:_MOST_ARGUMENTS], type=self.arguments)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise ToolFailed(f"{self.name} does not take these arguments: {error}") from error
        return await self.run(given)


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool said; `ok` False where it says why it could not do what was asked."""

    text: str
    ok: bool = True


class ToolRegistry:
    """The tools of one run, by name. Raises ValueError for two of one name.

    `files_read` are the files that tools have read in this process, `lines_read` the lines of logs, by job.
    """

    def __init__(
        self,
        tools: Iterable[Tool[object]],
        files_read: Mapping[str, SourceFile] | None = None,
        lines_read: Mapping[str, Mapping[int, str]] | None = None,
    ) -> None:
        self.files_read = {} if files_read is None else files_read
        self.lines_read = {} if lines_read is None else lines_read
        self._tools: dict[str, Tool[object]] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are named {tool.name}")
            self._tools[tool.name] = tool

    def __iter__(self) -> Iterator[Tool[object]]:
        return iter(self._tools.values())

    @property
    def of_the_model(self) -> tuple[Tool[object], ...]:
        """The tools that a model may call: those that read and those that propose."""
        return tuple(tool for tool in self if tool.kind is not Kind.ACTS)

    async def call(self, name: str, arguments: str = "{}") -> Said:
        """Call a tool as a step of the plan does."""
        tool = self._tools.get(name)
        if tool is None:
            return Said(f"There is no tool {name[:80]!r}; there are {', '.join(sorted(self._tools))}.", ok=False)
        try:
            return Said(fitted(await tool.call(arguments)))
        except ToolFailed as failed:
            return Said(fitted(str(failed)), ok=False)

    async def call_by_model(self, name: str, arguments: str) -> Said:
        """Call a tool as a model does: what acts is not its to run, whatever a log told it."""
        tool = self._tools.get(name)
        if tool is not None and tool.kind is Kind.ACTS:
            return Said(f"{name} acts, and is run by a person's decision only.", ok=False)
        return await self.call(name, arguments)


def fitted(text: str) -> str:
    """A text without secrets and what is not seen, not longer than one answer may be; that it was cut is said."""
    clean = shown(text)
    if len(clean) <= MOST_CHARACTERS:
        return clean
    return f"{clean[:MOST_CHARACTERS]}\n[cut here: {len(clean) - MOST_CHARACTERS} more characters; ask for less]"


def schema_of(tool: Tool[object]) -> dict[str, object]:
    """The JSON schema of a tool's arguments, without references between schemas: every service reads that."""
    (root,), parts = msgspec.json.schema_components([tool.arguments], ref_template="#/$defs/{name}")
    name = str(root["$ref"]).rpartition("/")[2]
    return _inlined(parts[name], parts)


def _inlined(node: dict[str, object], parts: dict[str, dict[str, object]]) -> dict[str, object]:
    if "$ref" in node:
        return _inlined(parts[str(node["$ref"]).rpartition("/")[2]], parts)
    return {key: _inlined_value(value, parts) for key, value in node.items() if key != "title"}


def _inlined_value(value: object, parts: dict[str, dict[str, object]]) -> object:
    if isinstance(value, dict):
        return _inlined(value, parts)
    if isinstance(value, list):
        return [_inlined_value(one, parts) for one in value]
    return value
