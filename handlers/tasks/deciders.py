"""Who may decide on a fix beyond the right to push: the role, code owners and authors that the repository's file names.

The file, CODEOWNERS and the pull request are asked of GitHub at that moment, from the default branch and from the
repository's own API: what a pull request edits, or an event says, changes nothing. Rejecting takes the role alone: it
changes nothing that the others watch over.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from analysis.globs import Globs
from analysis.policy import Allowed
from github_app.client import Installation
from github_app.code_owners import MOST_BYTES, PLACES, CodeOwners, read_code_owners
from github_app.errors import Forbidden, Refused
from github_app.model import Repository, Role, RunId
from github_app.repo_schema import shown
from handlers.services import Services
from handlers.tasks.configuration import NAMES, Configured, allowed_for, config_of, is_workflow
from handlers.tasks.patches import edits_of
from storage import analyses
from storage.fixes import FixRow

if TYPE_CHECKING:
    from handlers.tasks.review import Decision

_FAULTS_TOLD = 3
"""Of the file, in a refusal: the check run tells all of them."""
_ROLES = tuple(Role)
_MEMBERS = {"members": "read"}
_MOST_TEAMS = 20
"""Teams asked about for one decision: each is a request."""


async def may_decide(
    services: Services,
    installation: Installation,
    repository: Repository,
    decision: "Decision",
    fix: FixRow,
    role: Role,
) -> str | None:
    """Why a person with that role may not decide on a fix, and who may; None where nothing speaks against it."""
    found = await config_of(services, installation, repository)
    approvers = found.config.approvers
    if _ROLES.index(role) < _ROLES.index(approvers.role):
        verb = "approve" if decision.approve else "reject"
        return f"To {verb} a fix takes the role {approvers.role} here, as `{found.file}` says; you have {role}."
    if not decision.approve:
        return None
    if not approvers.known:
        told = " ".join(found.faults[:_FAULTS_TOLD])
        return f"Nobody can approve until `{found.file}` says without a fault who may: {told}"
    return await _may_approve(services, installation, repository, found, fix, decision.reviewer.login)


async def _may_approve(
    services: Services,
    installation: Installation,
    repository: Repository,
    found: Configured,
    fix: FixRow,
    login: str,
) -> str | None:
    if not found.config.approvers.author and login.lower() in await _authors(services, installation, fix):
        return f"The author of a pull request does not approve its fix here, as `{found.file}` says; somebody else may."
    allowed = await allowed_for(replace(services, config=found.config), repository.repository_id)
    outside = _outside(allowed, touched(fix))
    if outside is not None:
        path, key = outside
        # Without a file the defaults hold, which a person's own edit may not meet.
        file = found.file or NAMES[0]
        return f"F{fix.fix_id} touches `{shown(path)}`, which `{key}` in `{file}` does not let a fix touch."
    return await _not_an_owner(services, installation, repository, found, fix, login)


def _outside(allowed: Allowed, paths: Sequence[str]) -> tuple[str, str] | None:
    """A path that is not allowed, by which key: the file may have been narrowed since the fix was proposed."""
    within = Globs(allowed.paths)
    for path in paths:
        if allowed.paths and not within.match(path):
            return path, "fixes.paths"
        if is_workflow(path) and not allowed.workflow_files:
            return path, "fixes.workflow_files"
    return None


async def _authors(services: Services, installation: Installation, fix: FixRow) -> set[str]:
    """Who opened the pull requests that the fix would be committed to."""
    async with services.database.connection() as connection:
        row = await analyses.analysis(connection, fix.run_id, fix.run_attempt)
    run = await installation.run(RunId(fix.run_id), fix.run_attempt)
    pulls = list(await installation.pull_requests(run))
    if row is not None and row.pull_request_number is not None:
        pulls.append(await installation.pull_request(row.pull_request_number))
    return {pull.author.lower() for pull in pulls}


async def _not_an_owner(
    services: Services,
    installation: Installation,
    repository: Repository,
    found: Configured,
    fix: FixRow,
    login: str,
) -> str | None:
    if not found.config.approvers.code_owners:
        return None
    owners = await _code_owners(installation)
    owned = await asyncio.to_thread(_of, owners, touched(fix))
    left = {path: of for path, of in owned.items() if of and f"@{login}".lower() not in map(str.lower, of)}
    if not left:
        return None
    teams = _teams(left.values(), repository.owner)
    try:
        mine = await _mine(services, repository, teams[:_MOST_TEAMS], login)
    except (Forbidden, Refused):
        named = ", ".join(f"`{team}`" for team in teams)
        return (
            f"Code owners approve here, as `{found.file}` says. To see who is in {named}, the App needs the "
            "organization permission Members (read-only), for which it does not ask by itself; until it has that, an "
            "owner can approve whom CODEOWNERS names by login."
        )
    for path, of in left.items():
        if mine.isdisjoint(team.lower() for team in of):
            who = ", ".join(f"`{owner}`" for owner in of)
            return f"To approve F{fix.fix_id} takes an owner of `{shown(path)}`, as `{found.file}` says: {who}."
    return None


async def _code_owners(installation: Installation) -> CodeOwners:
    """The file that GitHub itself goes by, of the default branch as it is now."""
    for place in PLACES:
        entries = await installation.folder(place.rpartition("/")[0])
        found = next((entry for entry in entries if entry.path == place), None)
        if found is not None:
            return read_code_owners(await installation.blob(found.sha)) if found.size <= MOST_BYTES else CodeOwners()
    return CodeOwners()


def _of(owners: CodeOwners, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {path: owners.of(path) for path in paths}


def _teams(of: Iterable[Sequence[str]], organization: str) -> list[str]:
    """The teams among owners; those of another organization own nothing here."""
    every = dict.fromkeys(owner for owners in of for owner in owners)
    return [owner for owner in every if owner.lower().startswith(f"@{organization.lower()}/")]


async def _mine(services: Services, repository: Repository, teams: Sequence[str], login: str) -> set[str]:
    """The teams that a person is in. Raises Forbidden or Refused where the App may not see that."""
    if not teams:
        return set()
    async with services.github.installation(repository, _MEMBERS) as installation:
        slugs = {team: team.partition("/")[2] for team in teams}
        return {
            team.lower()
            for team, slug in slugs.items()
            if await installation.is_in_team(repository.owner, slug.lower(), login)
        }


def touched(fix: FixRow) -> tuple[str, ...]:
    """Every path that a fix changes, makes or removes."""
    known = msgspec.json.decode(fix.base_blobs_json, type=dict[str, str | None])
    return tuple(dict.fromkeys([*known, *(edit.path for edit in edits_of(fix))]))
