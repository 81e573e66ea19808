"""Logs of tools that were really run on small projects with planted faults: `recorded/NAME.toml` and `NAME.log`."""

from functools import cache
from pathlib import Path

import msgspec

from analysis.analyze import analyze
from analysis.diagnosis import Category, Diagnosis

FOLDER = Path(__file__).parent / "recorded"


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A place that the tool named; `line` is absent where it names the file alone."""

    path: str
    line: int | None = None


class Case(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a log is made again, and what it says."""

    tool: str
    category: Category
    run: str
    """The failing step's script."""
    root: list[str]
    """Parts of the lines that tell the cause; the headline must be one of them."""
    also: list[Category] = []
    """Categories that a careful reader would accept too."""
    install: list[str] = []
    """Shell commands before the step, in the project's folder, outside of the log."""
    before: str = ""
    """Script of a step that passes before the failing one."""
    timeout_minutes: float | None = None
    """The failing step's own limit."""
    files: dict[str, str] = {}
    locations: list[Place] = []
    """Every place that the log names for what is wrong: no more and no less."""
    failed_tests: list[str] = []
    exit_code: int = 1
    """0 where the log tells none, as when a step was ended from outside."""
    versions: dict[str, str] = {}
    """Written by the recorder: what ran, where it tells."""


def read_case(path: Path) -> Case:
    """Read one case; raises msgspec.ValidationError with the key that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=Case)


def case_names() -> list[str]:
    """Name every case, in order, recorded or not."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def recorded_names() -> list[str]:
    """Name every case that has its log."""
    return [name for name in case_names() if (FOLDER / f"{name}.log").exists()]


@cache
def case_of(name: str) -> Case:
    """Give a case by its name."""
    return read_case(FOLDER / f"{name}.toml")


@cache
def diagnosis_of(name: str, budget_tokens: int = 2000) -> Diagnosis:
    """Diagnose a case's log, once a process."""
    return analyze([(FOLDER / f"{name}.log").read_bytes()], budget_tokens=budget_tokens)
