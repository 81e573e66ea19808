"""The repository's own configuration, read when a task needs it: from the default branch, and from there alone.

Where the repository has no file, that of its owner's repository `.github` holds, if the App is installed there. Nothing
is kept between tasks: an approval sees what holds at that moment, for one request, or two where there is a file.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.own_secrets import OwnSecrets
from analysis.policy import Allowed
from analysis.redact import scrub
from github_app.client import APPLY, Installation
from github_app.errors import NotFound, Permanent, Refused
from github_app.model import Annotation, AnnotationLevel, FolderEntry, Repository, RepositoryId, Sha
from github_app.repo_config import ReadConfig, RepoConfig, read_repo_config, unreadable
from github_app.repo_schema import Fault
from github_app.repo_yaml import MOST_BYTES, Place
from handlers.services import Services
from handlers.tasks.engines import engine_for
from storage import installations, repositories

NAMES = (".github/ci-fixer.yml", ".github/ci-fixer.yaml")
"""Where a repository keeps it; the first that is there is read."""
SHARED = ".github"
"""The repository whose file holds for all others of its owner that have none."""
_SHARED_NAMES = ("ci-fixer.yml", ".github/ci-fixer.yml")
_READ = {"contents": "read"}
_MOST_FAULTS = 20
"""Told of one file: who mends these sees the others."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What holds, and in words what of the file could not be used, each with line and column.

    `file` is how the file is named, "" where there is none; `blob` is its content's name in the repository's own
    default branch, None for an owner's; `at` are the same faults by their places.
    """

    config: RepoConfig
    faults: tuple[str, ...] = ()
    file: str = ""
    blob: Sha | None = None
    at: tuple[Fault, ...] = ()


async def config_of(services: Services, installation: Installation, repository: Repository) -> Configured:
    """The configuration of a repository; what its file does not say, or says wrongly, has a default."""
    entries = await installation.folder(".github")
    found = _first(entries, NAMES)
    if found is None:
        return await _shared(services, repository)
    return _configured(services, await _read(installation, found), found.path, found.sha)


async def configured(
    services: Services, installation: Installation, repository: Repository
) -> tuple[Services, Configured]:
    """The configuration, and the services as it wants them: its engine, its budget, what it masks and allows."""
    found = await config_of(services, installation, repository)
    return services_for(services, found.config), found


def services_for(services: Services, config: RepoConfig) -> Services:
    """The operator's services narrowed by a repository's wishes; never widened."""
    daily = services.daily
    if config.tokens_a_day is not None:
        daily = replace(daily, repository_tokens=min(daily.repository_tokens, config.tokens_a_day))
    return replace(services, engine=engine_for(services, config).engine, daily=daily, config=config)


async def allowed_for(services: Services, repository_id: int) -> Allowed:
    """What the configuration lets a fix touch; workflow files only where GitHub would let the App write them."""
    config = services.config
    if not config.workflow_files:
        return Allowed(config.paths)
    async with services.database.connection() as connection:
        row = await repositories.repository(connection, repository_id)
        given = None if row is None else await installations.installation(connection, row.installation_id)
    if given is not None and given.permissions.get("workflows") == "write":
        return Allowed(config.paths, workflow_files=True)
    return Allowed(
        config.paths,
        why_not="is a workflow file: `fixes.workflow_files` lets a fix touch it, but the App lacks the Workflows "
        "permission, for which it does not ask by itself",
    )


def commit_permissions(paths: Iterable[str]) -> Mapping[str, str]:
    """What a token that commits these paths must be given: GitHub asks for more where a workflow file is among them.

    https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app
    """
    return {**APPLY, "workflows": "write"} if any(is_workflow(path) for path in paths) else APPLY


def is_workflow(path: str) -> bool:
    """Whether GitHub takes a file for a workflow's, by its folder alone."""
    return path.startswith(".github/workflows/")


def secrets_of(services: Services) -> OwnSecrets:
    """What the repository masks beside the forms that everybody's secrets have."""
    return OwnSecrets(services.config.redact)


async def annotations_of(installation: Installation, found: Configured, head: Sha) -> tuple[Annotation, ...]:
    """The faults as annotations, where the head holds the very file that has them; nothing is asked without faults."""
    if not found.at or found.blob is None:
        return ()
    entries = await installation.folder(".github", head)
    if not any((entry.path, entry.sha) == (found.file, found.blob) for entry in entries):
        return ()
    return tuple(_annotation(found.file, fault) for fault in found.at[:_MOST_FAULTS])


def _annotation(path: str, fault: Fault) -> Annotation:
    line = fault.place.line
    return Annotation(path, line, line, AnnotationLevel.WARNING, scrub(fault.text).text, "CI Fixer's configuration")


async def _shared(services: Services, repository: Repository) -> Configured:
    """The owner's file, where the same installation may read it."""
    async with services.database.connection() as connection:
        row = await repositories.repository_by_name(connection, repository.owner, SHARED)
    if row is None or row.installation_id != repository.installation_id:
        return Configured(RepoConfig())
    shared = replace(
        repository, repository_id=RepositoryId(row.repository_id), name=row.name, default_branch=row.default_branch
    )
    try:
        async with services.github.installation(shared, _READ) as installation:
            tree = await installation.tree(Sha("HEAD"))
            files = [FolderEntry(one.path, one.sha, one.size) for one in tree if one.mode.startswith("100")]
            found = _first(files, _SHARED_NAMES)
            if found is None:
                return Configured(RepoConfig())
            read = await _read(installation, found)
    except (NotFound, Refused):
        # Gone, empty, or taken from the installation since the last event: there is no such file to see.
        return Configured(RepoConfig())
    except Permanent as error:
        return _configured(services, unreadable(Place(1, 1), str(error)), f"{shared.full_name}: {_SHARED_NAMES[0]}")
    return _configured(services, read, f"{shared.full_name}: {found.path}")


def _first(entries: Sequence[FolderEntry], names: Sequence[str]) -> FolderEntry | None:
    there = {entry.path: entry for entry in entries}
    return next((there[name] for name in names if name in there), None)


async def _read(installation: Installation, entry: FolderEntry) -> ReadConfig:
    if entry.size > MOST_BYTES:
        return unreadable(Place(1, 1), f"the file is larger than {MOST_BYTES // 1024} KiB")
    # A slow file of 64 KiB takes a third of a second, which is the loop's.
    return await asyncio.to_thread(read_repo_config, await installation.blob(entry.sha))


def _configured(services: Services, read: ReadConfig, file: str, blob: Sha | None = None) -> Configured:
    unmet = engine_for(services, read.config).unmet
    at = (*read.faults, *(Fault(key, read.places[key], why) for key, why in unmet))
    told = [scrub(f"`{file}`: {fault.text}").text for fault in at[:_MOST_FAULTS]]
    if len(at) > _MOST_FAULTS:
        told.append(f"`{file}`: {len(at) - _MOST_FAULTS} more faults")
    if not read.config.approvers.known:
        told.append(f"Nobody can approve a fix until `{file}` says without a fault who may.")
    return Configured(read.config, tuple(told), file, blob, at)
