"""What a plan's tools read from and act through: GitHub at one commit, the logs of one run, and the database.

What a stranger can make large is capped here; what GitHub does not have is said in words. A GitHub that does not answer
ends the task, which is tried again and goes on where it was.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from agents.engine import FixAnswer, Outcome
from agents.toolbox import NumberedLine
from agents.tools import ToolFailed
from analysis.edits import SourceFile
from analysis.own_secrets import NONE, OwnSecrets
from analysis.private_keys import KEY_LINES
from analysis.reader import LogReader, bare
from analysis.redact import mask_key_line, scrub
from github_app.client import Installation
from github_app.errors import LogMissing, NotFound, Permanent
from github_app.model import JobId, Repository, RunId, Sha
from handlers.services import Services
from handlers.tasks.configuration import secrets_of
from handlers.tasks.log_stream import fed
from handlers.tasks.proposing import store_fix
from handlers.tasks.reading import WITHHELD
from handlers.tasks.similar import similar_to
from storage import analyses, approvals, fixes
from storage.failures import FailedJob, FailureRow
from storage.fixes import FixState
from storage.ids import FixId

_MOST_LOG_BYTES = 256 * 1024**2
"""Of a log that a tool reads: some seconds. The diagnosis has read all of it before."""
_MOST_FOUND = 41
"""Lines that a search keeps: one more than are shown, so that more can be told."""
_MOST_DIFF = 200_000
"""Characters of the change that are kept; a tool shows a part of them."""
_MOST_SIMILAR = 3
"""Fixes of like failures: what is found behind the third is rarely the same mistake."""


@dataclass(frozen=True, slots=True)
class PlanReads:
    """Reads for one failed attempt."""

    services: Services
    installation: Installation
    repository: Repository
    found: Sequence[FailureRow]

    async def workflow_run(self) -> str:
        """The run as GitHub has it, and the jobs that failed."""
        first = self.found[0]
        run = await self.installation.run(RunId(first.run_id), first.run_attempt)
        jobs = [{"job": job.name, "step": job.step} for job in self._jobs()]
        told = {
            "workflow": run.workflow_name,
            "event": run.event,
            "attempt": run.run_attempt,
            "conclusion": run.conclusion,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "failed_jobs": jobs,
        }
        return json.dumps(told, ensure_ascii=False, indent=1)

    async def log(self, job: str, first: int, last: int, words: str) -> Sequence[NumberedLine]:
        """Lines of a failed job's log, counted as the diagnosis counts them."""
        named = [one for one in self._jobs() if not job or one.name == job]
        if not named:
            names = ", ".join(dict.fromkeys(one.name for one in self._jobs()))
            raise ToolFailed(f"no failed job is named {job!r}; there is {names or 'none'}")
        if not self.services.config.redact_known:
            raise ToolFailed(WITHHELD)
        own = secrets_of(self.services)
        search, cut = partial(_searched, own=own), partial(_sliced, own=own)
        reader = partial(search, first, last, words.lower()) if words else partial(cut, first, last)
        try:
            async with self.installation.job_log(JobId(named[0].job_id)) as chunks:
                return await fed(chunks, _MOST_LOG_BYTES, reader)
        except (LogMissing, NotFound) as missing:
            raise ToolFailed("GitHub has no log of this job (any more)") from missing

    async def paths(self) -> Sequence[str]:
        """Every file at the head commit."""
        try:
            return [entry.path for entry in await self.installation.tree(self._head)]
        except (NotFound, Permanent) as error:
            raise ToolFailed("the files of this commit cannot be listed") from error

    async def file(self, path: str) -> SourceFile | None:
        """A regular file at the head commit."""
        try:
            return (await self.installation.files([path], self._head)).get(path)
        except (NotFound, Permanent) as error:
            raise ToolFailed("the files of this commit cannot be read") from error

    async def diff(self) -> str:
        """What the head changes against the base of its pull request, or the default branch."""
        first = self.found[0]
        async with self.services.database.connection() as connection:
            row = await analyses.analysis(connection, first.run_id, first.run_attempt)
        base = self.repository.default_branch
        try:
            if row is not None and row.pull_request_number is not None:
                base = (await self.installation.pull_request(row.pull_request_number)).base_branch
            return (await self.installation.diff(base, self._head))[:_MOST_DIFF]
        except (NotFound, Permanent) as error:
            raise ToolFailed("the change cannot be had: its base shares no history with it") from error

    async def similar_fixes(self) -> str:
        """The fixes of like failures that those who read this repository may see, with what became of them."""
        async with self.services.database.connection() as connection:
            alike = await similar_to(connection, self.repository, self.found, _MOST_SIMILAR)
        told = [
            f"F{fix.fix_id} in {fix.full_name}, {'verified by CI' if fix.outcome == 'verified' else 'approved'}, for "
            f"{'the same failure' if fix.similarity == 1 else 'a like failure'}: {fix.summary}\n{fix.diff}"
            for fix in alike
        ]
        return "\n".join(told) or "Nothing here mended this failure or one like it before."

    async def approval(self, fix: int) -> str:
        """How far a fix of this repository has come, and who decided on it."""
        async with self.services.database.connection() as connection:
            row = await fixes.fix(connection, self.repository.repository_id, FixId(fix))
            decided = await approvals.approvals_of(connection, FixId(fix)) if row is not None else ()
        if row is None:
            return f"There is no fix F{fix} in this repository."
        by = f"; {decided[-1].decision} by {decided[-1].reviewer_login}" if decided else ""
        return f"F{fix} is {row.state.value}{by}."

    @property
    def _head(self) -> Sha:
        return Sha(self.found[0].head_sha)

    def _jobs(self) -> list[FailedJob]:
        return [job for row in self.found for job in row.jobs]


