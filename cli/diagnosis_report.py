"""A diagnosis as a person reads it in a terminal: colours where there is one, plain text elsewhere.

Everything shown was written by strangers: it goes out as text, never as markup. The reader took control characters of
ASCII away; here go those of Unicode, which move a terminal's cursor or turn the order of letters round.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from analysis.analyze import JobDiagnosis
from analysis.diagnosis import Diagnosis, Level, Location

_LOCATIONS = 12
_TESTS = 12
_JOBS = 20
_EVIDENCE_LINES = 60
_STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def print_report(jobs: Sequence[JobDiagnosis], console: Console) -> None:
    """Print one report a job; of the jobs in which no step failed, where in others one did, only a line each."""
    failed = [job for job in jobs if job.diagnosis.exit_code is not None] or list(jobs)
    for index, job in enumerate(failed):
        if index:
            console.print()
        if len(jobs) > 1:
            console.rule(Text(_shown(job.name)))
        _print_one(job.diagnosis, console)
    rest = [job for job in jobs if job not in failed]
    _print_list(console, "no step failed", [((f"  {job.name}", ""),) for job in rest], _JOBS)


def _print_one(diagnosis: Diagnosis, console: Console) -> None:
    _line(console, (diagnosis.headline or "no line of this log says what broke", "bold red"))
    facts = [
        ("category", f"{diagnosis.category} ({diagnosis.confidence:.0%} sure)"),
        ("tool", diagnosis.tool),
        ("step", diagnosis.step),
        ("exit code", None if diagnosis.exit_code is None else str(diagnosis.exit_code)),
        ("log line", None if diagnosis.root_line is None else f"{diagnosis.root_line.line:,} of {diagnosis.lines:,}"),
        ("fingerprint", str(diagnosis.fingerprint)),
        ("masked", f"{diagnosis.redactions} secrets" if diagnosis.redactions else None),
    ]
    for name, value in facts:
        if value is not None:
            _line(console, (f"  {name:<12}", "dim"), (value, ""))
    _print_list(console, "failed tests", [((f"  {test}", ""),) for test in diagnosis.failed_tests], _TESTS)
    _print_list(console, "places", [_place(location) for location in diagnosis.locations], _LOCATIONS)
    _print_evidence(diagnosis, console)


def _print_list(console: Console, title: str, rows: Sequence[tuple[tuple[str, str], ...]], most: int) -> None:
    if not rows:
        return
    console.print()
    _line(console, (f"{title} ({len(rows)})", "bold"))
    for row in rows[:most]:
        _line(console, *row)
    if len(rows) > most:
        _line(console, (f"  and {len(rows) - most} more", "dim"))


def _place(location: Location) -> tuple[tuple[str, str], ...]:
    where = ":".join(str(part) for part in (location.path, location.line, location.column) if part is not None)
    rule = f" [{location.rule}]" if location.rule else ""
    return ((f"  {where}", _STYLES[location.level]), (f"  {location.message}{rule}", ""))


def _print_evidence(diagnosis: Diagnosis, console: Console) -> None:
    console.print()
    _line(console, ("evidence", "bold"))
    left = _EVIDENCE_LINES
    for block in sorted(diagnosis.evidence.blocks, key=lambda block: -block.score)[:8]:
        lines = block.text.split("\n")[:left]
        left -= len(lines)
        for number, text in enumerate(lines, start=block.start):
            _line(console, (f"{number:>8}  ", "dim"), (text, ""))
        if left <= 0:
            _line(console, ("          more with --json", "dim"))
            return
        console.print()


def _line(console: Console, *parts: tuple[str, str]) -> None:
    console.print(Text.assemble(*((_shown(text), style) for text, style in parts)), soft_wrap=True, highlight=False)


_HIDDEN = dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def _shown(text: str) -> str:
    return text.translate(_HIDDEN)
