"""The bar stays where it is: linters', type checkers', test runners' and coverage tools' own settings."""

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from analysis.policy.checks_run import CHECK
from analysis.policy.model import Change, Finding

_LINT_FILES = re.compile(
    r"^(\.?ruff\.toml|\.flake8|\.?pylintrc(\.toml)?|\.?mypy\.ini|pyrightconfig\.json|\.isort\.cfg|\.style\.yapf|\.bandit"
    r"|bandit\.ya?ml|\.eslintrc(\..+)?|eslint\.config\.\w+|\.eslintignore|\.prettierrc(\..+)?|prettier\.config\.\w+"
    r"|\.prettierignore|biome\.jsonc?|\.?oxlintrc\.json|tslint\.json|\.stylelintrc(\..+)?|\.stylelintignore|\.jshintrc"
    r"|\.golangci\.(ya?ml|toml|json)|staticcheck\.conf|\.rubocop(_todo)?\.yml|\.?rustfmt\.toml|\.?clippy\.toml|deny\.toml"
    r"|\.clang-(tidy|format)(-ignore)?|\.editorconfig|\.pre-commit-config\.ya?ml|\.?hadolint\.ya?ml|\.yamllint(\..+)?"
    r"|\.markdownlint(\..+|-cli2\..+|ignore)?|\.shellcheckrc|phpstan(\..+)?\.neon(\.dist)?|phpcs\.xml(\.dist)?"
    r"|\.php-cs-fixer(\.dist)?\.php|psalm(-baseline)?\.xml|phpstan-baseline\.neon|checkstyle.*\.xml|pmd.*\.xml"
    r"|spotbugs.*\.xml|detekt.*\.ya?ml|\.codespellrc|\.?cspell\.(json|ya?ml)|\.swiftlint\.yml|\.scalafix\.conf"
    r"|\.scalafmt\.conf|\.credo\.exs|sonar-project\.properties|\.semgrepignore|\.semgrep\.yml|\.gitleaks\.toml|\.trivyignore"
    r"|\.tflint\.hcl|\.checkov\.ya?ml|\.ansible-lint|commitlint\.config\.\w+|\.importlinter|\.?taplo\.toml|_typos\.toml"
    r"|\.?typos\.toml|\.ecrc|\.flowconfig|\.?standard\.yml|\.lintstagedrc.*|lefthook\.yml|\.megalinter\.yml|analysis_options\.ya?ml|\.luacheckrc|\.jshintignore|\.solhint.*|\.buf\.ya?ml|\.spectral\.ya?ml"
    # What no list knows by name says it in its name.
    r"|\.[\w-]*(lint|hint|check|style|fluff|format|prettier|cop|critic)[\w-]*(\..+)?|[\w-]*(lint|hint)[\w-]*\.(config|conf)\.\w+)$"
)
_COVERAGE_FILES = re.compile(
    r"^(\.coveragerc|\.?codecov\.ya?ml|\.nycrc(\.json)?|\.c8rc(\.json)?|\.simplecov|\.coveralls\.yml)$"
)
_TEST_FILES = re.compile(
    r"^((jest|vitest|karma|playwright|cypress|ava|web-test-runner)\.(config|conf)\.\w+|\.mocharc\..+"
    r"|phpunit(\..+)?\.xml(\.dist)?|\.nycrc|vitest\.workspace\.\w+|jest[.-]preset\.\w+|wdio\.conf\.\w+|\.bazelrc|pytest\.toml|\.rspec|nextest\.toml)$"
)
_BAR = re.compile(
    r"(fail[_-]under|cov(erage)?-fail-under|min(imum)?_?-?coverage|coverage_?-?threshold|COVERAGE_MIN\w*|minimum|branches|functions"
    r"|statements|lines|threshold|target)[\"']?\s*[:=\s]\s*[\"']?(\d+(\.\d+)?)",
    re.IGNORECASE,
)
_BAR_WORD = re.compile(r"fail[_-]under|coverage", re.IGNORECASE)

