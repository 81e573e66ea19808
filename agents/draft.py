"""A model's answer before anything in it was believed."""

from dataclasses import dataclass

from analysis.complexity import Complexity
from analysis.diagnosis import Category
from analysis.edits import Edit


@dataclass(frozen=True, slots=True)
class LogQuote:
    """Words of a failed job's log, from its own line `line` on; `job` counts the jobs of the request from 1."""

    line: int
    quote: str
    job: int = 1


@dataclass(frozen=True, slots=True)
class FileQuote:
    """Words of a file at the head commit, from its line `line` on."""

    path: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the model and the lines it says it rests on."""

    statement: str
    log: tuple[LogQuote, ...] = ()
    files: tuple[FileQuote, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model proposes. `confidence` is its own word, 0 to 1; `fix` False means that it knows none."""

    fix: bool
    summary: str
    root_cause: str
    claims: tuple[Claim, ...]
    edits: tuple[Edit, ...]
    confidence: float
    risk: str
    category: Category = Category.UNKNOWN
    complexity: Complexity = Complexity.TRIVIAL
    prevention: str = ""
