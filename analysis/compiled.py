"""Hyperscan's compiled patterns, kept on disk: six hundred take a second to compile, half a millisecond to load.

A database is machine code in all but name, so it is loaded only from a folder that belongs to this user and that nobody
else may write to. Its name is the hash of the patterns and of Hyperscan's version; Hyperscan itself checks its length,
its checksum and the processor it was made for. Whatever is wrong, the patterns are compiled anew.
"""

import hashlib
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import hyperscan

DATABASE_BYTES = 256 << 20
"""What is loaded at most: a thousand patterns take five megabytes."""
FILES_KEPT = 8
"""Each version of the rules makes one or two files of some megabytes; the newest stay."""


def compiled_database(patterns: Sequence[bytes], flags: int = 0) -> hyperscan.Database:
    """Give the database of the patterns, which count from 0. Raises `hyperscan.error` for a pattern it cannot take."""
    path = _folder() / f"{_hash(patterns, flags)}.hs"
    kept = _loaded(path)
    if kept is not None:
        return kept
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=list(patterns),
        ids=list(range(len(patterns))),
        flags=[hyperscan.HS_FLAG_MULTILINE | flags] * len(patterns),
    )
    # A full disk or a folder that cannot be written costs the next start its second, nothing else.
    with suppress(OSError):
        _keep(path, hyperscan.dumpb(database))
    return database


def _folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if given.startswith("/") else Path("~/.cache").expanduser()) / "ci-fixer" / "hyperscan"


def _hash(patterns: Sequence[bytes], flags: int) -> str:
    parts = (version("hyperscan").encode(), str(flags).encode(), *patterns)
    return hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()


def _loaded(path: Path) -> hyperscan.Database | None:
    try:
        if not _is_ours(os.lstat(path.parent)):
            return None
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  # of a descriptor
            status = os.fstat(file.fileno())
            if not _is_ours(status) or not stat.S_ISREG(status.st_mode) or status.st_size > DATABASE_BYTES:
                return None
            return hyperscan.loadb(file.read(), hyperscan.HS_MODE_BLOCK)
    except (OSError, hyperscan.HyperscanError):
        return None


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _keep(path: Path, database: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(os.lstat(path.parent)):
        return
    # Whole or not there: another process may be reading, or writing the same.
    with NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as file:
        new = Path(file.name)
        try:
            file.write(database)
            file.flush()
            new.replace(path)
        except OSError:
            new.unlink()
            raise
    for old in sorted(path.parent.glob("*.hs"), key=lambda each: each.stat().st_mtime, reverse=True)[FILES_KEPT:]:
        old.unlink(missing_ok=True)
