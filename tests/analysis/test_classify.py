"""The kind of a failure comes from the tool that spoke, and its confidence means something."""

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Category, Diagnosis
from tests.analysis.recorded_cases import FOLDER, case_of, diagnosis_of, recorded_names


def diagnosis(name: str, *changes: tuple[bytes, bytes]) -> Diagnosis:
    log = (FOLDER / f"{name}.log").read_bytes()
    for old, new in changes:
        assert old in log
        log = log.replace(old, new)
    return analyze([log], budget_tokens=2000)


def test_where_it_is_sure_it_is_right() -> None:
    sure = {name: each for name in recorded_names() if (each := diagnosis_of(name)).confidence >= 0.8}
    wrong = [
        f"{name}: {each.category} at {each.confidence}"
        for name, each in sure.items()
        if each.category not in {(case := case_of(name)).category, *case.also}
    ]
    assert len(sure) >= 40
    assert len(wrong) <= len(sure) * 0.05, wrong


@pytest.mark.parametrize(("name", "tool"), [("ruff-concise", "ruff"), ("flake8-findings", "flake8")])
def test_two_tools_that_print_alike_are_told_apart_by_the_command(name: str, tool: str) -> None:
    assert diagnosis(name).tool == tool


def test_a_traceback_is_a_failing_test_only_where_tests_were_run() -> None:
    script = (b"python scripts/report.py", b"pytest scripts/report.py")
    assert diagnosis("python-traceback").category is Category.UNKNOWN
    assert diagnosis("python-traceback", script).category is Category.TEST


def test_a_script_of_the_repositorys_own_is_configuration_with_little_confidence() -> None:
    read = diagnosis("shell-policy")
    assert read.category is Category.CONFIG
    assert read.confidence < 0.5
