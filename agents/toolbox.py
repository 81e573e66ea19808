"""The product's tools, on whatever they read from and act through: seven of the plan, and two that read the repository.

`Reads` and `Acts` are what the handlers bring: this room knows neither GitHub nor the database.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from agents.engine import FixRequest
from agents.tools import Kind, Tool, ToolFailed, ToolRegistry
from analysis import policy
from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, apply_edits, prove, split_lines, text_of
from analysis.redact import scrub

MOST_LINES = 200
"""Lines of one slice of a log or a file: what fits one answer of a tool."""
MOST_FOUND = 40
"""Places that a search names; a search that finds more is told to be narrower."""
_MOST_PATHS = 400
"""Paths of one listing."""
_LINE = 500
"""Characters shown of a line."""
_MOST_EDITS = 40
"""Edits of one proposal, as in the model's answer."""


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line as its log or file counts it, from 1."""

    number: int
    text: str


class Reads(Protocol):
    """What a run may read: one repository at one commit, and the logs of one run. Raises ToolFailed in words."""

    async def workflow_run(self) -> str:
        """The run and its failed jobs."""
        ...

    async def log(self, job: str, first: int, last: int, words: str) -> Sequence[NumberedLine]:
        """Lines `first` to `last` of a job's log, only those that hold `words` where it is not empty."""
        ...

    async def paths(self) -> Sequence[str]:
        """Every file at the head commit."""
        ...

    async def file(self, path: str) -> SourceFile | None:
        """A file at the head commit; None where there is none that a fix could touch."""
        ...

    async def diff(self) -> str:
        """What the head changes against its base."""
        ...

    async def similar_fixes(self) -> str:
        """What mended the same failure here before."""
        ...

    async def approval(self, fix: int) -> str:
        """How far the decision on a fix has come."""
        ...


class Acts(Protocol):
    """What the plan's own steps do, never a model."""

    async def store_analysis(self, answer: str) -> str:
        """Keep an answer (FixAnswer as JSON), and the fix that it holds; says what was kept."""
        ...

    async def request_approval(self) -> str:
        """Have a person asked to approve what was kept; says what waits for whom."""
        ...


@dataclass(frozen=True, slots=True)
class NoArguments:
    """For tools that are about the run as a whole."""


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Where in a job's log to read."""

    job: Annotated[str, Meta(max_length=200, description="name of the failed job; empty: the first failed one")] = ""
    first: Annotated[int, Meta(ge=1, le=100_000_000, description="first line, counted from 1")] = 1
    last: Annotated[int, Meta(ge=1, le=100_000_000, description="last line; at most 200 lines without words")] = 200
    words: Annotated[
        str, Meta(max_length=200, description="give only lines that hold these words, case ignored; searches to `last`")
    ] = ""


@dataclass(frozen=True, slots=True)
class RepositoryRead:
    """What of the repository to read."""

    what: Annotated[Literal["tree", "file", "diff"], Meta(description="list paths, read a file, or see the change")]
    path: Annotated[str, Meta(max_length=400, description="the file; for tree: a folder or the start of a path")] = ""
    first: Annotated[int, Meta(ge=1, le=10_000_000, description="first line of the file")] = 1
    last: Annotated[int, Meta(ge=1, le=10_000_000, description="last line; at most 200 lines")] = 200


@dataclass(frozen=True, slots=True)
class EditGiven:
    """Text that stands exactly once in a file, and what takes its place; an empty search makes a new file."""

    path: Annotated[str, Meta(min_length=1, max_length=400)]
    search: Annotated[str, Meta(max_length=50_000)]
    replace: Annotated[str, Meta(max_length=50_000)]


@dataclass(frozen=True, slots=True)
class FixProposed:
    """Edits to be checked."""

    edits: Annotated[list[EditGiven], Meta(min_length=1, max_length=_MOST_EDITS)]


@dataclass(frozen=True, slots=True)
class AnswerKept:
    """An answer as an engine gives it."""

    answer: str


@dataclass(frozen=True, slots=True)
class FixNamed:
    """A fix by its number."""

    fix: Annotated[int, Meta(ge=1, le=2**62)]


def toolbox(request: FixRequest, reads: Reads, acts: Acts) -> ToolRegistry:
    """The tools of one run."""
    box = _Box(request, reads, acts)
    # Each takes its own arguments; a registry holds them all.
    tools: tuple[Tool[Any], ...] = (
        Tool("fetch_workflow_run", "The failed run and its failed jobs.", Kind.READS, NoArguments, box.workflow_run),
        Tool(
            "fetch_workflow_logs", "Lines of a failed job's log, by number or by words.", Kind.READS, LogSlice, box.logs
        ),
        Tool("analyze_errors", "What the analysis of the logs found.", Kind.READS, NoArguments, box.errors),
        Tool("find_similar_fixes", "What mended this failure before.", Kind.READS, NoArguments, box.similar),
        Tool(
            "read_repository",
            "Paths, a file or the change under test, at the failing commit.",
            Kind.READS,
            RepositoryRead,
            box.repository,
        ),
        Tool(
            "generate_fix", "Check edits: do they apply, parse, obey the rules?", Kind.PROPOSES, FixProposed, box.check
        ),
        Tool("check_approval", "How far a person's decision on a fix has come.", Kind.READS, FixNamed, box.approval),
        Tool("store_analysis", "Keep the answer and its fix.", Kind.ACTS, AnswerKept, box.store),
        Tool("apply_fix", "Ask a person to approve the fix.", Kind.ACTS, NoArguments, box.ask_approval),
    )
    return ToolRegistry(tools, box.read, box.lines)


