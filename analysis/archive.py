"""What a zip says of itself before anything of it is read: its directory's size, and names that climb."""

import struct
from pathlib import Path

DIRECTORY_BYTES = 4 << 20
"""Size of a zip's directory: some thirty thousand names, and a run has fewer; each costs half a kilobyte of memory."""

_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_END64, _END64_BYTES = b"PK\x06\x06", 56
_COMMENT_BYTES = 65_535


class ArchiveError(ValueError):
    """The archive is no run's logs; the message says why."""


def check_directory(path: Path) -> None:
    """Refuse a zip whose directory alone would fill the memory. Raises ArchiveError.

    The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _COMMENT_BYTES - _END_BYTES - _LOCATOR_BYTES - _END64_BYTES))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ArchiveError("a zip without its end; was it downloaded whole?")
    entries, directory = struct.unpack_from("<HI", tail, at + 10)
    larger = at - _LOCATOR_BYTES - _END64_BYTES
    if tail[at - _LOCATOR_BYTES : at].startswith(_LOCATOR) and larger >= 0 and tail.startswith(_END64, larger):
        entries, directory = struct.unpack_from("<QQ", tail, larger + 32)
    if directory > DIRECTORY_BYTES:
        raise ArchiveError(f"a zip of {entries:,} entries; the logs of one run are far fewer")


def climbs(name: str) -> bool:
    """Whether a member's name would leave the folder it is unpacked to."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
