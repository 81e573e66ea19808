"""A model's answer before anything in it was believed."""

from dataclasses import dataclass

from analysis.edits import Edit


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the model and what it says it rests on: words of the log, or words of a file."""

    statement: str
    log_quote: str = ""
    path: str = ""
    file_quote: str = ""


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
