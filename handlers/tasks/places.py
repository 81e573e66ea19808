"""Where a fix stands, and so how it can be delivered: by a commit, a pull request of its own, or suggestions."""

from dataclasses import dataclass

from github_app.client import Installation
from github_app.errors import NotFound
from github_app.model import Repository, Sha
from github_app.report import Place
from storage import analyses, runs
from storage.analyses import AnalysisRow
from storage.database import Connection
from storage.fixes import Delivery, FixRow
from storage.runs import RunRow

_QUEUED = "gh-readonly-queue/"
"""The branches of a merge queue: GitHub's own, and gone when the run ends."""


@dataclass(frozen=True, slots=True)
class Stand:
    """The place of a failed run's head, and the pull request it is about, where there is one."""

    place: Place
    number: int | None


def stand_of(repository: Repository, analysis: AnalysisRow | None, run: RunRow | None) -> Stand:
    """By what is stored of the run and its analysis."""
    number = None if analysis is None else analysis.pull_request_number
    head = repository.full_name if run is None or run.head_repository is None else run.head_repository
    if head.lower() != repository.full_name.lower():
        return Stand(Place.FORK, number)
    return Stand(Place.BRANCH if number is None else Place.PULL_REQUEST, number)


async def stand(connection: Connection, repository: Repository, fix: FixRow) -> Stand:
    """Where a fix stands."""
    run = await runs.run(connection, fix.run_id, fix.run_attempt)
    analysis = await analyses.analysis(connection, fix.run_id, fix.run_attempt)
    return stand_of(repository, analysis, run)


def delivery_of(repository: Repository, head_branch: str | None, where: Stand) -> Delivery | None:
    """How a fix can be delivered there; a branch that is protected turns a commit into a pull request later on.

    None where it cannot be: no branch, a merge queue's own, or a fork's branch without a pull request.
    """
    if head_branch is None or head_branch.startswith(_QUEUED):
        return None
    if where.place is Place.FORK:
        return None if where.number is None else Delivery.SUGGESTIONS
    if where.place is Place.BRANCH or head_branch == repository.default_branch:
        return Delivery.PULL_REQUEST
    return Delivery.COMMIT


async def present_head(installation: Installation, fix: FixRow, where: Stand) -> Sha | None:
    """The commit that the fix's branch points to now; None where the branch is gone or the fork's request closed."""
    if where.place is not Place.FORK:
        return await installation.branch_head(fix.head_branch or "")
    try:
        pull = await installation.pull_request(where.number or 0)
    except NotFound:
        return None
    return pull.head_sha if pull.state == "open" else None
