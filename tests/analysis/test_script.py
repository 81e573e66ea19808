"""The failing step's script: told whole and word for word, or not at all."""

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Script

BASH = "/usr/bin/bash -e {0}"
FAILED = "##[error]Process completed with exit code 1."


def header(*script: str) -> tuple[str, ...]:
    lines = (f"##[group]Run {script[0]}", *script, f"shell: {BASH}", "env:", "  A: b", "##[endgroup]")
    return tuple(f"\x1b[36;1m{line}\x1b[0m" if line in script else line for line in lines)


def script_of(*lines: str) -> Script | None:
    return analyze(["\n".join(f"2025-01-31T10:20:30.1234567Z {line}" for line in lines).encode() + b"\n"]).script


def test_it_is_told_with_its_indentation_its_blank_lines_and_its_shell() -> None:
    script = ("if true; then", "  python3 check.py", "", "fi")
    assert script_of(*header(*script), "no", FAILED) == Script("if true; then\n  python3 check.py\n\nfi\n", BASH)


def test_it_is_that_of_the_step_that_failed() -> None:
    lines = (*header("pip install x"), "done", *header("python3 check.py"), "no", FAILED, "Post job cleanup.")
    assert script_of(*lines) == Script("python3 check.py\n", BASH)


def test_an_action_has_none() -> None:
    action = ("##[group]Run actions/setup-node@v4", "with:", "  node-version: 99", "##[endgroup]")
    assert script_of(*action, "##[error]Unable to find Node version '99'", FAILED) is None


def test_a_step_that_the_runner_did_not_fail_has_none() -> None:
    assert script_of(*header("python3 check.py"), "Error: no") is None


def test_of_two_steps_that_failed_neither_is_told() -> None:
    step = (*header("python3 check.py"), "Error: no", FAILED)
    assert script_of(*step, *step) is None


@pytest.mark.parametrize(
    "script",
    [
        ("curl -H 'X: ***' x",),
        (f"export GITHUB_TOKEN=ghp_{'a1B2' * 9}",),
        ("true",) * 300,
        ("echo " + "x" * 5000,),
        ("echo " + "x" * 1000,) * 9,
    ],
    ids=["masked by GitHub", "masked here", "many lines", "a long line", "much text"],
)
def test_one_that_is_not_told_whole_is_not_told(script: tuple[str, ...]) -> None:
    assert script_of(*header(*script), "Error: no", FAILED) is None
