"""What runs the checks goes on running all of them, over as much, and ends as they end."""

import re
from collections.abc import Iterator, Sequence

from analysis.policy.model import Change, Finding, surplus

CHECK = re.compile(
    r"\b(pytest|py\.test|unittest|nose2?|tox|nox|hatch\s+(run|test|fmt)|mypy|pyright|ruff|flake8|pylint|black|isort|bandit|pytype|ty\s+check|codespell|typos"
    r"|coverage|pre-commit|jest|vitest|mocha|ava|karma|cypress|playwright|eslint|prettier|biome|oxlint|tsc|vue-tsc|stylelint|xo|standard|nyc|c8|knip"
    r"|(npm|pnpm|yarn|bun|deno|npx|turbo|nx|lerna)\b[\w\s:@/.=-]{0,80}\b(test|tests|lint|check|typecheck|type-check|ci:?\w*|coverage|verify|build|fmt)\b"
    r"|go\s+(test|vet|build)|gofmt|goimports|golangci-lint|staticcheck|gotestsum|govulncheck|cargo\s+(\+\w+\s+)?(test|clippy|fmt|check|nextest|deny|audit|doc|build|miri)"
    r"|rustfmt|mvnw?|gradlew?|sbt|ant|lein|checkstyle|spotless|ktlint|detekt|rspec|rubocop|rake|minitest|rails\s+test|bundle\s+exec|standardrb|brakeman"
    r"|phpunit|phpstan|psalm|phpcs|php-cs-fixer|pest|php\s+-l|composer\s+(test|validate|\w*check\w*|\w*lint\w*)|dotnet\s+(test|build|format)|ctest|clang-(tidy|format)|cppcheck"
    r"|make\s+(-\w+\s+)*[\w-]*(test|check|lint|all)|meson\s+test|ninja|bats|shellcheck|shfmt|hadolint|actionlint|yamllint|markdownlint\S*|ansible-lint|tflint|tfsec|checkov"
    r"|terraform\s+(fmt|validate)|mix\s+(test|format|credo|dialyzer|compile)|swift\s+(test|build)|swiftlint|swiftformat|xcodebuild|dart\s+(test|analyze|format)|flutter\s+(test|analyze)"
    r"|zig\s+(build|test|fmt)|luacheck|busted|stack\s+test|cabal\s+test|hlint|R\s+CMD\s+check|sqlfluff|vale|lychee|gitleaks|trivy|zizmor|import-?linter|lint-imports"
    r"|\w{0,40}?(tests?|check|lint|coverage|verify)[\w-]{0,40}\.(sh|py|js|mjs|rb|pl|bash))\b"
)
_NOT_RUN = re.compile(
    r"^\W*(echo|printf|print|puts|log|info|warn)\b|\b(install|add|require|depends|import|from|using|name|description|needs|image|uses)\b\s*[:(\s]"
)
_QUIET_ECHO = re.compile(r"\b(echo|printf|print|puts|console\.log)\b[^;&|]*")
_DEPENDS = re.compile(
    r"^(?P<target>[\w.-]+)\s*:(?!=)(?P<on>[^=#]*)|\b(depends_?_?[oO]n|needs|task\s+:?default|default:|task\s+default)\b(?P<rest>.*)"
)
_FILTERS = re.compile(
    r"\s-(short|run|skip)\b|\s-k[=\s\"',]|[\"']-k[\"']|[\"']--(ignore|deselect|skip)|--(exclude-group|exclude-tag\w*|exclude|filter|skip|ignore|testNamePattern|testPathPattern|only|grep|run)\b"
    r"|\bexcludeT(ags|estsMatching)\b|\bexclude(TestsMatching|Categories|Groups|dGroups|s)?\b\s*[({'\"=>:\[]|filter_run_(excluding|when|including)?|\bfilter_run\b"
    r"|<excludes?>|<excludedGroups>|<groups>|\benabled\s*=\s*false\b|--lf\b|--last-failed|--only-changed|--changed-since|--changedSince|--maxfail|--bail\b|--dry-run\b|--collect-only|--co\b|--list-tests"
)
_LOOSE = re.compile(
    r"--(extend-)?ignore(-\w+)*\b|--disable(-\w+)*\b|--skip(-\w+)*\b|--exclude(-\w+)*\b|--no-(strict|error|fail|warn)\w*(-\w+)*|--allow-\w+|--per-file-ignores|--extend-exclude|--skipLibCheck"
    r"|--noUnused\w+\s+false|--strict\s+false|\s-A\s*[\w:]+|--cap-lints|-Wno-\w+|/wd\d+|\s-w\b|NoWarn|--severity|--quiet\b|--max-warnings|--warn-only|--fix-dry-run|--soft-fail|--no-warnings"
    r"|--allow-empty|--baseline|--generate-baseline|--add-noqa|--force\b|--legacy-peer-deps|--no-check|--ignore-scripts"
)
_REWRITES = re.compile(
    r"--updateSnapshot|\s-u\b(?=.*\b)|--update-snapshots?\b|--snapshot-update|--ci=false|--inline-snapshot=fix|INSTA_UPDATE|UPDATE_(GOLDEN|SNAPSHOTS?|EXPECT)|--update-golden|\s-update\b|--accept\b|cargo\s+insta\s+accept"
)
_LETS_PASS = re.compile(
    r"[^&>|\s]\s{0,8}&\s*$|\bif\s+!\s|\btrap\s+['\"].*(exit\s+0|:|true)['\"]|^\s*!\s*\w"
    r"|\|\|(?!\s*[({]*\s*(exit\s*($|[1-9$;])|false\b|return\s*($|[1-9$])|die\b|fail\w*\b|abort\b|kill\b|cat\b|throw\b))"
)
_DOES_NOTHING = re.compile(
    r"^\s*[A-Z]\w*\s*[:?]?=\s*[\"']?(/\S*/)?(true|echo|:)[\"']?\s*$"
    r"|^\s*(function\s+|alias\s+)?(make|npm|npx|pnpm|yarn|pytest|python3?|go|cargo|mvn|gradle|ruff|mypy|eslint|tox|bundle|php)(\s*\(\)\s*\{|=)"
)
_BETWEEN = re.compile(r"&&|\|\||[;|]")
_CHECKING_NAME = re.compile(r"(?i)test|lint|check|spec|cov|type|rubocop|verify|format|clippy|vet|\bci\b")
_TESTING = re.compile(
    r"(?i)tests?\b|\bjest\b|mocha|rspec|phpunit|tox\b|nox\b|bats\b|spec\b|cypress|playwright|verify|\bpest\b|busted|rake\b"
)
_RESULT = re.compile(
    r"\b((sys|process|os|std::process)(\.|::)_?[eE]xit|SystemExit|^\s*exit|\bexit|return)\b\s*\(?\s*[a-zA-Z_$\"'][\w.$()\[\]\"']*|\b(abort|die)\b|\.check_returncode\(|\bcheck\s*=\s*True|\bcheck_call\b|set\s+-\w*e"
)
_RETURNS = re.compile(r"^\s*(return|exit|pass)\s*(0|None|true)?\s*;?$")
_PATHS = re.compile(r"(?<![\w/.-])(?:\./)?[\w-]+(?:/[\w*.{},-]+)*/?(?![\w(])")
_JUST_IGNORES = re.compile(r"^\s+@?-\s*\w")
_BAR_LINE = re.compile(
    r"cov(erage)?|thresh|minimum|min_?-?(score|msi|cov)|(fail|exit)[-_]?(under|on|below)|--level|\blevel\b|score|percent",
    re.IGNORECASE,
)
_CEILING_LINE = re.compile(
    r"max[-_]?\w*(warn|error|complex|viol|issue|size|len|line|fail|depth|param|statement|branch)|budget|allowed|tolerate|limit\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def checks_run(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find checks that are no longer run, see less, ask less, or whose end no longer counts."""
    scripts = tuple(change for change in changes if change.is_script and not change.is_prose)
    for change in scripts:
        yield from _fewer_checks(change, scripts)
        yield from _weaker(change)
        yield from _ending(change)
        if line := _moved_bar(change):
            yield Finding(change.path, "bar-lowered", f"asks for less than before: {line}")


def _fewer_checks(change: Change, scripts: tuple[Change, ...]) -> Iterator[Finding]:
    gone = next((line for kind in (_Ran, _Tests) if (line := _gone(kind, change, scripts))), None)
    if gone:
        yield Finding(change.path, "command-removed", f"no longer runs a check: {gone}")
    elif line := _dependency_gone(change):
        yield Finding(change.path, "command-removed", f"no longer runs what it ran before it: {line}")


class _Runs:
    """A pattern of a line that runs a check, rather than one that speaks of it or installs it."""

    def search(self, line: str) -> bool:
        """Whether the line runs a check."""
        return not _NOT_RUN.search(line) and CHECK.search(_QUIET_ECHO.sub("", line)) is not None


_Ran = _Runs()


class _RunsTests(_Runs):
    """A pattern of a line that runs tests: to build in their place is not to run them."""

    def search(self, line: str) -> bool:
        """Whether the line runs tests."""
        return super().search(line) and _TESTING.search(_QUIET_ECHO.sub("", line)) is not None


_Tests = _RunsTests()


def _gone(kind: _Runs, change: Change, scripts: tuple[Change, ...]) -> str | None:
    """Give a line of the kind that went from a script, if no script of the patch runs it in its place."""
    before, after = (
        sum(1 for lines in side for line in lines for command in _BETWEEN.split(line) if kind.search(command))
        for side in ([one.code_removed for one in scripts], [one.code_added for one in scripts])
    )
    if after >= before:
        return None
    return next((line.strip()[:120] for line in change.code_removed if kind.search(line)), None)


def _dependency_gone(change: Change) -> str | None:
    """Give the line of a target or task that no longer waits for all that it did."""
    new = {match["target"] or "": line for line in change.code_added if (match := _DEPENDS.search(line))}
    for line in change.code_removed:
        match = _DEPENDS.search(line)
        if match is None or (match["target"] and match["target"] not in new):
            continue
        old = set(re.findall(r"[\w.-]+", match["on"] or match["rest"] or ""))
        lost = old - set(re.findall(r"[\w.-]+", new.get(match["target"] or "", "")))
        if any(_CHECKING_NAME.search(one) for one in lost) or (lost and _CHECKING_NAME.search(match["target"] or "")):
            return line.strip()[:120]
    return None


def _weaker(change: Change) -> Iterator[Finding]:
    added, removed = _checking(change.code_added), _checking(change.code_removed)
    if line := surplus(_FILTERS, added, removed) or _narrower(removed, added):
        yield Finding(change.path, "tests-filtered", f"keeps a check from seeing all that it saw: {line}")
    if line := surplus(_LOOSE, added, removed):
        yield Finding(change.path, "check-loosened", f"lets a check overlook more: {line}")
    if line := surplus(_REWRITES, added, removed):
        yield Finding(change.path, "snapshot-changed", f"has the tests write what they compare with: {line}")


def _checking(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if CHECK.search(line) or _SETS_CHECK.search(line)]


_SETS_CHECK = re.compile(
    r"exclude|filter_run|enabled\s*=|compile_options|C(XX)?FLAGS|-Wno-|NoWarn|<\w*[eE]xclude|GOFLAGS|RUSTFLAGS|PYTEST_ADDOPTS|pattern|testMatch|include\b|args|ADDOPTS|OPTS|FLAGS"
)


def _narrower(removed: Sequence[str], added: Sequence[str]) -> str | None:
    """Compare the paths of lines that differ in little else: `tests` that became `tests/unit` sees less."""
    for old, new in zip(removed, added, strict=False):
        gone = [_fixed(path) for path in _PATHS.findall(old) if path not in _PATHS.findall(new)]
        come = [_fixed(path) for path in _PATHS.findall(new) if path not in _PATHS.findall(old)]
        if any(path and longer.startswith(path + "/") for path in gone for longer in come):
            return new.strip()[:120]
    return None


def _fixed(path: str) -> str:
    """Give the part of a path before its first wildcard."""
    return re.split(r"[*{]", path.removeprefix("./"))[0].rstrip("/")


def _ending(change: Change) -> Iterator[Finding]:
    rule = "cannot-fail"
    passing = [line for line in change.code_added if CHECK.search(line) or "trap" in line]
    if line := surplus(_LETS_PASS, passing, change.code_removed):
        yield Finding(change.path, rule, f"goes on whatever the check says: {line}")
    if line := change.more_code(_DOES_NOTHING):
        yield Finding(change.path, rule, f"has a check's name do nothing: {line}")
    if change.name.lower().endswith("justfile") and (line := change.more_code(_JUST_IGNORES)):
        yield Finding(change.path, rule, f"tells just to ignore a failure: {line}")
    if not re.search(r"\.(py|[mc]?[jt]s|rb|pl|php|sh|bash)$", change.name) and "." in change.name:
        return
    if (line := change.fewer_code(_RESULT)) and any(CHECK.search(one) for one in change.code_before):
        yield Finding(change.path, rule, f"no longer ends as the check ends: {line}")
    elif (line := change.more_code(_RETURNS)) and any(CHECK.search(one) for one in change.code_after):
        yield Finding(change.path, rule, f"ends before its end: {line}")


def _moved_bar(change: Change) -> str | None:
    """Give a line whose number fell where it says what is asked for, or rose where it says what is let pass."""
    gone: dict[str, list[float]] = {}
    for line in change.code_removed:
        gone[_NUMBER.sub("#", line).strip()] = [float(number) for number in _NUMBER.findall(line)]
    for line in change.code_added:
        old, new = gone.get(_NUMBER.sub("#", line).strip()), [float(number) for number in _NUMBER.findall(line)]
        if old is None or len(old) != len(new) or old == new:
            continue
        fell, rose = (
            any(b < a for a, b in zip(old, new, strict=True)),
            any(b > a for a, b in zip(old, new, strict=True)),
        )
        if (fell and _BAR_LINE.search(line)) or (rose and _CEILING_LINE.search(line)):
            return line.strip()[:120]
    return None
