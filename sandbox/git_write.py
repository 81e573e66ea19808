"""Writing to a bare repository: blobs, trees, commits, and refs moved by compare-and-swap."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.git import ZERO, Git, GitError, Signature, identity


class RefMoved(Exception):
    """The ref no longer points to what the caller believed."""


async def write_blob(git: Git, content: bytes) -> str:
    """Store bytes; returns the blob's sha."""
    return (await git.run("hash-object", "-w", "--stdin", stdin=content)).decode().strip()


async def write_tree(git: Git, base: str | None, entries: Mapping[str, tuple[str, str] | None]) -> str:
    """A tree from ``base`` (a treeish) with paths set to (mode, sha) or, for None, removed. Raises GitError."""
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="index-", dir=git.path)
    index = Path(folder) / "index"
    # Removing by path asks for a work tree, be it an empty one.
    extra = {"GIT_INDEX_FILE": str(index), "GIT_DIR": str(git.path), "GIT_WORK_TREE": folder}
    try:
        await git.run("read-tree", *((base,) if base else ("--empty",)), extra=extra)
        for path, entry in entries.items():
            # A tree may replace a file or a folder as a whole, so what is below goes first.
            if entry is not None and entry[0] == "040000":
                await git.run("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", path, extra=extra)
                await git.run("read-tree", f"--prefix={path}/", entry[1], extra=extra)
        lines = [
            f"0 {ZERO}\t{path}\0" if entry is None else f"{entry[0]} {entry[1]}\t{path}\0"
            for path, entry in entries.items()
            if entry is None or entry[0] != "040000"
        ]
        stdin = "".join(lines).encode(errors="surrogateescape")
        await git.run("update-index", "--add", "--replace", "-z", "--index-info", stdin=stdin, extra=extra)
        return (await git.run("write-tree", extra=extra)).decode().strip()
    finally:
        await asyncio.to_thread(_remove, index)


def _remove(index: Path) -> None:
    for leftover in index.parent.iterdir():
        leftover.unlink()
    index.parent.rmdir()


async def write_commit(
    git: Git, tree: str, parents: tuple[str, ...], message: str, *, author: Signature, committer: Signature
) -> str:
    """Store a commit; returns its sha."""
    arguments = [part for parent in parents for part in ("-p", parent)]
    output = await git.run(
        "commit-tree", *arguments, tree, stdin=message.encode(errors="replace"), extra=identity(author, committer)
    )
    return output.decode().strip()


async def move_ref(git: Git, ref: str, new: str, old: str) -> None:
    """Point ``ref`` to ``new`` only while it points to ``old`` (forty zeros: does not exist). Raises RefMoved."""
    try:
        await git.run("update-ref", ref, new, old)
    except GitError as error:
        raise RefMoved(error.stderr.strip()) from None


async def commit_files(
    git: Git,
    parent: str | None,
    files: Mapping[str, bytes | None],
    message: str,
    *,
    author: Signature,
    committer: Signature,
) -> str:
    """A commit on ``parent`` with files written (a present file keeps its mode, a new one is 100644) or removed."""
    modes = {item.path: item.mode for item in await git.tree(parent, recursive=True)} if parent else {}
    entries: dict[str, tuple[str, str] | None] = {}
    for path, content in files.items():
        mode = modes.get(path, "100644")
        entries[path] = (
            None if content is None else (mode if mode != "040000" else "100644", await write_blob(git, content))
        )
    tree = await write_tree(git, parent, entries)
    return await write_commit(git, tree, (parent,) if parent else (), message, author=author, committer=committer)
