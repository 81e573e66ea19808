"""What tools really printed, read back: each case knows what broke, because its author broke it."""

import re

import pytest

from analysis.normal import relative
from tests.analysis.recorded_cases import FOLDER, Place, case_names, case_of, diagnosis_of, recorded_names

NAMES = recorded_names()
EVIDENCE_BARS = {500: 0.93, 2000: 0.98, 8000: 0.99}
HEADLINE_BAR = 0.85
CATEGORY_BAR = 0.92
TOOL_BAR = 0.92
LOCATION_BAR = 0.98


def words(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())


def hold(bar: float, misses: list[str], total: int) -> None:
    assert 1 - len(misses) / max(1, total) >= bar, "\n".join([f"{len(misses)} of {total} missed:", *misses])


def test_every_case_is_recorded() -> None:
    assert case_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_log_holds_what_its_case_says(name: str) -> None:
    case = case_of(name)
    log = words((FOLDER / f"{name}.log").read_text(encoding="utf-8"))
    assert case.root, "a case says which lines tell the cause"
    for part in case.root:
        assert words(part) in log


def test_the_exit_code_is_the_steps_own() -> None:
    told = {name: diagnosis_of(name).exit_code for name in NAMES}
    assert told == {name: case_of(name).exit_code or None for name in NAMES}


def test_the_failed_tests_are_those_that_failed() -> None:
    told = {name: sorted(diagnosis_of(name).failed_tests) for name in NAMES}
    assert told == {name: sorted(case_of(name).failed_tests) for name in NAMES}


def test_the_category_is_that_of_the_tool_that_failed() -> None:
    misses = [
        f"{name}: {diagnosis_of(name).category}, not {case_of(name).category}"
        for name in NAMES
        if diagnosis_of(name).category not in {case_of(name).category, *case_of(name).also}
    ]
    hold(CATEGORY_BAR, misses, len(NAMES))


def test_the_tool_is_named() -> None:
    misses = [
        f"{name}: {diagnosis_of(name).tool}, not {case_of(name).tool}"
        for name in NAMES
        if diagnosis_of(name).tool != case_of(name).tool
    ]
    hold(TOOL_BAR, misses, len(NAMES))


def test_the_headlines_line_tells_the_cause() -> None:
    misses: list[str] = []
    for name in NAMES:
        line = diagnosis_of(name).root_line
        said = "" if line is None else words(line.text)
        if not any(words(part) in said for part in case_of(name).root):
            misses.append(f"{name}: {said[:150]!r}")
    hold(HEADLINE_BAR, misses, len(NAMES))


@pytest.mark.parametrize("budget", EVIDENCE_BARS)
def test_the_evidence_holds_the_cause_within_the_budget(budget: int) -> None:
    misses: list[str] = []
    kept = 0.0
    for name in NAMES:
        diagnosis = diagnosis_of(name, budget)
        assert diagnosis.evidence.tokens <= budget
        text = words("\n".join(block.text for block in diagnosis.evidence.blocks))
        missing = [part for part in case_of(name).root if words(part) not in text]
        kept += 1 - len(missing) / len(case_of(name).root)
        misses += [f"{name}: {part}" for part in missing]
    assert kept / len(NAMES) >= EVIDENCE_BARS[budget], "\n".join(misses)


def test_the_locations_are_those_that_the_tool_named() -> None:
    found = {name: {Place(relative(each.path), each.line) for each in diagnosis_of(name).locations} for name in NAMES}
    wanted = {name: set(case_of(name).locations) for name in NAMES}
    missed = [f"{name}: missed {place}" for name in NAMES for place in wanted[name] - found[name]]
    invented = [f"{name}: invented {place}" for name in NAMES for place in found[name] - wanted[name]]
    hold(LOCATION_BAR, missed, sum(map(len, wanted.values())))
    hold(LOCATION_BAR, invented, sum(map(len, found.values())))
