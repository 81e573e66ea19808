"""Real git: every object and ref of a sandbox repository is read and written by the ``git`` program."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SHA = re.compile(r"[0-9a-f]{40}")
ZERO = "0" * 40

# The machine's own configuration must not change what a test sees, and root may serve a folder of another user.
_OPTIONS = (
    "-c", "safe.directory=*", "-c", "core.quotepath=off", "-c", "core.autocrlf=false",
    "-c", "gc.auto=0", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main",
)  # fmt: skip


class GitError(Exception):
    """The git program ended with another code than 0; ``stderr`` is what it said."""

    def __init__(self, arguments: tuple[str, ...], returncode: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(arguments)}: exit code {returncode}: {stderr.strip()}")
        self.returncode = returncode
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as a commit names its author or committer."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True, slots=True)
class CommitObject:
    """A commit as git stores it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class TreeItem:
    """An entry of a tree; ``size`` is None for anything but a blob."""

    mode: str
    type: str
    sha: str
    size: int | None
    path: str


def environment() -> dict[str, str]:
    """The environment git runs in: no machine or user configuration, no prompt, English messages, UTC."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # A path is a path, whatever signs are in it.
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
        "TZ": "UTC",
    }


def identity(author: Signature, committer: Signature) -> dict[str, str]:
    """The variables by which ``git commit-tree`` learns who and when."""
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": f"{int(author.date.timestamp())} +0000",
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": f"{int(committer.date.timestamp())} +0000",
    }


async def run_git(
    arguments: tuple[str, ...], *, cwd: Path, stdin: bytes | None = None, extra: Mapping[str, str] | None = None
) -> bytes:
    """Run git in ``cwd`` and return its output; raises :class:`GitError`."""
    process = await asyncio.create_subprocess_exec(
        "git",
        *_OPTIONS,
        *arguments,
        cwd=cwd,
        env=environment() | dict(extra or {}),
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaint = await process.communicate(stdin)
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        raise GitError(arguments, process.returncode, complaint.decode(errors="replace"))
    return output


def _signature(line: str) -> Signature:
    who, _, when = line.rpartition("> ")
    name, _, email = who.partition(" <")
    return Signature(name, email, datetime.fromtimestamp(int(when.split()[0]), UTC))


def parse_commit(sha: str, raw: str) -> CommitObject:
    """Read what ``git cat-file commit`` prints."""
    head, _, message = raw.partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    return CommitObject(
        sha,
        fields["tree"][0],
        tuple(fields.get("parent", [])),
        _signature(fields["author"][0]),
        _signature(fields["committer"][0]),
        message.removesuffix("\n"),
    )


class Git:
    """One bare repository: what can be read from it. Missing things are None; :class:`GitError` is a real fault."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def run(self, *arguments: str, stdin: bytes | None = None, extra: Mapping[str, str] | None = None) -> bytes:
        """Run git in the repository; raises :class:`GitError`."""
        return await run_git(arguments, cwd=self.path, stdin=stdin, extra=extra)

    async def text(self, *arguments: str) -> str:
        """Run git and return its output as text without the last line break."""
        return (await self.run(*arguments)).decode(errors="replace").removesuffix("\n")

    async def ref(self, name: str) -> str | None:
        """What a full ref name (``refs/heads/main``) points to."""
        try:
            return await self.text("show-ref", "--verify", "--hash", "--", name)
        except GitError:
            return None

    async def refs(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """(name, sha) of every ref under a prefix, in order of name."""
        lines = await self.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        return tuple((name, sha) for name, _, sha in (line.partition(" ") for line in lines.splitlines()))

    async def resolve(self, name: str) -> str | None:
        """The commit a branch, tag or sha names."""
        if not name or name.startswith("-") or "\0" in name:
            return None
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            try:
                return await self.text("rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}")
            except GitError:
                continue
        return None

    async def kind(self, sha: str) -> str | None:
        """blob, tree, commit or tag; None when there is no such object."""
        if not SHA.fullmatch(sha):
            return None
        try:
            return await self.text("cat-file", "-t", sha)
        except GitError:
            return None

    async def commit(self, sha: str) -> CommitObject:
        """A commit by its sha."""
        return parse_commit(sha, (await self.run("cat-file", "commit", sha)).decode(errors="replace"))

    async def blob(self, sha: str) -> bytes:
        """A blob's bytes."""
        return await self.run("cat-file", "blob", sha)

    async def tree(self, treeish: str, *, recursive: bool = False, path: str | None = None) -> tuple[TreeItem, ...]:
        """A tree's entries; with ``path`` only that entry (or, with a slash at its end, what is below)."""
        options = ("-r", "-t") if recursive else ()
        output = await self.run("ls-tree", "-l", "-z", *options, treeish, *(("--", path) if path else ()))
        return tuple(_tree_item(line) for line in output.decode(errors="surrogateescape").split("\0") if line)

    async def commits(self, *revisions: str, limit: int = 250) -> tuple[CommitObject, ...]:
        """The commits of a range (``base..head``), newest first."""
        shas = (await self.text("rev-list", f"--max-count={limit}", "--end-of-options", *revisions)).split()
        return tuple([await self.commit(sha) for sha in shas])

    async def count(self, revisions: str) -> int:
        """How many commits a range has."""
        return int(await self.text("rev-list", "--count", "--end-of-options", revisions))

    async def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor."""
        try:
            return await self.text("merge-base", one, other)
        except GitError:
            return None

    async def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` contains ``older``."""
        try:
            await self.run("merge-base", "--is-ancestor", older, newer)
        except GitError:
            return False
        return True

    async def fetch(self, source: Path, ref: str, target: str) -> None:
        """Take a ref of another repository on this disk, overwriting ``target``."""
        await self.run("fetch", "--quiet", "--no-tags", str(source), f"+{ref}:{target}")


def _tree_item(line: str) -> TreeItem:
    meta, _, path = line.partition("\t")
    mode, kind, sha, size = meta.split()
    return TreeItem(mode, kind, sha, None if size == "-" else int(size), path)


async def create_bare(path: Path, default_branch: str) -> Git:
    """An empty bare repository."""
    await asyncio.to_thread(path.mkdir, parents=True)
    await run_git(("init", "--quiet", "--bare", f"--initial-branch={default_branch}", "."), cwd=path)
    return Git(path)


async def clone_bare(source: Path, path: Path) -> Git:
    """A bare copy of a repository's branches and tags: a fork."""
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    await run_git(("clone", "--quiet", "--bare", "--no-local", str(source), str(path)), cwd=path.parent)
    return Git(path)
