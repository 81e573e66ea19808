"""One command over a checkout, under bubblewrap: no network, nothing of the machine but its programs, limits on all.

Both the unpacking and the command happen inside. The checkout lives in memory and is gone afterwards, so that one run
leaves nothing for the next. What is jailed and what is not promised: docs/decisions/0010.
"""

import asyncio
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

GIVEN = "/given"
"""Where the command finds, read-only, the folder it was given."""
TREE, CHANGED = "tree.tar.gz", "changed"
"""In that folder: the checkout, packed below one folder as GitHub does, and the files that replace some of its own."""

_PATH = "/usr/local/bin:/usr/bin:/bin"
_NOBODY = 65534
_TOP = ("bin", "lib", "lib32", "lib64", "sbin")
_ETC = ("alternatives", "ld.so.cache", "java-*-openjdk")
"""All of /etc that programs need to be found and loaded; Debian keeps a part of each JDK there."""
_WORK_BYTES = 512 << 20
"""For the checkout and all that is built in it: it is memory."""
_OTHER_BYTES = 128 << 20
"""For /tmp, and for /dev/shm."""
_LIMITS = ("--cpu=60", f"--as={4 << 30}", f"--fsize={256 << 20}", "--nproc=256", "--nofile=1024", "--core=0")
"""Of each process: seconds and bytes, enough for a linter or a compiler; processes and threads are counted together."""
_BEGUN = b"begun\n"
# What the command prints goes nowhere: its exit code is all that counts, and nothing fills up.
_INSIDE = f"""\
exec 3>&1 >/dev/null 2>&1
tar -xzf {GIVEN}/{TREE} --strip-components=1 -C /work && cp -R {GIVEN}/{CHANGED}/. /work/ || exit 1
echo begun >&3
exec "$@" 3>&-
"""


class JailRefused(Exception):
    """There can be no jail here; the text says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (128 and the signal's number for a signal), or None and why there is none."""

    exit_code: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Jail:
    """Runs one command at a time, for at most `seconds`."""

    seconds: float = 60.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def check(self) -> None:
        """Run a command that does nothing. Raises JailRefused where that cannot be done."""
        for program in ("bwrap", "setpriv", "prlimit"):
            if shutil.which(program, path=_PATH) is None:
                package = "bubblewrap" if program == "bwrap" else "util-linux"
                raise JailRefused(_refusal(f"the program {program} is missing: install the package {package}"))
        async with folder() as given:
            await asyncio.to_thread(_put_nothing, given)
            ended = await self.run(given, ["/bin/true"])
        if ended.exit_code != 0:
            said = ended.reason or f"a command that does nothing ended with {ended.exit_code}"
            raise JailRefused(
                _refusal(
                    f"{said}. It takes bubblewrap 0.8 and a kernel that lets ordinary users make namespaces "
                    "(kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, and a "
                    "container's own profile may forbid it)"
                )
            )

    async def run(self, given: Path, command: Sequence[str]) -> Ended:
        """Unpack `given`'s checkout with its changed files, and run the command there; all is ended with it."""
        async with self._turn:
            await asyncio.to_thread(_hand_over, given)
            process = await asyncio.create_subprocess_exec(
                *_jail(given),
                *command,
                env={"PATH": _PATH, "LANG": "C.UTF-8"},
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(self.seconds):
                    printed, complaint = await process.communicate()
            except TimeoutError:
                return Ended(None, f"it did not end within {self.seconds:g} seconds")
            finally:
                # The first process of a PID namespace dies with bwrap, and all others with it.
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if printed != _BEGUN:
            said = complaint.decode(errors="replace").strip()[:300]
            return Ended(None, said or "the checkout could not be unpacked")
        return Ended(process.returncode)


def open_jail(name: str | None) -> Jail | None:
    """The jail of that name (`bwrap`), None without one. Raises JailRefused for a name that is none."""
    if name is None:
        return None
    if name != "bwrap":
        raise JailRefused(f"CI_FIXER_RERUN is {name!r}; it must be bwrap, or unset, which runs nothing.")
    return Jail()


@asynccontextmanager
async def folder() -> AsyncIterator[Path]:
    """An empty folder to be given to a command; removed at the end."""
    made = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="ci-fixer-", ignore_cleanup_errors=True)
    try:
        yield Path(made.name)
    finally:
        await asyncio.to_thread(made.cleanup)


def _refusal(why: str) -> str:
    return f"CI_FIXER_RERUN is bwrap, and no jail can be made: {why}. Or unset CI_FIXER_RERUN, and no command is run."


def _put_nothing(given: Path) -> None:
    (given / CHANGED).mkdir()
    with tarfile.open(given / TREE, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("tree/nothing"), io.BytesIO())


def _hand_over(given: Path) -> None:
    """Let nobody read what root has written; nobody else may."""
    if os.geteuid() == 0:
        for path in (given, *given.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


def _jail(given: Path) -> list[str]:
    nobody = str(_NOBODY)
    # Root is bound by no count of processes, and its files would be the command's own.
    ours = ("setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups") if os.geteuid() == 0 else ()
    return [
        *ours,
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", nobody, "--gid", nobody),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "jail"),
        *_programs(),
        *("--proc", "/proc", "--dev", "/dev", *_memory("/dev/shm", _OTHER_BYTES), *_memory("/tmp", _OTHER_BYTES)),  # noqa: S108 - the jail's own
        *(*_memory("/work", _WORK_BYTES), "--ro-bind", str(given), GIVEN, "--remount-ro", "/dev", "--remount-ro", "/"),
        *("--clearenv", "--setenv", "PATH", _PATH, "--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "HOME", "/tmp", "--chdir", "/work", "--"),  # noqa: S108 - the jail's own
        *("/usr/bin/prlimit", *_LIMITS, "--", "/bin/sh", "-c", _INSIDE, "sh"),
    ]


def _memory(place: str, size: int) -> tuple[str, ...]:
    return ("--size", str(size), "--tmpfs", place)


def _programs() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _TOP:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))
    for found in sorted(str(place) for name in _ETC for place in Path("/etc").glob(name)):
        yield from ("--ro-bind", found, found)
