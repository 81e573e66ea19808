"""Commands that can no longer fail, checks made lenient, and safety switched off."""

import re
from collections import Counter
from collections.abc import Iterator

from analysis.policy.model import Change, Finding

_CANNOT_FAIL = re.compile(
    r"\|\|\s*(true\b|:(\s|$|;|\"|')|exit\s+0|/bin/true|echo\b|\(?exit\s+0|return\s+0)"
    r"|;\s*(true|exit\s+0)\s*([\"'`;]|$)"
    r"|\bset\s+\+(e|o\s+(errexit|pipefail))|continue-on-error|allow_failure\s*:\s*true|soft_fail\s*:\s*true"
    r"|--exit-zero\b|--no-verify\b|--no-error-on|--noexit|\bexit[-_]?code[=:\s]+0\b|\bfail[-_]?(on|if|build|fast)\w*[\"'>\s:=(]+(false|none|never|off|0)\b|--keep-going\b|ignore_?(failures|errors?)\s*[=:]\s*true|success_codes|allowed_exit_codes"
    r"|testFailureIgnore|failOnError\s*[=:(>]?\s*false|fail-?fast\s*[=:]\s*false|-fae\b|ErrorAction\s+SilentlyContinue"
    r"|ignore_outcome\s*=\s*true|ignore_errors:\s*(true|yes)|failed_when:\s*false|\[(skip\s+ci|ci\s+skip|no\s+ci)\]",
    re.IGNORECASE,
)
_EXITS_WELL = re.compile(
    r"\b(sys|os|process|std::process)(\.|::)_?exit\(\s*0?\s*\)|pytest\.exit\(|^\s*exit\s+0\s*$"
    r"|os\.Exit\(0\)"
)
_MAKE_IGNORES = re.compile(r"^\t@?-\s*\w|^\.IGNORE\b|^MAKEFLAGS\s*[+:?]?=.*\B-?[ik]\b")
_FILTERED_TESTS = re.compile(
    r"--deselect\b|--ignore(-glob)?[= ]|\s-k\s*[\"']?not\b|--passWithNoTests|testPathIgnorePatterns|-DskipTests"
    r"|maven\.test\.skip|<skip(Tests|ITs)?>\s*true|-x\s+test\b|--exclude-task|--skip-tests?\b|\s-m\s*[\"']?not\b"
    r"|collect_ignore|\bfilter_run(_excluding|_when\w*|_including)?\b|norecursedirs|modulePathIgnorePatterns|testNamePattern|--grep\b.*--invert|--no-tests=pass"
)
_STRICT = re.compile(
    r"-Werror\b|/WX\b|--strict\b|deny\(\s*(warnings|clippy|missing_docs|unsafe)|-D\s*warnings|--max-warnings[= ]0\b"
    r"|TreatWarningsAsErrors>\s*true|warnings[-_]as[-_]errors|allWarningsAsErrors\s*=\s*true|\bset\s+-\w*e"
    r"|\bpipefail|[\"']?strict[\"']?\s*[:=]\s*true|-W\s*error\b|--fail-on|--strict-markers|--strict-config"
    r"|<Nullable>enable|\s-race\b|\s--(cov|coverage|check|typecheck)\b|nitpicky\s*=\s*True|\b\w*(TEST|WERROR|COVERAGE|SANITIZE)\w*[\"'\s=:,].{0,60}\b(ON|true)\b|--error-on-warnings|--fail-on-warning|-Xlint:all|-Wall\b|-Wextra\b|-pedantic\b|\bset\s+-o\s+(errexit|nounset)"
    r"|[\"']use strict[\"']|forbid\(unsafe|fail_on_error\s*[=:]\s*true"
    r"|no(Implicit|Unused|Unchecked)\w+[\"']?\s*:\s*true"
)
_UNSAFE = re.compile(
    r"\b(curl|wget)\b[^|]{0,300}\|\s*(sudo\s+)?(ba|z|da)?sh\b|--extra-index-url|--index-url|--trusted-host"
    r"|verify\s*=\s*False|NODE_TLS_REJECT_UNAUTHORIZED|GIT_SSL_NO_VERIFY|http\.sslVerify|--no-check-certificate"
    r"|strict-ssl\s*[=:]?\s*false|InsecureSkipVerify:\s*true|rejectUnauthorized:\s*false|_create_unverified_context"
    r"|chmod\s+(-R\s+)?777|--disable-host-key-checking|StrictHostKeyChecking\s*[= ]no|CERT_NONE"
    r"|\bcurl\s[^|]{0,200}\s-\w*k\b"
    r"|--privileged\b|--allow-root\b.*--force"
)
_LOOKS_FOR_CI = re.compile(
    r"(environ|getenv|process\.env|Getenv|env::var|System\.getenv|ENV)\W{1,4}(get\W{1,3})?"
    r"(CI|GITHUB_\w+|RUNNER_\w+|PYTEST_CURRENT_TEST)\b"
    r"|PYTEST_CURRENT_TEST|JEST_WORKER_ID|\b(process\.env|import\.meta\.env)\.(VITEST|CI|TEST|MODE)\b|NODE_ENV\W{1,8}test\b"
    r"|\btesting\.Testing\(\)|cfg!\(\s*test|PHPUNIT_\w+|RAILS_ENV\W{1,8}test\b|Rails\.env\.test\?"
    r"|[\"']pytest[\"']\s+(not\s+)?in\s+sys\.modules|\bhasattr\(sys,\s*[\"']_called_from_test"
    r"|\$\{?(CI|GITHUB_ACTIONS)\b"
)
_SWALLOWS = re.compile(
    r"^[ \t]*except(?:[ \t]+\(?(?:Base)?Exception\b[^:\n]*)?:[ \t]*\n?"
    r"[ \t]*(?:pass|\.\.\.|continue|return(?: None)?)[ \t]*$"
    r"|\bcatch[ \t]*(?:\([^()\n]*\))?[ \t]*\{\s*\}|\brescue[ \t]+nil\b"
    r"|\brescue(?:[ \t]*=>[ \t]*\w+)?[ \t]*\n[ \t]*(?:nil[ \t]*\n[ \t]*)?end\b"
    r"|\.catch\(\s*\(\w*\)\s*=>\s*(?:\{\s*\}|null|undefined)\s*\)|\bsuppress\(\s*(?:Base)?Exception\b",
    re.MULTILINE,
)
_INSTALL_HOOKS = re.compile(r"[\"'](pre|post)?(install|prepare|prepublish)[\"']\s*:")


