"""`ci-fixer analyze` on logs of any size: peak memory of the process, and speed beside a count of line feeds.

usage: python -m scripts.soak_large_log [MEGABYTES] (1,024 without)

Each log is really written to disk and read by a process of its own. Seconds are the processor's, so that a busy machine
matters less. Ends with 1 if any took 200 MB or more.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random

LIMIT_MB = 200
_CHUNK = 1 << 20
_WORDS = (
    *("resolving", "download", "package", "install", "cache", "fetch", "building", "target", "module", "compile"),
    *("running", "test", "passed", "ok", "done", "layer", "pull", "digest", "step", "using", "python", "node", "setup"),
)
_STAMP = "2025-01-31T10:{:02}:{:02}.{:07}Z "
_FINDING = "src/mod{}/file.py:{}:{}: F401 [*] `os` imported but unused"
_END = "##[error]Process completed with exit code 1.\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took: megabytes of log and of peak memory, seconds, and the answer's line count."""

    log_mb: float
    peak_mb: float
    seconds: float
    lines: int


def ordinary(random: Random) -> Iterator[str]:
    """Lines of words behind time stamps, as Actions writes them; one in a thousand is a linter's finding."""
    for number in cycle(range(10_000_000)):
        words = " ".join(random.choices(_WORDS, k=random.randint(4, 18)))
        if number % 1000 == 999:
            words = _FINDING.format(random.randint(1, 99), random.randint(1, 999), random.randint(1, 80))
        yield f"{_STAMP.format(number // 60 % 60, number % 60, number)}{words}\n"


def coloured(random: Random) -> Iterator[str]:
    """The same in colours."""
    for line in ordinary(random):
        yield f"{line[:29]}\x1b[36;1m{line[29:-1]}\x1b[0m\n"


def all_findings(random: Random) -> Iterator[str]:
    """Nothing but findings, each another one."""
    while True:
        yield _FINDING.format(random.randint(1, 9999), random.randint(1, 9999), random.randint(1, 80)) + "\n"


def all_marks(_: Random) -> Iterator[str]:
    """Nothing but the runner's own marks."""
    yield from cycle(["##[group]Run make\n", "shell: bash\n", "##[endgroup]\n", "##[error]no\n"])


def short_lines(_: Random) -> Iterator[str]:
    """Lines of one letter."""
    yield from cycle(["E\n"])


def one_line(_: Random) -> Iterator[str]:
    """One line without an end."""
    yield from cycle(["error: a.py:1:1: " * 100])


def progress(random: Random) -> Iterator[str]:
    """A bar redrawn by carriage returns."""
    while True:
        yield f"\r{random.randint(0, 100)}% [=====>   ]" * 50 + "\n"


KINDS: tuple[Callable[[Random], Iterator[str]], ...] = (
    ordinary,
    coloured,
    all_findings,
    all_marks,
    short_lines,
    one_line,
    progress,
)


def write_log(path: Path, kind: Callable[[Random], Iterator[str]], size: int) -> None:
    """Write a log of that kind and of some `size` bytes; after 64 MB its lines come again."""
    lines = kind(Random(1))  # noqa: S311  # the same log each time
    with path.open("wb") as file:
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < min(size, 64 << 20):
            pieces.append("".join(islice(lines, 10_000)).encode())
        for piece in cycle(pieces):
            if file.tell() + len(piece) > size:
                file.write(piece[: size - file.tell()])
                break
            file.write(piece)
        file.write(("\n" + _END).encode())


def measure(path: Path) -> Measured:
    """Diagnose the log in a process of its own, and ask the system what that took."""
    process = subprocess.Popen([sys.executable, "-m", "cli.analyze", path, "--json"], stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101  # for the type checker
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{path}: the command ended with {process.returncode}")
    # The system tells kilobytes, macOS bytes.
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    seconds = usage.ru_utime + usage.ru_stime
    return Measured(path.stat().st_size / 1e6, peak, seconds, json.loads(answer)["lines"])


def count_lines(path: Path) -> float:
    """Seconds that counting the line feeds takes."""
    started = time.process_time()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            chunk.count(b"\n")
    return time.process_time() - started


def main(arguments: list[str]) -> int:
    """Measure each kind of log."""
    size = int(arguments[0] if arguments else "1024") << 20
    worst = 0.0
    print(f"{'log':14}{'MB':>8}{'lines':>13}{'peak MB':>9}{'MB/s':>8}{'of counting lines':>20}")
    for kind in KINDS:
        # Hostile ones show in 64 MB what they would in a thousand.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{kind.__name__}.log")
            write_log(path, kind, size if kind is ordinary else min(size, 64 << 20))
            count_lines(path)
            counting = count_lines(path)
            took = measure(path)
        worst = max(worst, took.peak_mb)
        speed, share = took.log_mb / took.seconds, counting / took.seconds
        print(f"{kind.__name__:14}{took.log_mb:8.0f}{took.lines:13,}{took.peak_mb:9.0f}{speed:8.0f}{share:20.3f}")
    return 0 if worst < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
