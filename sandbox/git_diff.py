"""What changed between two commits, file by file, with the patch text GitHub shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.git import ZERO, Git

_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
# Renames are found as GitHub finds them; no driver of the machine may rewrite a patch.
_OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "-M")


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file; ``patch`` is None for a binary file or a pure rename."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True, slots=True)
class DiffLines:
    """The lines of a file that a review comment may name: new numbers on the right, old ones on the left."""

    right: frozenset[int]
    left: frozenset[int]


async def changes(git: Git, base: str, head: str) -> tuple[FileChange, ...]:
    """Every file that differs between two trees, in git's order."""
    raw = (await git.run("diff-tree", "-r", "-z", "--raw", "--no-abbrev", *_OPTIONS, base, head)).split(b"\0")
    counts = await git.run("diff-tree", "-r", "-z", "--numstat", *_OPTIONS, base, head)
    patches = _patches((await git.run("diff-tree", "-r", "-p", *_OPTIONS, base, head)).decode(errors="replace"))
    numbers = _numbers(counts)
    found: list[FileChange] = []
    cursor = iter([part.decode(errors="surrogateescape") for part in raw if part])
    for meta in cursor:
        _, _, old_sha, new_sha, letter = meta.split()
        status = _STATUS.get(letter[0], "changed")
        first = next(cursor)
        path, previous = (next(cursor), first) if letter[0] in "RC" else (first, None)
        additions, deletions = numbers[len(found)]
        patch = patches[len(found)] if len(found) < len(patches) else None
        sha = new_sha if new_sha != ZERO else old_sha
        found.append(FileChange(path, previous, status, sha, additions, deletions, patch))
    return tuple(found)


def _numbers(output: bytes) -> list[tuple[int, int]]:
    """(additions, deletions) a file; a rename's two names follow in fields of their own, a binary file has dashes."""
    found: list[tuple[int, int]] = []
    for field in output.split(b"\0"):
        parts = field.split(b"\t")
        if len(parts) == 3:
            found.append((0, 0) if parts[0] == b"-" else (int(parts[0]), int(parts[1])))
    return found


def _patches(output: str) -> list[str | None]:
    patches: list[str | None] = []
    for part in re.split(r"(?m)^diff --git ", output)[1:]:
        start = re.search(r"(?m)^@@ ", part)
        patches.append(part[start.start() :].removesuffix("\n") if start else None)
    return patches


def diff_lines(patch: str | None) -> DiffLines:
    """The line numbers a patch shows on each side."""
    right: set[int] = set()
    left: set[int] = set()
    old = new = 0
    for line in (patch or "").split("\n"):
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
        elif line.startswith("+"):
            right.add(new)
            new += 1
        elif line.startswith("-"):
            left.add(old)
            old += 1
        elif line.startswith(" "):
            right.add(new)
            left.add(old)
            old, new = old + 1, new + 1
    return DiffLines(frozenset(right), frozenset(left))


def hunk_around(patch: str, line: int, side: str) -> str:
    """The hunk up to a line, as a review comment's ``diff_hunk`` shows it."""
    kept: list[str] = []
    old = new = 0
    for text in patch.split("\n"):
        if hunk := _HUNK.match(text):
            old, new = int(hunk[1]), int(hunk[2])
            kept = [text]
            continue
        kept.append(text)
        shown = (side == "RIGHT" and not text.startswith("-")) or (side == "LEFT" and not text.startswith("+"))
        if shown and (new if side == "RIGHT" else old) == line:
            return "\n".join(kept)
        old += not text.startswith("+")
        new += not text.startswith("-")
    return "\n".join(kept)