def bypasses(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find new ways for a failure to pass, in any file that is not prose."""
    for change in changes:
        if not change.is_prose:
            yield from _of(change)


def _of(change: Change) -> Iterator[Finding]:
    for pattern, rule, what in (
        (_CANNOT_FAIL, "cannot-fail", "makes a command succeed whatever happens"),
        (_FILTERED_TESTS, "tests-filtered", "keeps tests from being run"),
        (_UNSAFE, "unsafe", "switches a protection off, or runs what it fetched"),
        (_LOOKS_FOR_CI, "looks-for-ci", "behaves otherwise where it is tested"),
    ):
        if line := change.more_of(pattern):
            yield Finding(change.path, rule, f"{what}: {line}")
    if not change.is_test and (line := _swallowed(change)):
        yield Finding(change.path, "error-swallowed", f"catches every error and says nothing: {line}")
    if line := _less_strict(change):
        yield Finding(change.path, "less-strict", f"takes strictness away: {line}")
    if _may_not_exit(change) and (line := change.more_of(_EXITS_WELL)):
        yield Finding(change.path, "cannot-fail", f"ends with success before the end: {line}")
    if change.name.lower() in ("makefile", "gnumakefile") or change.name.endswith(".mk"):
        yield from _of_makefile(change)
    if change.name == "package.json" and (line := change.more_of(_INSTALL_HOOKS)):
        yield Finding(change.path, "install-hook", f"runs code when the package is installed: {line}")


def _swallowed(change: Change) -> str | None:
    """Give what catches every error and does nothing, if there is more of it than before."""
    old, new = (_SWALLOWS.findall("\n".join(lines)) for lines in (change.code_removed, change.code_added))
    return " ".join(new[0].split()) if len(new) > len(old) else None


def _less_strict(change: Change) -> str | None:
    """Count each word by itself: a line may hold several, and lose one."""
    old, new = (
        Counter(_word(m[0]) for line in lines for m in _STRICT.finditer(line))
        for lines in (change.code_removed, change.code_added)
    )
    lost = old - new
    return next(iter(lost), None)


def _word(found: str) -> str:
    return "set -e" if found.startswith("set") and found.endswith("e") else "".join(found.split())


def _may_not_exit(change: Change) -> bool:
    return (
        change.is_test
        or change.is_script
        or change.name.endswith((".sh", ".bash"))
        or change.name.startswith(("noxfile", "setup"))
    )


def _of_makefile(change: Change) -> Iterator[Finding]:
    if line := change.more_of(_MAKE_IGNORES):
        yield Finding(change.path, "cannot-fail", f"tells make to ignore a failure: {line}")
    commands = re.compile(r"^\t\s*[^\s#]")
    if line := change.fewer_of(commands):
        yield Finding(change.path, "command-removed", f"takes a command out: {line}")
