"""Fixes that need no model: one rule a file, proposing only what the log and the file together make certain."""

from collections.abc import Mapping, Sequence

from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.recipes.advice import Advice, Adviser, advise
from analysis.recipes.blank_lines import BLANK_LINES
from analysis.recipes.by_tool import BY_TOOL
from analysis.recipes.combine import combine, wanted_by
from analysis.recipes.comparisons import LITERAL_COMPARISON, NEGATED_COMPARISON, NONE_COMPARISON
from analysis.recipes.deprecated_action import DeprecatedAction
from analysis.recipes.end_of_file import EndOfFile
from analysis.recipes.executable_bit import ExecutableBit
from analysis.recipes.formatter_diff import FormatterDiff
from analysis.recipes.invalid_escape import INVALID_ESCAPE
from analysis.recipes.line_endings import LineEndings
from analysis.recipes.missing_dependency import MissingDependency
from analysis.recipes.missing_import import MissingImport
from analysis.recipes.missing_permission import MissingPermission
from analysis.recipes.model import CombinedProposal, Proposal, Recipe
from analysis.recipes.plain_f_string import PLAIN_F_STRING
from analysis.recipes.python_spacing import PYTHON_SPACING
from analysis.recipes.ruff_fix import RuffFix
from analysis.recipes.ruff_unused_import import UnusedImport
from analysis.recipes.snapshot_question import SnapshotQuestion
from analysis.recipes.spelling import Spelling
from analysis.recipes.stale_lock import StaleLock
from analysis.recipes.suggested_name import SuggestedName
from analysis.recipes.syntax_hint import SyntaxHint
from analysis.recipes.unknown_version import UnknownVersion
from analysis.recipes.unused_suppression import UNUSED_SUPPRESSION
from analysis.recipes.unused_variable import UnusedVariable
from analysis.recipes.version_mismatch import VersionMismatch

__all__ = [
    "ADVISERS",
    "RECIPES",
    "Advice",
    "CombinedProposal",
    "Proposal",
    "Recipe",
    "advise_all",
    "propose_all",
    "wanted",
]

# Hunks that a tool printed fit the text as it was, so they go first. What mends within a line goes before what moves
# lines: lines are followed as they move, columns are not.
RECIPES: tuple[Recipe, ...] = (
    FormatterDiff(),
    RuffFix(),
    PLAIN_F_STRING,
    LITERAL_COMPARISON,
    NONE_COMPARISON,
    NEGATED_COMPARISON,
    INVALID_ESCAPE,
    UNUSED_SUPPRESSION,
    PYTHON_SPACING,
    SyntaxHint(),
    SuggestedName(),
    Spelling(),
    EndOfFile(),
    LineEndings(),
    BLANK_LINES,
    UnusedImport(),
    UnusedVariable(),
    MissingImport(),
    *BY_TOOL,
    DeprecatedAction(),
    MissingDependency(),
    UnknownVersion(),
)
"""Every recipe, in the order in which they are tried."""
ADVISERS: tuple[Adviser, ...] = (
    StaleLock(),
    ExecutableBit(),
    VersionMismatch(),
    MissingPermission(),
    SnapshotQuestion(),
)
"""Those that have words and no edits, the surest first."""


def wanted(diagnoses: Sequence[Diagnosis]) -> frozenset[str]:
    """Name the repository paths that the recipes must read to answer these diagnoses; at most 100."""
    return wanted_by(RECIPES, diagnoses)


def propose_all(diagnoses: Sequence[Diagnosis], files: Mapping[str, SourceFile]) -> CombinedProposal | None:
    """Combine all recipes' proposals for the failed jobs of one run; None if there is none."""
    return combine(RECIPES, diagnoses, files)


def advise_all(diagnoses: Sequence[Diagnosis]) -> tuple[Advice, ...]:
    """Say what people can do where no recipe has an edit; nothing where the logs do not say it for certain."""
    return advise(ADVISERS, diagnoses)
