"""The cause is what failed the step, wherever else a log speaks of errors."""

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis
from tests.analysis.recorded_cases import FOLDER

STAMP = b"2026-01-02T03:04:05.0000000Z "


def log(name: str) -> list[bytes]:
    return (FOLDER / f"{name}.log").read_bytes().split(b"\n")


def read(lines: list[bytes]) -> Diagnosis:
    return analyze([b"\n".join(lines)], budget_tokens=2000)


def step(name: str) -> list[bytes]:
    """The lines of the recorded step itself, without the end that says it failed."""
    lines = log(name)
    first = next(at for at, line in enumerate(lines) if b"##[group]Run " in line)
    last = next(at for at, line in enumerate(lines) if b"##[error]Process completed" in line)
    return lines[first:last]


def headline(name: str) -> str:
    return read(log(name)).headline


@pytest.mark.parametrize("failed", ["pytest-assertion", "jest-failures", "tsc-plain", "npm-missing-script", "git-dns"])
@pytest.mark.parametrize("passed", ["mypy-errors", "eslint-stylish", "python-traceback", "shell-missing-file"])
def test_errors_of_a_step_that_passed_are_not_the_cause(passed: str, failed: str) -> None:
    lines = log(failed)
    first = next(at for at, line in enumerate(lines) if b"##[group]Run " in line)
    diagnosis = read([*lines[:first], *step(passed), *lines[first:]])
    assert diagnosis.headline == headline(failed)
    assert diagnosis.category == read(lines).category


@pytest.mark.parametrize("name", ["pytest-assertion", "ruff-check", "webpack-unresolved", "pip-no-version"])
def test_the_first_step_that_failed_comes_before_those_that_ran_after_it(name: str) -> None:
    lines = log(name)
    assert read([*lines, *log("shell-missing-file")]).headline == headline(name)


@pytest.mark.parametrize("name", ["pytest-assertion", "ruff-check", "webpack-unresolved", "pip-no-version"])
def test_warnings_of_the_runner_are_not_the_cause(name: str) -> None:
    lines = log(name)
    end = next(at for at, line in enumerate(lines) if b"##[error]Process completed" in line)
    warning = STAMP + b"##[warning]Error: the cache could not be saved: fatal: connection timed out"
    assert read([*lines[:end], warning, *lines[end:]]).headline == headline(name)


@pytest.mark.parametrize("name", ["pytest-assertion", "node-crash", "shell-policy"])
def test_a_line_of_minified_code_is_not_the_cause(name: str) -> None:
    lines = log(name)
    end = next(at for at, line in enumerate(lines) if b"##[error]Process completed" in line)
    code = STAMP + b"Error: " + b'(()=>{throw new Error("fatal: not found")})();' * 100
    assert read([*lines[:end], code, *lines[end:]]).headline == headline(name)


def test_a_log_that_no_rule_knows_gives_its_last_words_before_the_mark() -> None:
    lines = [STAMP + line for line in (b"one", b"two", b"##[error]Process completed with exit code 3.", b"three")]
    diagnosis = read(lines)
    assert (diagnosis.headline, diagnosis.exit_code) == ("two", 3)