_TOOLS = {
    "lint-settings": ("ruff", "black", "isort", "flake8", "pylint", "mypy", "pyright", "basedpyright", "bandit",
                      "codespell", "typos", "importlinter", "pydocstyle", "yapf", "autopep8", "djlint", "vulture",
                      "interrogate", "ty", "pyrefly", "pycodestyle", "pydoclint", "deptry", "refurb", "sqlfluff"),
    "coverage-settings": ("coverage",),
    "test-settings": ("pytest", "tox", "nox", "hatch.envs", "poe.tasks", "taskipy.tasks", "pdm.scripts"),
}  # fmt: skip
# Naming a marker or a log format lets nothing pass.
_HARMLESS = (
    "markers",
    "pythonpath",
    "minversion",
    "asyncio_mode",
    "asyncio_default_fixture_loop_scope",
    "required_plugins",
)
_SECTIONS = {
    "lint-settings": re.compile(
        r"^(flake8|pylint.*|mypy.*|isort|pycodestyle|pydocstyle|pep8|yapf|codespell|bandit|tool:ruff)"
    ),
    "coverage-settings": re.compile(r"^coverage:"),
    "test-settings": re.compile(r"^(tool:pytest|pytest|testenv.*|tox)$"),
}
_KEYS = {
    "lint-settings": ("eslintConfig", "eslintIgnore", "prettier", "stylelint", "lint-staged", "xo", "standard"),
    "coverage-settings": ("nyc", "c8"),
    "test-settings": ("jest", "mocha", "ava", "vitest"),
}
# Deeper than any tool's settings lie.
_MOST_NESTED = 8
_CHECK_SCRIPTS = re.compile(r"^(pre|post)?(test|lint|check|ci|type-?check|format|coverage|verify|build|tsc)\b")
_MESSAGES = {
    "lint-settings": "changes the rules of a linter, formatter or type checker",
    "coverage-settings": "changes what coverage measures or asks",
    "test-settings": "changes which tests run or how they are judged",
}


