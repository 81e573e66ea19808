"""Fixes that need no model: one rule a file, proposing only what the log and the file together make certain."""

from collections.abc import Mapping, Sequence

from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.recipes.by_tool import BY_TOOL
from analysis.recipes.combine import combine, wanted_by
from analysis.recipes.end_of_file import EndOfFile
from analysis.recipes.formatter_diff import FormatterDiff
from analysis.recipes.missing_import import MissingImport
from analysis.recipes.model import CombinedProposal, Proposal, Recipe
from analysis.recipes.ruff_unused_import import UnusedImport

__all__ = ["RECIPES", "CombinedProposal", "Proposal", "Recipe", "propose_all", "wanted"]

# A formatter's hunks fit the text as it was, so they go first; what locates by line follows the lines as they move.
RECIPES: tuple[Recipe, ...] = (FormatterDiff(), EndOfFile(), UnusedImport(), MissingImport(), *BY_TOOL)
"""Every recipe, in the order in which they are tried."""


def wanted(diagnoses: Sequence[Diagnosis]) -> frozenset[str]:
    """Name the repository paths that the recipes must read to answer these diagnoses; at most 100."""
    return wanted_by(RECIPES, diagnoses)


def propose_all(diagnoses: Sequence[Diagnosis], files: Mapping[str, SourceFile]) -> CombinedProposal | None:
    """Combine all recipes' proposals for the failed jobs of one run; None if there is none."""
    return combine(RECIPES, diagnoses, files)
