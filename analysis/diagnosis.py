"""What the analysis says of one failed job's log: the contract between the reader of logs and everyone else.

Every line number counts the log's own lines from 1. A token is four characters. All text here is scrubbed of
secrets, and all of it was written by strangers: who shows it must escape it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

Fingerprint = NewType("Fingerprint", str)
"""`tool:hash` of the failure's normalised message; equal for the same failure in another shard, attempt or path."""


class Category(StrEnum):
    """What kind of thing broke. "Flaky" is a verdict, not a category."""

    TEST = "test"
    COMPILE = "compile"
    TYPE_CHECK = "type_check"
    LINT = "lint"
    FORMAT = "format"
    DEPENDENCY = "dependency"
    DOCKER = "docker"
    CONFIG = "config"
    PERMISSION = "permission"
    TIMEOUT = "timeout"
    RESOURCE = "resource"
    NETWORK = "network"
    INFRASTRUCTURE = "infrastructure"
    DEPLOY = "deploy"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """How a tool graded one location, in the words of check-run annotations."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log, word for word but for time stamp, colour codes and secrets."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the repository that a tool named, and the log line where it did."""

    path: str
    line: int | None
    column: int | None
    end_line: int | None
    level: Level
    message: str
    rule: str | None
    tool: str
    log_line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of log lines, both ends included, that carries evidence."""

    start: int
    end: int
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The part of the log worth reading, in log order; `tokens` never exceeds `budget_tokens`."""

    budget_tokens: int
    tokens: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """What a step ran, word for word, and the shell that read it, such as `/usr/bin/bash -e {0}`."""

    text: str
    shell: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What broke in one job. `confidence` is 0 to 1 and speaks of the category, not of a fix.

    `message` is the normalised text under `fingerprint`. `symptoms` name each thing that failed by itself, in the same
    normal form: two jobs that share one fail partly alike. `commands` are those that the job's steps ran, line by line,
    each once and cut to 300 letters. `script` is the failing step's, None where its header does not tell all of it (or
    tells it masked) and where the runner did not say that the step failed. `root_line` is None only for a log without
    lines.
    """

    lines: int
    bytes: int
    category: Category
    confidence: float
    tool: str | None
    step: str | None
    exit_code: int | None
    headline: str
    root_line: LogLine | None
    fingerprint: Fingerprint
    message: str
    evidence: Evidence
    locations: tuple[Location, ...] = ()
    failed_tests: tuple[str, ...] = ()
    redactions: int = 0
    symptoms: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    script: Script | None = None
    schema: int = field(default=1)