@dataclass(frozen=True, slots=True)
class PlanActs:
    """What the plan itself does: it stores, and a person is asked; nothing is committed here."""

    services: Services
    installation: Installation
    found: Sequence[FailureRow]

    async def store_analysis(self, answer: str) -> str:
        """Keep the fix of an answer, once; says why where there is none."""
        given = msgspec.json.decode(answer, type=FixAnswer)
        if given.outcome is not Outcome.FIX:
            return f"No fix: {given.reason or given.outcome.value}."
        head = Sha(self.found[0].head_sha)
        files = await self.installation.files({edit.path for edit in given.edits if edit.search}, head)
        engine = self.services.engine.describe()
        source = f"engine:{engine.name}:{given.model}"
        note = await store_fix(
            self.services,
            self.installation,
            source,
            given.summary,
            given.root_cause,
            given.edits,
            files,
            self.found,
        )
        return note or "The fix is kept."

    async def request_approval(self) -> str:
        """Say what waits for a person: the report shows it with its commands and buttons, `tasks.review` decides."""
        first = self.found[0]
        async with self.services.database.connection() as connection:
            stored = await fixes.fixes_of(connection, first.run_id, first.run_attempt)
        waiting = [f"F{fix.fix_id}" for fix in stored if fix.state is FixState.PROPOSED]
        return f"{', '.join(waiting)} waits for approval." if waiting else "Nothing waits for approval."


def _lines(chunks: Iterable[bytes], words: bytes = b"") -> Iterator[tuple[int, str]]:
    """Number and text of each line; of blocks that do not hold the words, none."""
    number = 1
    for block in LogReader().blocks(chunks):
        count = block.text.count(b"\n") + 1
        if not words or words in block.text.lower():
            for at, line in enumerate(block.text.split(b"\n")):
                yield number + at, bare(line).decode("utf-8", "replace")
        number += count


def _sliced(first: int, last: int, chunks: Iterator[bytes], own: OwnSecrets = NONE) -> list[NumberedLine]:
    """A slice, masked with the lines before it: a private key may have begun there."""
    before = max(1, first - KEY_LINES)
    kept: list[str] = []
    # To the end: whoever hands the log over waits until all of it was taken.
    for number, text in _lines(chunks):
        if before <= number <= last:
            kept.append(text)
    clean = scrub("\n".join(kept), own).text.split("\n") if kept else []
    return [NumberedLine(before + at, text) for at, text in enumerate(clean) if before + at >= first]


def _searched(first: int, last: int, words: str, chunks: Iterator[bytes], own: OwnSecrets = NONE) -> list[NumberedLine]:
    """The lines that hold the words, each masked as if it might stand inside a private key."""
    found: list[NumberedLine] = []
    for number, text in _lines(chunks, words.encode()):
        if len(found) < _MOST_FOUND and first <= number <= last and words in text.lower():
            found.append(NumberedLine(number, scrub(mask_key_line(text, certain=False), own).text))
    return found
