"""Logs as they lie about: a file, a folder or zip of a run's logs, or a stream. Whoever made them is not trusted."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHUNK_BYTES = 1 << 20
MEMBERS = 2000
"""Files of one archive or folder: a run has at most 256 jobs of a matrix, and a file for each step."""
MEMBER_BYTES = 2 << 30
"""Inflated size of one member: GitHub itself ends a job's log long before."""
RATIO = 1000
"""Inflated to packed size: deflate cannot pass 1,032, and repetitive logs reach some 50."""

_STEP_FILE = re.compile(r"^(\d{1,4})_(.+)\.txt$")
_LOG_NAMES = (".txt", ".log", ".out")


class LogError(Exception):
    """The path holds no log that can be read; the message says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One job's log: a name to show, and its size in bytes where it is known."""

    name: str
    size: int | None
    parts: tuple["_Part", ...]

    def chunks(self) -> Iterator[bytes]:
        """Read the log from its start; raises LogError where the archive lies about itself."""
        for part in self.parts:
            yield from part.chunks()


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    member: str | None = None
    stream: IO[bytes] | None = None

    def chunks(self) -> Iterator[bytes]:
        if self.stream is not None:
            yield from _read(self.stream)
        elif self.member is None:
            with self.path.open("rb") as file:
                yield from _read(file)
        else:
            yield from self._inflated()

    def _inflated(self) -> Iterator[bytes]:
        with zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.member or "")
            read = 0
            try:
                with archive.open(info) as file:
                    for chunk in _read(file):
                        read += len(chunk)
                        if read > MEMBER_BYTES or read > max(CHUNK_BYTES, info.compress_size * RATIO):
                            raise LogError(f"{self.path}: {self.member} inflates far beyond a log's size; not read")
                        yield chunk
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
                raise LogError(f"{self.path}: {self.member} cannot be read: {error}") from error


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def open_logs(path: Path) -> tuple[LogSource, ...]:
    """Find the logs under a path: one a job. Raises LogError when there is none."""
    if not path.exists():
        raise LogError(f"{path}: no such file or folder")
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file() and not file.is_symlink()]
        names = {file.relative_to(path).as_posix(): file for file in files[:MEMBERS]}
        sources = _jobs({name: (_Part(file), file.stat().st_size) for name, file in names.items()})
        if not sources:
            raise LogError(f"{path}: a folder without logs (looked for *.txt, *.log and *.out)")
        return sources
    if zipfile.is_zipfile(path):
        return _zipped(path)
    if not path.is_file() and not path.is_fifo() and not path.is_char_device():
        raise LogError(f"{path}: neither a file nor a folder")
    return (LogSource(path.name, path.stat().st_size if path.is_file() else None, (_Part(path),)),)


def stream(file: IO[bytes], name: str = "standard input") -> LogSource:
    """Take a stream for one log."""
    return LogSource(name, None, (_Part(Path(name), stream=file),))


def _zipped(path: Path) -> tuple[LogSource, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise LogError(f"{path}: not a readable zip: {error}") from error
    if len(members) > MEMBERS:
        raise LogError(f"{path}: {len(members)} files in the zip; a run's logs have at most {MEMBERS}")
    # Nothing is unpacked to disk; a name that climbs out of its folder is still no name of a log.
    safe = [info for info in members if not _climbs(info.filename)]
    sources = _jobs({info.filename: (_Part(path, info.filename), info.file_size) for info in safe})
    if not sources:
        raise LogError(f"{path}: a zip without logs (looked for *.txt, *.log and *.out)")
    return sources


def _climbs(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _jobs(files: dict[str, tuple[_Part, int]]) -> tuple[LogSource, ...]:
    """One log a job. A run's zip has `0_job.txt` and a folder `job/` with the same again, a file a step."""
    logs = {name: found for name, found in files.items() if name.lower().endswith(_LOG_NAMES)}
    whole = {name: found for name, found in logs.items() if "/" not in name}
    jobs = {_job_name(name) for name in whole}
    folders: dict[str, list[str]] = {}
    for name in logs:
        if "/" in name and (folder := name.rsplit("/", 1)[0]) not in jobs and not name.endswith("/system.txt"):
            folders.setdefault(folder, []).append(name)
    sources = [LogSource(_job_name(name), size, (part,)) for name, (part, size) in whole.items()]
    for folder, names in folders.items():
        steps = [name for name in names if _STEP_FILE.match(name.rsplit("/", 1)[1])]
        if len(steps) == len(names):
            steps.sort(key=lambda name: int(name.rsplit("/", 1)[1].split("_", 1)[0]))
            sources.append(
                LogSource(folder, sum(logs[name][1] for name in steps), tuple(logs[name][0] for name in steps))
            )
        else:
            sources += [LogSource(name, logs[name][1], (logs[name][0],)) for name in names]
    return tuple(sources)


def _job_name(name: str) -> str:
    found = _STEP_FILE.match(name)
    return found[2] if found else name
