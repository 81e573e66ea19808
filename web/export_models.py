"""What can be taken away, and how."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from web.list_models import Since, Until
from web.models import Cursor, RepositoryName

MOST_ROWS = 100_000
"""Of one export: a minute or so, and as many as a spreadsheet takes ten times."""


class ExportKind(StrEnum):
    """What the rows are."""

    FAILURES = "failures"
    FIXES = "fixes"
    OUTCOMES = "outcomes"


class ExportFormat(StrEnum):
    """How the rows are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class ExportQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What to export. `since` and `until` are of a failure's attempt, and of a fix's proposal."""

    kind: ExportKind = ExportKind.FAILURES
    format: ExportFormat = ExportFormat.CSV
    repository: RepositoryName | None = None
    since: Since | None = None
    until: Until | None = None
    cursor: Annotated[Cursor | None, Meta(description="What an export that was cut ended with")] = None
