"""Logs as they lie about: a file, a folder or zip of a run's logs, or a stream. Whoever made them is not trusted."""

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from analysis.archive import ArchiveError, check_directory, climbs
from analysis.blocks import StepStart

CHUNK_BYTES = 1 << 20
FILES = 20_000
"""Logs of one archive or folder: a run has at most 256 jobs of a matrix, each with a file for every step."""
ENTRIES = 100_000
"""Entries of a folder that are looked at: a home folder named by mistake must not be walked for minutes."""
MEMBER_BYTES = 2 << 30
"""Inflated size of one member: GitHub itself ends a job's log long before."""
ARCHIVE_BYTES = 8 << 30
"""Inflated size of all members that are read."""
RATIO = 200
"""Inflated to packed size: a bomb has 1,030, repetitive logs some 50."""
RATIO_FROM = 16 << 20
"""Bytes of a member below which no ratio does harm: a short log of one line again and again has any."""

_NUMBERED = re.compile(r"^(\d{1,4})_(.{1,250})\.txt$")
_LOG_NAMES = (".txt", ".log", ".out")
# The runner's own diary, which newer archives have beside the steps.
_NO_STEP = "system.txt"
# Every job begins with this step, and no job is called so.
_FIRST_STEP = "1_Set up job.txt"


class LogError(Exception):
    """The path holds no log that can be read; the message says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One job's log: a name to show, and its size in bytes where it is known."""

    name: str
    size: int | None
    parts: tuple["_Part", ...]

    def chunks(self) -> Iterator[bytes | StepStart]:
        """Read the log from its start; raises LogError where the archive lies about itself."""
        for part in self.parts:
            if part.step is not None:
                yield part.step
            yield from part.read()


@dataclass(frozen=True, slots=True)
class _Part:
    read: Callable[[], Iterator[bytes]]
    size: int | None
    step: StepStart | None = None


def open_logs(path: Path) -> tuple[LogSource, ...]:
    """Find the logs under a path: one a job. Raises LogError when there is none."""
    if not path.exists():
        raise LogError(f"{path}: no such file or folder")
    if path.is_dir():
        return _found_in(path, "a folder", {name: _file(path / name) for name in _names(path)})
    if path.is_file() and zipfile.is_zipfile(path):
        return _found_in(path, "a zip", _members(path))
    if not path.is_file() and not path.is_fifo() and not path.is_char_device():
        raise LogError(f"{path}: neither a file nor a folder")
    return (LogSource(path.name, path.stat().st_size if path.is_file() else None, (_file(path),)),)


def stream(file: IO[bytes], name: str = "standard input") -> LogSource:
    """Take a stream for one log."""
    return LogSource(name, None, (_Part(lambda: _read(file), None),))


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _file(path: Path) -> _Part:
    def read() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from _read(file)

    return _Part(read, path.stat().st_size)


def _names(folder: Path) -> list[str]:
    """Name the logs under a folder, links left out."""
    names: list[str] = []
    seen = 0
    for base, _, files in os.walk(folder):
        seen += len(files) + 1
        if seen > ENTRIES:
            raise LogError(f"{folder}: more than {ENTRIES:,} entries; name the folder that holds the run's logs")
        paths = (Path(base, name) for name in files if _is_log(name))
        names += [path.relative_to(folder).as_posix() for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(names)


def _is_log(name: str) -> bool:
    return name.lower().endswith(_LOG_NAMES)


def _members(path: Path) -> dict[str, _Part]:
    """Name the logs in a zip. Nothing is unpacked to disk; a name that climbs out of its folder is no log's."""
    budget = [ARCHIVE_BYTES]
    try:
        check_directory(path)
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if _is_log(info.filename) and not climbs(info.filename)]
    except ArchiveError as error:
        raise LogError(f"{path}: {error}") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as error:
        raise LogError(f"{path}: not a readable zip: {error}") from error

    def member(info: zipfile.ZipInfo) -> _Part:
        return _Part(lambda: _inflated(path, info, budget), info.file_size)

    return {info.filename: member(info) for info in infos}


def _inflated(path: Path, info: zipfile.ZipInfo, budget: list[int]) -> Iterator[bytes]:
    read = 0
    try:
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise LogError(f"{path}: {info.filename} is packed by other means than a run's logs; not read")
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            for chunk in _read(file):
                read += len(chunk)
                budget[0] -= len(chunk)
                if budget[0] < 0 or read > MEMBER_BYTES or read > max(RATIO_FROM, info.compress_size * RATIO):
                    raise LogError(f"{path}: {info.filename} inflates far beyond a log's size; not read")
                yield chunk
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise LogError(f"{path}: {info.filename} cannot be read: {error}") from error


def _found_in(path: Path, kind: str, logs: Mapping[str, _Part]) -> tuple[LogSource, ...]:
    if not logs:
        raise LogError(f"{path}: {kind} without logs (looked for *.txt, *.log and *.out)")
    if len(logs) > FILES:
        raise LogError(f"{path}: {len(logs):,} logs in {kind}; those of one run are at most {FILES:,}")
    return _jobs(path.name, _without_root(logs))


def _without_root(logs: Mapping[str, _Part]) -> Mapping[str, _Part]:
    """Take off the one folder that all of an archive may stand in, unless it is a job's, with a file a step."""
    root = next(iter(logs)).partition("/")[0]
    below = [name.removeprefix(f"{root}/") for name in logs]
    if any(len(short) == len(name) for short, name in zip(below, logs, strict=True)) or _FIRST_STEP in below:
        return logs
    if not any("/" in name or name.startswith("0_") for name in below):
        return logs
    return dict(zip(below, logs.values(), strict=True))


def _jobs(root: str, logs: Mapping[str, _Part]) -> tuple[LogSource, ...]:
    """One log a job. A run's zip has `0_job.txt` and a folder `job/` with the same again, a file a step."""
    whole = {name: part for name, part in logs.items() if "/" not in name}
    if _FIRST_STEP in whole:
        return tuple(_of_folder(root, [name for name in whole if name != _NO_STEP], whole))
    jobs = {_job_name(name) for name in whole}
    folders: dict[str, list[str]] = {}
    for name in logs:
        folder, slash, file = name.rpartition("/")
        if slash and folder not in jobs and file != _NO_STEP:
            folders.setdefault(folder, []).append(name)
    sources = [LogSource(_job_name(name), part.size, (part,)) for name, part in whole.items()]
    for folder, names in folders.items():
        sources += _of_folder(folder, names, logs)
    return tuple(sources)


def _of_folder(folder: str, names: list[str], logs: Mapping[str, _Part]) -> list[LogSource]:
    """Join the files of one job's steps in their order; other files are a log each."""
    steps: list[tuple[int, _Part]] = []
    for name in names:
        found = _NUMBERED.match(name.rpartition("/")[2])
        if found is None:
            return [LogSource(each, logs[each].size, (logs[each],)) for each in names]
        part = logs[name]
        steps.append((int(found[1]), _Part(part.read, part.size, StepStart(folder, found[2]))))
    steps.sort(key=lambda step: step[0])
    size = sum(part.size or 0 for _, part in steps)
    return [LogSource(folder, size, tuple(part for _, part in steps))]


def _job_name(name: str) -> str:
    found = _NUMBERED.match(name)
    return found[2] if found else name
