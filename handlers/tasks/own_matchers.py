"""The problem matchers that a repository brings for its own tools, from its default branch.

From there alone: what a pull request brings would let a stranger choose what is read in the log of his own failure.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.problem_matchers import MOST_BYTES, MOST_MATCHERS, MatcherError, read_problem_matchers
from analysis.redact import scrub
from analysis.rules import Rule
from github_app.client import Installation
from github_app.model import FolderEntry

FOLDER = ".github/ci-fixer"
"""Where a repository keeps them, each a JSON file as GitHub's own runner reads it."""
_MOST_FILES = 10
"""Of one repository: each is a request before a log is read."""


@dataclass(frozen=True, slots=True)
class OwnMatchers:
    """The rules that could be read, and in words what could not be."""

    rules: tuple[Rule, ...] = ()
    remarks: tuple[str, ...] = ()


async def own_matchers(installation: Installation, default_branch: str) -> OwnMatchers:
    """Read them; a repository without any costs one request, and one that is wrong is said and left out."""
    found = [entry for entry in await installation.folder(FOLDER, default_branch) if entry.path.endswith(".json")]
    files = [(entry.path, await installation.blob(entry.sha)) for entry in found[:_MOST_FILES] if _is_readable(entry)]
    read = await asyncio.to_thread(_read_all, files)
    large = [f"{entry.path}: larger than {MOST_BYTES // 1024} KiB" for entry in found if not _is_readable(entry)]
    many = [f"{FOLDER}: {len(found)} files; the first {_MOST_FILES} are read"] if len(found) > _MOST_FILES else []
    unused = [f"Problem matchers not used: {scrub(why).text}." for why in (*read.remarks, *large, *many)]
    return OwnMatchers(read.rules, tuple(unused))


def _is_readable(entry: FolderEntry) -> bool:
    return entry.size <= MOST_BYTES


def _read_all(files: Sequence[tuple[str, bytes]]) -> OwnMatchers:
    rules: list[Rule] = []
    wrong: list[str] = []
    for path, data in files:
        try:
            rules += read_problem_matchers(data, path)
        except MatcherError as error:
            wrong.append(str(error))
    if len(rules) > MOST_MATCHERS:
        wrong.append(f"{FOLDER}: {len(rules)} matchers; the first {MOST_MATCHERS} are used")
    return OwnMatchers(tuple(rules[:MOST_MATCHERS]), tuple(wrong))
