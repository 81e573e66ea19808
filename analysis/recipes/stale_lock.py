"""A lock file that does not fit its manifest, in the words of each package manager, and the command that mends it.

A lock file is written by its tool alone: an edit by hand would not have the right hashes, so there is none.
"""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.advice import lines_of


@dataclass(frozen=True, slots=True)
class _Lock:
    """A lock file, the command that writes it anew, and the beginnings of lines that say that it does not fit."""

    file: str
    command: str
    says: tuple[str, ...]


_LOCKS = (
    _Lock(
        "package-lock.json",
        "npm install",
        (r"npm (?:ERR!|error) .*`npm ci` can only install packages when your package\.json and package-lock\.json ",),
    ),
    _Lock(
        "yarn.lock",
        "yarn install",
        (
            r"error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`",
            r"➤ YN0028: .*The lockfile would have been modified by this install, which is explicitly forbidden",
        ),
    ),
    _Lock("pnpm-lock.yaml", "pnpm install --no-frozen-lockfile", (r"\s*\[?ERR_PNPM_OUTDATED_LOCKFILE\b",)),
    _Lock("bun.lock", "bun install", (r"error: lockfile had changes, but lockfile is frozen",)),
    _Lock(
        "poetry.lock",
        "poetry lock",
        (
            r"(?:Error: )?pyproject\.toml changed significantly since poetry\.lock was last generated\b",
            r"Error: poetry\.lock is not consistent with pyproject\.toml",
        ),
    ),
    _Lock(
        "uv.lock", "uv lock", (r"error: The lockfile at `uv\.lock` needs to be updated, but `--(?:locked|check)` was ",)
    ),
    _Lock(
        "Cargo.lock",
        "cargo check",
        (
            r"error: the lock file \S*Cargo\.lock needs to be updated but --(?:locked|frozen) was passed",
            r"error: cannot (?:update|create) the lock file \S*Cargo\.lock because --(?:locked|frozen) was passed",
        ),
    ),
    _Lock(
        "go.mod` or `go.sum",
        "go mod tidy",
        (
            r"go: updates to go\.(?:mod|sum) needed\b",
            r"(?:go: .{1,300}: |\S+\.go:\d+:\d+: )?missing go\.sum entry\b",
            r"\S+\.go:\d+:\d+: no required module provides package \S+; to add it:",
            r"\S+\.go:\d+:\d+: cannot find module providing package \S+: import lookup disabled by -mod=readonly",
        ),
    ),
    _Lock(
        "Gemfile.lock",
        "bundle install",
        (
            r"You are trying to install in deployment mode after changing$",
            r"The (?:gemspecs for path gems|dependencies in your gemfile) changed, but the lockfile can't be updated ",
            r"Your lockfile (?:does not satisfy dependencies of|is missing) .{1,300} frozen mode is set",
        ),
    ),
    _Lock(
        "composer.lock",
        "composer update --lock",
        (
            r"- The lock file is not up to date with the latest changes in composer\.json",
            r"- Required (?:\(in require-dev\) )?package \"[^\"]{1,200}\" is not (?:present )?in the lock file",
        ),
    ),
)
_PATTERNS = tuple((re.compile(rf"(?:##\[error\])?{says}"), lock) for lock in _LOCKS for says in lock.says)


@dataclass(frozen=True, slots=True)
class StaleLock:
    """The adviser `stale-lock`."""

    name: str = "stale-lock"

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Name the command that writes the lock file anew."""
        for line in lines_of(diagnosis):
            for pattern, lock in _PATTERNS:
                if pattern.match(line):
                    return f"`{lock.file}` is out of date. Run `{lock.command}` and commit what it changes."
        return None
