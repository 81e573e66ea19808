"""Runs one command as another user: `python run_as.py UID GID COMMAND…`, for root, whom PostgreSQL refuses to serve.

A clone under /root or under a `mktemp -d` folder cannot be entered by anybody but root. Rather than open such folders
to everyone, the command keeps one capability, the one to search and read any folder, where Linux lets it.
See capabilities(7), "Ambient capabilities".
"""

import ctypes
import os
import sys
from ctypes import c_int, c_uint32, c_ulong

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
# The narrowest that suffices comes first; containers usually grant only the second.
_CAP_DAC_READ_SEARCH = 2
_CAP_DAC_OVERRIDE = 1


def main(arguments: list[str]) -> None:
    """Become the user, then the command; never returns."""
    uid, gid, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    linux = sys.platform == "linux"
    if linux:
        _libc().prctl(_PR_SET_KEEPCAPS, c_ulong(1), c_ulong(0), c_ulong(0), c_ulong(0))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux and not _keep(_CAP_DAC_READ_SEARCH):
        _keep(_CAP_DAC_OVERRIDE)
    try:
        os.execv(command[0], command)  # noqa: S606 - the command is PostgreSQL's own, named in full by embedded.py
    except OSError as error:
        sys.exit(f"user {uid} cannot run {command[0]}: {error.strerror}; the folders above it must let that user pass")


def _keep(capability: int) -> bool:
    """Hold on to one capability across the exec and drop all others; False where the kernel or a container forbids."""
    header = (c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bits = 1 << capability
    # Two triples of effective, permitted and inheritable: capabilities 0 to 31, then 32 to 63.
    data = (c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    libc = _libc()
    if libc.capset(header, data) != 0:
        return False
    raised: int = libc.prctl(
        _PR_CAP_AMBIENT, c_ulong(_PR_CAP_AMBIENT_RAISE), c_ulong(capability), c_ulong(0), c_ulong(0)
    )
    return raised == 0


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.restype = c_int
    libc.capset.restype = c_int
    return libc


if __name__ == "__main__":
    main(sys.argv[1:])