def settings_kept(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find changed settings of the tools that judge the code, in files of their own or in shared ones."""
    for change in changes:
        yield from (Finding(change.path, rule, _MESSAGES[rule]) for rule in dict.fromkeys(_rules(change)))
        if not change.is_prose and (line := _lowered(change)):
            yield Finding(change.path, "coverage-lowered", f"lowers the bar: {line}")


def _rules(change: Change) -> Iterator[str]:
    name = change.name.lower()
    if _LINT_FILES.match(name):
        yield "lint-settings"
    if _COVERAGE_FILES.match(name):
        yield "coverage-settings"
    if _TEST_FILES.match(name):
        yield "test-settings"
    parse = _SHARED.get(name) or (_of_tsconfig if re.match(r"^[tj]sconfig.*\.json$", name) else None)
    if parse is not None:
        yield from parse("\n".join(change.before), "\n".join(change.after))


def _lowered(change: Change) -> str | None:
    # `lines: 80` is a bar only in a file that speaks of coverage.
    near = any(_BAR_WORD.search(line) for line in change.before)
    old, new = _bars(change.removed, near=near), _bars(change.added, near=near)
    for word, value in old.items():
        if new.get(word, -1.0) < value:
            return f"{word} was {value:g}"
    return None


def _bars(lines: tuple[str, ...], *, near: bool) -> dict[str, float]:
    bars: dict[str, float] = {}
    for line in lines:
        if (match := _BAR.search(line)) and (near or _BAR_WORD.search(line)):
            bars[match[1].lower()] = float(match[4])
    return bars


def _of_pyproject(before: str, after: str) -> Iterator[str]:
    old, new = _both(_toml, _sections, before, after)
    for rule, tools in _TOOLS.items():
        if any(_telling(_at(old, f"tool.{tool}")) != _telling(_at(new, f"tool.{tool}")) for tool in tools):
            yield rule


def _of_cargo(before: str, after: str) -> Iterator[str]:
    old, new = _both(_toml, _sections, before, after)
    if any(_at(old, key) != _at(new, key) for key in ("lints", "workspace.lints")):
        yield "lint-settings"
    if any(
        _at(old, key) != _at(new, key)
        for key in ("test", "lib.test", "lib.doctest", "package.autotests", "package.autobenches")
    ):
        yield "test-settings"


def _of_ini(before: str, after: str) -> Iterator[str]:
    old, new = _ini(before), _ini(after)
    for rule, sections in _SECTIONS.items():
        names = {name for name in (*old, *new) if sections.match(name)}
        if any(old.get(name) != new.get(name) for name in names):
            yield rule


def _of_package(before: str, after: str) -> Iterator[str]:
    old, new = _both(_json, _pairs, before, after)
    for rule, keys in _KEYS.items():
        if any(_at(old, key) != _at(new, key) for key in keys):
            yield rule
    old_scripts, new_scripts = _table(old, "scripts"), _table(new, "scripts")
    if any(_is_check(key, value) and new_scripts.get(key) != value for key, value in old_scripts.items()):
        yield "test-settings"


def _is_check(name: str, command: object) -> bool:
    return _CHECK_SCRIPTS.match(name) is not None or CHECK.search(str(command)) is not None


# What asks for more when it is true, and what sees less when it is there, in a compiler's settings for TypeScript.
_STRICT_FLAG = re.compile(
    r"\"(strict\w*|no(?:Implicit|Unused|Unchecked|Fallthrough|Property)\w*|exactOptional\w+|checkJs|alwaysStrict"
    r"|useUnknownInCatch\w+|isolatedDeclarations|forceConsistent\w+)\"\s*:\s*true"
)
_LAX_FLAG = re.compile(
    r"\"(?:skipLibCheck|skipDefaultLibCheck|allowUn\w+|suppress\w+|ignoreDeprecations|noCheck|strict\w*|no(?:Implicit|Unused)\w*)"
    r"\"\s*:\s*(?:true|false|\"[^\"]*\")|\"(?:exclude|include|files)\"\s*:\s*\[[^\]]*\]?"
)


def _of_tsconfig(before: str, after: str) -> Iterator[str]:
    """Compare by words: these files hold comments, which JSON does not know. What grows stricter is welcome."""
    old, new = (set(_STRICT_FLAG.findall(text)) for text in (before, after))
    lax_before, lax_after = (
        {re.sub(r"\s+", "", match[0]) for match in _LAX_FLAG.finditer(text) if not _STRICT_FLAG.fullmatch(match[0])}
        for text in (before, after)
    )
    narrowed = {one for one in lax_before - lax_after if one.startswith('"include')}
    if old - new or lax_after - lax_before or narrowed:
        yield "lint-settings"


_SHARED: Mapping[str, Callable[[str, str], Iterator[str]]] = {
    "pyproject.toml": _of_pyproject,
    "cargo.toml": _of_cargo,
    "setup.cfg": _of_ini,
    "tox.ini": _of_ini,
    "pytest.ini": _of_ini,
    ".pytest.ini": _of_ini,
    "package.json": _of_package,
    "composer.json": _of_package,
    "deno.json": _of_package,
}


def _both(
    read: Callable[[str], object], as_lines: Callable[[str], object], before: str, after: str
) -> tuple[object, object]:
    """Read both sides alike: a file that was broken and is mended is compared by its lines."""
    try:
        return read(before), read(after)
    except (ValueError, RecursionError):
        return as_lines(before), as_lines(after)


def _toml(text: str) -> object:
    return tomllib.loads(text) if text else {}


def _json(text: str) -> object:
    return json.loads(text) if text else {}


def _sections(text: str) -> object:
    """Give a broken TOML file's lines by the names of their sections."""
    document: dict[str, object] = {}
    section: dict[str, object] = document
    for line in text.splitlines():
        if head := re.match(r"\s*\[+\s*([\w.\-]+)", line):
            section = document
            for key in head[1].split(".")[:_MOST_NESTED]:
                inner = section.setdefault(key, {})
                section = inner if isinstance(inner, dict) else {}
        elif line.strip():
            section[line.strip()] = ""
    return document


def _pairs(text: str) -> object:
    """Give a broken JSON file's pairs of texts, as if all were scripts, and the lines that begin a known key."""
    lines = {key: line.strip() for line in text.splitlines() for key in re.findall(r"\"(\w[\w-]*)\"\s*:\s*[{\[]", line)}
    return {**lines, "scripts": dict(re.findall(r"\"([\w:.-]+)\"\s*:\s*\"([^\"]*)\"", text))}


def _ini(text: str) -> dict[str, list[tuple[str, str]]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        # Unreadable before or after is a difference in the one section whose name every pattern could not miss.
        return {"testenv": [("", text)]}
    return {
        name: [(key, value) for key, value in parser.items(name) if key not in _HARMLESS] for name in parser.sections()
    }


def _telling(table: object) -> object:
    """Leave out of a tool's table what lets nothing pass, at whatever depth; an empty table is none."""
    if not isinstance(table, dict):
        return table
    kept = {key: _telling(value) for key, value in table.items() if key not in _HARMLESS}
    return {key: value for key, value in kept.items() if value is not None} or None


def _at(document: object, dotted: str) -> object:
    for key in dotted.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _table(document: object, key: str) -> Mapping[str, object]:
    value = _at(document, key)
    return {str(name): inner for name, inner in value.items()} if isinstance(value, dict) else {}
