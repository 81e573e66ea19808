"""The recipes that answer what one tool located, language by language."""

from analysis.recipes.checkstyle_unused_import import CHECKSTYLE_UNUSED_IMPORT
from analysis.recipes.eslint_prefer_const import ESLINT_PREFER_CONST
from analysis.recipes.eslint_style import ESLINT_STYLE
from analysis.recipes.eslint_unused_import import ESLINT_UNUSED_IMPORT
from analysis.recipes.eslint_unused_variable import ESLINT_UNUSED_VARIABLE
from analysis.recipes.go_missing_import import GO_MISSING_IMPORT
from analysis.recipes.go_unused_import import GO_UNUSED_IMPORT
from analysis.recipes.go_unused_variable import GO_UNUSED_VARIABLE
from analysis.recipes.java_missing_import import JavaMissingImport
from analysis.recipes.model import Recipe
from analysis.recipes.rubocop_literal import RUBOCOP_LITERAL
from analysis.recipes.rust_suggestion import RustSuggestion
from analysis.recipes.rust_unused_import import RUST_UNUSED_IMPORT
from analysis.recipes.shellcheck_suggestion import ShellcheckSuggestion
from analysis.recipes.tsc_did_you_mean import TSC_DID_YOU_MEAN
from analysis.recipes.tsc_unused_import import TSC_UNUSED_IMPORT
from analysis.recipes.white_space import (
    CHECKSTYLE_WHITE_SPACE,
    MARKDOWNLINT_WHITE_SPACE,
    PHPCS_WHITE_SPACE,
    RUBOCOP_WHITE_SPACE,
    YAMLLINT_WHITE_SPACE,
)

# What changes characters in a line goes first, by the columns that the tools gave; what takes lines away goes last.
BY_TOOL: tuple[Recipe, ...] = (
    ESLINT_STYLE,
    ESLINT_PREFER_CONST,
    TSC_DID_YOU_MEAN,
    ESLINT_UNUSED_VARIABLE,
    ESLINT_UNUSED_IMPORT,
    TSC_UNUSED_IMPORT,
    GO_UNUSED_VARIABLE,
    GO_UNUSED_IMPORT,
    GO_MISSING_IMPORT,
    RustSuggestion(),
    RUST_UNUSED_IMPORT,
    RUBOCOP_LITERAL,
    ShellcheckSuggestion(),
    CHECKSTYLE_WHITE_SPACE,
    MARKDOWNLINT_WHITE_SPACE,
    PHPCS_WHITE_SPACE,
    RUBOCOP_WHITE_SPACE,
    YAMLLINT_WHITE_SPACE,
    CHECKSTYLE_UNUSED_IMPORT,
    JavaMissingImport(),
)
"""In the order in which they are tried."""
