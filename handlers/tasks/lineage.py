"""How often this App has tried on a head: the fixes that were committed in its lineage.

A lineage is the history that a head has of its own: since it left its base branch, or, on the default branch, since the
workflow was last green. A branch's name says nothing (it is used again), nor do dates. A force-push that writes the
commits anew keeps their trailers; one that drops them leaves the pull request, whose fixes stay counted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from github_app.client import Installation
from github_app.errors import NotFound
from github_app.model import Commit, Sha
from handlers.services import Services, repository_of
from storage import analyses, lineages, runs
from storage.failures import FailureRow
from storage.fixes import FixRow
from storage.ids import FixId

MOST_FIXES = 2
"""Fixes committed in one lineage: after two that did not end it a person should look, and no loop can form."""
_TRAILER = re.compile(r"^CI-Fixer-Fix: F(\d{1,18}) ([0-9a-f]{64})$", re.MULTILINE)


def trailer(fix: FixRow) -> str:
    """The line of the commit message that tells the fix's own commit from any other."""
    return f"CI-Fixer-Fix: F{fix.fix_id} {fix.patch_hash}"


def trailers_of(commits: Iterable[Commit]) -> dict[int, str]:
    """The fixes that commit messages name, with their patch hashes; anybody can write one, so they are looked up."""
    return {int(number): found for commit in commits for number, found in _TRAILER.findall(commit.message)}


@dataclass(frozen=True, slots=True)
class Lineage:
    """A head's own commits, oldest first, and the pull request that it is about."""

    commits: tuple[Commit, ...] = ()
    number: int | None = None


async def lineage_of(services: Services, installation: Installation, first: FailureRow) -> Lineage | None:
    """The lineage of a failure's head; None where no fix was ever committed here, so that nobody has to know it.

    One request or two.
    """
    async with services.database.connection() as connection:
        if not await lineages.any_committed(connection, first.repository_id):
            return None
        analysis = await analyses.analysis(connection, first.run_id, first.run_attempt)
    number = None if analysis is None else analysis.pull_request_number
    since = await _since(services, installation, first, number)
    commits: tuple[Commit, ...] = ()
    if since is not None:
        try:
            commits = (await installation.compare(since, Sha(first.head_sha))).commits
        except NotFound:
            commits = ()  # no common history: only the pull request can tell
    return Lineage(commits, number)


async def fixes_before(services: Services, first: FailureRow, past: Lineage | None) -> tuple[FixId, ...]:
    """The fixes committed in the lineage of a failure's head."""
    if past is None:
        return ()
    shas = [first.head_sha, *(commit.sha for commit in past.commits)]
    trailers = trailers_of(past.commits)
    async with services.database.connection() as connection:
        return await lineages.fixes_in(connection, first.repository_id, shas, trailers, past.number)


async def _since(services: Services, installation: Installation, first: FailureRow, number: int | None) -> str | None:
    """What the lineage is counted from: a branch or a commit."""
    if number is not None:
        return (await installation.pull_request(number)).base_branch
    async with services.database.connection() as connection:
        repository = await repository_of(connection, first.repository_id)
        if first.head_branch != repository.default_branch:
            return repository.default_branch
        run = await runs.run(connection, first.run_id, first.run_attempt)
        workflow = 0 if run is None else run.workflow_id
        green = await runs.newest_green_of_branch(
            connection, first.repository_id, workflow, first.head_branch, first.run_id
        )
    return None if green is None else green.head_sha