@dataclass(frozen=True, slots=True)
class _Box:
    request: FixRequest
    reads: Reads
    acts: Acts
    read: dict[str, SourceFile] = field(default_factory=dict)
    lines: dict[str, dict[int, str]] = field(default_factory=dict)

    async def workflow_run(self, _: NoArguments) -> str:
        return await self.reads.workflow_run()

    async def errors(self, _: NoArguments) -> str:
        return json.dumps([_errors(one) for one in self.request.diagnoses], ensure_ascii=False, indent=1)

    async def logs(self, given: LogSlice) -> str:
        if not given.words and given.last - given.first >= MOST_LINES:
            raise ToolFailed(f"at most {MOST_LINES} lines at once; give words to search a longer stretch")
        found = await self.reads.log(given.job, given.first, given.last, given.words)
        if not found:
            return "No line there" + (f" holds {given.words!r}." if given.words else ".")
        told = found[:MOST_FOUND] if given.words else found
        self.lines.setdefault(given.job, {}).update({line.number: line.text[:_LINE] for line in told})
        more = len(found) > MOST_FOUND and given.words
        return _numbered(told) + (f"\n[more than {MOST_FOUND} lines hold this; search for more words]" if more else "")

    async def similar(self, _: NoArguments) -> str:
        return await self.reads.similar_fixes()

    async def repository(self, given: RepositoryRead) -> str:
        if given.what == "tree":
            under = [path for path in await self.reads.paths() if path.startswith(given.path)]
            more = f"\n[{len(under) - _MOST_PATHS} more; name a folder]" if len(under) > _MOST_PATHS else ""
            return "\n".join(under[:_MOST_PATHS]) + more if under else f"No path starts with {given.path!r}."
        if given.what == "diff":
            return await self.reads.diff() or "The change is not known."
        return await self._file(given)

    async def _file(self, given: RepositoryRead) -> str:
        if given.last - given.first >= MOST_LINES:
            raise ToolFailed(f"at most {MOST_LINES} lines at once")
        file = await self._source(given.path)
        if file is None:
            raise ToolFailed(f"{given.path!r} is no file at this commit, or none that a fix may touch; see the tree")
        # Masked as a whole: a slice out of the middle of a key would not show that it is one.
        lines = split_lines(scrub(text_of(file)).text)
        chosen = lines[given.first - 1 : given.last]
        shown = [NumberedLine(given.first + at, line.rstrip("\r\n")) for at, line in enumerate(chosen)]
        return f"{given.path}, {len(lines)} lines\n{_numbered(shown)}"

    async def _source(self, path: str) -> SourceFile | None:
        file = self.request.files.get(path) or self.read.get(path) or await self.reads.file(path)
        if file is not None and path not in self.request.files:
            self.read[path] = file
        return file

    async def check(self, given: FixProposed) -> str:
        edits = [Edit(one.path, one.search, one.replace) for one in given.edits]
        files = [await self._source(edit.path) for edit in edits if edit.search]
        try:
            patch = apply_edits({file.path: file for file in files if file is not None}, edits)
            proof = prove(patch)
        except PatchError as error:
            raise ToolFailed(f"the edits make no patch: {error}") from error
        found = policy.check(patch, self.request.allowed)
        against = [f"{finding.path or 'the patch'}: {finding.message}" for finding in found]
        if against:
            return f"proof level: {proof.value}; the rules speak against it: " + "; ".join(against)
        return f"proof level: {proof.value}; no rule speaks against it"

    async def approval(self, given: FixNamed) -> str:
        return await self.reads.approval(given.fix)

    async def store(self, given: AnswerKept) -> str:
        return await self.acts.store_analysis(given.answer)

    async def ask_approval(self, _: NoArguments) -> str:
        return await self.acts.request_approval()


def _errors(diagnosis: Diagnosis) -> dict[str, object]:
    root = diagnosis.root_line
    return {
        "category": diagnosis.category.value,
        "tool": diagnosis.tool,
        "step": diagnosis.step,
        "exit_code": diagnosis.exit_code,
        "headline": diagnosis.headline,
        "fingerprint": diagnosis.fingerprint,
        "root_line": None if root is None else {"line": root.line, "text": root.text[:_LINE]},
        "failed_tests": list(diagnosis.failed_tests[:30]),
        "locations": [f"{one.path}:{one.line}: {one.message[:_LINE]}" for one in diagnosis.locations[:30]],
    }


def _numbered(lines: Sequence[NumberedLine]) -> str:
    return "\n".join(f"{line.number}| {line.text[:_LINE]}" for line in lines)
