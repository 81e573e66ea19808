"""`ci-fixer analyze LOG`: read one log, or the logs of a run, and say what broke. No network, no key, no database.

`python -m cli.analyze LOG` is the same command where nothing else is installed.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from analysis.analyze import JobDiagnosis, analyze
from analysis.binary import is_binary
from analysis.blocks import Chunks, StepStart
from analysis.source import LogError, LogSource, open_logs, stream
from cli.diagnosis_json import as_json
from cli.diagnosis_report import print_report
from cli.errors import CommandFailed

_DESCRIPTION = """\
Read the log of a failed job and say what broke, where, and of what kind it is.
Needs no network, no key and no database. Lines count from 1, as in the log."""
_EXAMPLES = """\
examples:
  ci-fixer analyze job.log
  ci-fixer analyze run-logs.zip --json
  gh run view 42 --log-failed | ci-fixer analyze -"""
SHOW_PROGRESS_FROM = 30 << 20
"""Bytes: below, the answer is there before a bar could be drawn."""
_LEAST_BUDGET, _MOST_BUDGET = 50, 1_000_000


class _NotALog(LogError):
    """This one is empty or no text; the other logs of its run may be read all the same."""


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "analyze",
        help="say what broke in a log",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_arguments(parser)
    parser.set_defaults(run=run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", metavar="LOG", help="a log, a folder or zip of a run's logs, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a report")
    parser.add_argument(
        "--budget-tokens",
        type=_budget,
        default=8000,
        metavar="N",
        help="size of the evidence, 50 to 1,000,000; a token is 4 characters (default: 8000)",
    )


def _budget(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and _LEAST_BUDGET <= int(text) <= _MOST_BUDGET:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of tokens from {_LEAST_BUDGET} to {_MOST_BUDGET:,}")


def run(arguments: argparse.Namespace) -> int:
    """Diagnose what was named, and print it. Raises CommandFailed with the reason a log could not be read."""
    name: str = arguments.log
    try:
        sources = (stream(sys.stdin.buffer),) if name == "-" else open_logs(Path(name))
        jobs = _diagnosed(sources, arguments.budget_tokens)
    except (LogError, OSError) as error:
        raise CommandFailed(str(error)) from error
    _print(as_json(jobs) + "\n" if arguments.json else _report(jobs))
    return 0


def _report(jobs: Sequence[JobDiagnosis]) -> str:
    console = Console()
    with console.capture() as report:
        print_report(jobs, console)
    return report.get()


def _print(text: str) -> None:
    """Print, and let `| head -1` take the line it wants."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without this log's letters shows others; it is no reason to show nothing.
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes what is left at exit, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _diagnosed(sources: Sequence[LogSource], budget_tokens: int) -> list[JobDiagnosis]:
    """Diagnose each log. One that is none, among others, is told of and left out."""
    jobs: list[JobDiagnosis] = []
    refused: list[_NotALog] = []
    for source in sources:
        try:
            jobs.append(_diagnosis(source, budget_tokens))
        except _NotALog as error:
            refused.append(error)
    if not jobs and refused:
        raise refused[0]
    for each in refused:
        print(f"ci-fixer: left out: {each}", file=sys.stderr)
    return jobs


def _diagnosis(source: LogSource, budget_tokens: int) -> JobDiagnosis:
    diagnosis = analyze(_watched(source, _text_only(source)), budget_tokens=budget_tokens)
    if diagnosis.root_line is None:
        raise _NotALog(f"{source.name}: the log is empty; GitHub writes a job's log only when the job has ended")
    return JobDiagnosis(source.name, diagnosis)


def _text_only(source: LogSource) -> Iterator[bytes | StepStart]:
    """Refuse what is no log before reading all of it; a log may hold NULs, but does not begin with many."""
    start = True
    for chunk in source.chunks():
        if start and isinstance(chunk, bytes):
            start = False
            _refuse_binary(source.name, chunk)
        yield chunk


def _refuse_binary(name: str, head: bytes) -> None:
    if head.startswith(b"\x1f\x8b"):
        raise _NotALog(f"{name}: packed with gzip; unpack it first: gunzip -c FILE | ci-fixer analyze -")
    if head.startswith(b"PK\x03\x04"):
        raise _NotALog(f"{name}: a zip; give its name as LOG, since its directory is at its end")
    if is_binary(head):
        raise _NotALog(f"{name}: a binary file, not a log")


def _watched(source: LogSource, chunks: Chunks) -> Iterator[bytes | StepStart]:
    """Show a progress bar for a large log, on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal or (source.size or 0) < SHOW_PROGRESS_FROM:
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
            progress.advance(task, len(chunk) if isinstance(chunk, bytes) else 0)


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
