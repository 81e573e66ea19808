"""The structured answer that a model is asked for, in the words of its JSON schema.

Import it only to ask: pydantic costs what `agents.gemini` puts off until a request.
"""

from pydantic import BaseModel, ConfigDict, Field

from agents.draft import Claim, Draft, FileQuote, LogQuote
from analysis.complexity import Complexity
from analysis.diagnosis import Category
from analysis.edits import Edit

# Far beyond what a fix needs; the schema tells the model, and a longer list is refused.
_MOST_EDITS = 40
_MOST_CLAIMS = 10
_MOST_QUOTES = 5


class LogLines(BaseModel):
    """Consecutive lines of a failed job's log, quoted from `line` on."""

    model_config = ConfigDict(extra="ignore")
    job: int = Field(default=1, ge=1, description="number of the failed job, as its section says")
    line: int = Field(ge=1, description="number of the first line quoted, as it stands before the line")
    quote: str


class FileLines(BaseModel):
    """Consecutive lines of a file at the commit, quoted from `line` on."""

    model_config = ConfigDict(extra="ignore")
    path: str
    line: int = Field(ge=1, description="number of the first line quoted, as it stands before the line")
    quote: str


class ClaimMade(BaseModel):
    """One sentence and the lines it rests on."""

    model_config = ConfigDict(extra="ignore")
    statement: str
    log_lines: list[LogLines] = Field(default_factory=list, max_length=_MOST_QUOTES)
    file_lines: list[FileLines] = Field(default_factory=list, max_length=_MOST_QUOTES)


class EditMade(BaseModel):
    """Text of a file, which stands in it once, and what takes its place."""

    model_config = ConfigDict(extra="ignore")
    path: str
    search: str
    replace: str


class Answer(BaseModel):
    """The one JSON object that is asked for."""

    model_config = ConfigDict(extra="ignore")
    fix: bool
    category: Category = Category.UNKNOWN
    summary: str
    root_cause: str
    claims: list[ClaimMade] = Field(max_length=_MOST_CLAIMS)
    edits: list[EditMade] = Field(max_length=_MOST_EDITS)
    confidence: int = Field(ge=0, le=100)
    complexity: Complexity = Complexity.TRIVIAL
    risk: str
    prevention: str = ""

    def draft(self) -> Draft:
        """Give the answer as a value that knows nothing of the library."""
        return Draft(
            fix=self.fix,
            summary=self.summary,
            root_cause=self.root_cause,
            claims=tuple(map(_claim, self.claims)),
            edits=tuple(Edit(one.path, one.search, one.replace) for one in self.edits),
            confidence=self.confidence / 100,
            risk=self.risk,
            category=self.category,
            complexity=self.complexity,
            prevention=self.prevention,
        )


def _claim(made: ClaimMade) -> Claim:
    return Claim(
        made.statement,
        tuple(LogQuote(one.line, one.quote, one.job) for one in made.log_lines),
        tuple(FileQuote(one.path, one.line, one.quote) for one in made.file_lines),
    )
