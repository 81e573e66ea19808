"""`ci-fixer analyze LOG`: read one log, or the logs of a run, and say what broke. No network, no key, no database.

`python -m cli.analyze LOG` is the same command where nothing else is installed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from analysis.analyze import JobDiagnosis, analyze
from analysis.source import LogError, LogSource, open_logs, stream
from cli.diagnosis_report import print_report
from cli.errors import CommandFailed

_SNIFFED = 8192
_SHOW_PROGRESS_ABOVE = 30 << 20
"""Bytes: below, the answer is there before a bar could be drawn."""


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "analyze",
        help="say what broke in a log",
        description="Read the log of a failed job and say what broke, where, and of what kind it is. Needs no network, "
        "no key and no database. Line numbers count the log's own lines from 1.",
        epilog="examples: ci-fixer analyze job.log   ·   ci-fixer analyze run-logs.zip --json   ·   "
        "gh run view 42 --log-failed | ci-fixer analyze -",
    )
    _add_arguments(parser)
    parser.set_defaults(run=run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", metavar="LOG", help="a log, a folder or zip of a run's logs, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a report")
    parser.add_argument(
        "--budget-tokens", type=_budget, default=8000, metavar="N", help="size of the evidence; a token is 4 characters"
    )


def _budget(text: str) -> int:
    number = int(text)
    if not 50 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError("between 50 and 1,000,000 tokens")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Diagnose what was named, and print it. Raises CommandFailed with the reason a log could not be read."""
    name: str = arguments.log
    try:
        sources = (stream(sys.stdin.buffer),) if name == "-" else open_logs(Path(name))
        diagnosed = [_diagnosed(source, arguments.budget_tokens) for source in sources]
    except (LogError, OSError) as error:
        raise CommandFailed(str(error)) from error
    if arguments.json:
        objects = [asdict(job.diagnosis) for job in diagnosed]
        whole = {"schema": 1, "jobs": [{"name": job.name} | each for job, each in zip(diagnosed, objects, strict=True)]}
        print(json.dumps(objects[0] if len(objects) == 1 else whole, indent=1))
    else:
        print_report(diagnosed, Console())
    return 0


def _diagnosed(source: LogSource, budget_tokens: int) -> JobDiagnosis:
    chunks = _watched(source, _text_only(source.name, source.chunks()))
    diagnosis = analyze(chunks, budget_tokens=budget_tokens)
    if diagnosis.root_line is None:
        raise LogError(f"{source.name}: the log is empty; GitHub writes a job's log only when the job has ended")
    return JobDiagnosis(source.name, diagnosis)


def _text_only(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Refuse what is no log before reading all of it; a log may hold NULs, but does not begin with many."""
    start = True
    for chunk in chunks:
        head = chunk[:_SNIFFED] if start else b""
        if head.count(0) > len(head) // 20 and head[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
            raise LogError(f"{name}: a binary file, not a log (is it an archive? a run's logs are read as .zip)")
        if start and head.startswith(b"\x1f\x8b"):
            raise LogError(f"{name}: packed with gzip; unpack it first: gunzip -c {name} | ci-fixer analyze -")
        start = False
        yield chunk


def _watched(source: LogSource, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Show a progress bar for a large log, on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal or (source.size or 0) < _SHOW_PROGRESS_ABOVE:
        yield from chunks
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Reading the log", total=source.size)
        for chunk in chunks:
            yield chunk
            progress.advance(task, len(chunk))


def main(arguments: Sequence[str]) -> int:
    """Run the command by itself, and give its exit code."""
    parser = argparse.ArgumentParser(prog="python -m cli.analyze", description=__doc__)
    _add_arguments(parser)
    try:
        return run(parser.parse_args(arguments))
    except CommandFailed as failed:
        print(f"ci-fixer: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
