"""Words that tell a linter, a type checker, a scanner or a coverage tool to look away."""

import re
from collections.abc import Iterator

from analysis.policy.model import Change, Finding

_LINT = re.compile(
    r"#\s*(ruff|flake8)?:?\s*noqa\b|#\s*pylint:\s*(disable|skip-file)|#\s*(fmt|yapf):\s*(off|skip|disable)"
    r"|#\s*isort:\s*(skip|off)|#\s*(nosec|nosemgrep|noinspection)\b|#\s*autopep8:\s*off|#\s*bandit:\s*skip"
    r"|eslint-disable|tslint:disable|prettier-ignore|biome-ignore|stylelint-disable|jshint\s+ignore|oxlint-disable"
    r"|deno-(lint|fmt)-ignore|//\s*nolint\b|//\s*lint:(file-)?ignore|#!?\[\s*(cfg_attr\(.*,\s*)?(allow|expect)\s*\("
    r"|rustfmt::skip|@(\w+:)?Suppress\w*\s*\(|@nowarn\b|@dialyzer\b.*\bno_?warn|@silent\b|##\s*no\s+critic|--\s*noqa\b|\bNOLINT|\bNOSONAR\b|//\s*noinspection|clang-format\s+off"
    r"|rubocop:(disable|todo)|phpcs:(ignore|disable)|phpcs(Ignore|Disable)|@psalm-suppress|@phan-suppress"
    r"|#pragma\s+warning\s+disable|#pragma\s+(GCC|clang)\s+diagnostic\s+ignored|\[\s*SuppressMessage"
    r"|(swift|kt)lint[:-]disable|shellcheck\s+disable|hadolint\s+(global\s+)?ignore|yamllint\s+disable"
    r"|markdownlint-disable|credo:disable|checkov:skip|(tfsec|trivy):ignore|codespell:ignore|c?spell-?checker:\s*disable"
    r"|cspell:\s*(disable|ignore)|ansible-lint\s+skip|skip_ansible_lint|detekt:disable|scalafix:off|scalastyle:off"
    r"|CHECKSTYLE[:.]OFF|gitleaks:allow|pragma:\s*allowlist\s+secret|zizmor:\s*ignore|actionlint\s+ignore",
    re.IGNORECASE,
)
# Most tools follow one of these forms: `tool-disable`, `tool: ignore`, `ignore: rule`, `disable-next-line rule`.
_DIRECTIVE = re.compile(
    r"(#{1,4}|/{2,3}|/\*{1,2}|--|<!--|%|;{1,3}|@)\s{0,4}("
    r"\w{1,30}([-_]\w{1,30})?[-_](disable|ignore|suppress|skip|off)\b"
    r"|(?!note|todo|fixme|hack|nb|warning|see|example|usage|default|python|param|return|returns|value)\w{1,30}:\s{0,4}(disable|ignore|suppress|skip|off|allow|nolint)\b"
    r"|(ignore|disable|suppress)(_for_file|[-_]next([-_]line)?|[-_]line|[-_]file|[-_]start|[-_]begin)?:\s*\w"
    r"|(ignore|disable|suppress)[-_](next|line|file)\b|nolint\b|nosec\b|noqa\b|noinspection\b)",
    re.IGNORECASE,
)
_TYPES = re.compile(
    r"#\s*type:\s*ignore|#\s*(pyright|mypy|pyre|pytype|ty):?\s*[-:]?\s*(ignore|fixme|disable|basic|allow)"
    r"|@(typing\.)?no_type_check\b|@ts-(ignore|nocheck|expect-error)|@phpstan-ignore|\$Flow(FixMe|Ignore)|:nodoc-typed:"
    r"|#\s*typed:\s*(false|ignore)|\bT\.unsafe\("
)
_TYPE_ESCAPES = re.compile(r"\bas\s+(unknown\s+as\b|any\b)|:\s*any\b|\bcast\(\s*[\"']?(typing\.)?Any\b")
_COVERAGE = re.compile(
    r"pragma:\s*no\s*(cover|branch)|(istanbul|c8|v8|node:coverage)\s+ignore|coverage:\s*ignore|@codeCoverageIgnore"
    r"|LCOV_EXCL|GCOVR?_EXCL|coverage\(off\)|:nocov:|ExcludeFromCodeCoverage|@(Jacoco)?Generated\b"
    r"|tarpaulin_include|cfg\(not\(tarpaulin",
    re.IGNORECASE,
)
_WARNINGS = re.compile(
    r"warnings\.(simplefilter|filterwarnings)\(\s*[\"'](ignore|once)|PYTHONWARNINGS|-W\s*ignore\b|--disable-warnings"
    r"|catch_warnings\(.*action=[\"']ignore|\bsimplefilter\(.*[\"']ignore|error_reporting\(\s*0|process\.noDeprecation|process\.removeAllListeners\([\"']warning|\$VERBOSE\s*=\s*nil|--no-(warnings|deprecation)\b"
)


_SILENT_CALL = re.compile(r"(^|[=(,;]|return)\s*@\w+\s*\(")


def suppressions(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find new words that silence a check rather than answer it."""
    for change in changes:
        if change.is_prose:
            continue
        for pattern, rule, what in (
            (_LINT, "lint-suppressed", "silences a linter"),
            (_DIRECTIVE, "lint-suppressed", "silences a check"),
            (_TYPES, "types-suppressed", "silences a type checker"),
            (_COVERAGE, "coverage-excluded", "takes code out of the coverage"),
            (_WARNINGS, "warnings-suppressed", "silences warnings"),
        ):
            if line := change.more_of(pattern):
                yield Finding(change.path, rule, f"{what}: {line}")
        if change.name.endswith((".php", ".phtml")) and (line := change.more_code(_SILENT_CALL)):
            yield Finding(change.path, "errors-silenced", f"keeps an error from being seen: {line}")
        if change.name.endswith((".py", ".ts", ".tsx", ".mts", ".cts")) and (line := change.more_of(_TYPE_ESCAPES)):
            yield Finding(change.path, "type-escape", f"gives a type up: {line}", blocking=False)
