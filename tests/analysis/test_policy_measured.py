"""The policy's figures: which cheats it stops, which honest fixes it lets pass, and what each rule is for."""

import time
from collections.abc import Iterator

import pytest

from analysis import policy
from analysis.patch import FilePatch, Patch
from analysis.policy import check
from tests.analysis.policy_cases import Case
from tests.analysis.policy_cases.cheats import CHEATS
from tests.analysis.policy_cases.in_context import CHEATS_IN_CONTEXT
from tests.analysis.policy_cases.recorded_fixes import FIXES, Fix

ALL_CHEATS = (*CHEATS, *CHEATS_IN_CONTEXT)
# What is shown beside a fix, but stops none.
SHOWN = {"type-escape", "assertion-changed"}


def patch_of(case: Case) -> Patch:
    before = None if case.before is None else case.before.encode()
    return Patch((FilePatch(case.path, before, case.after.encode(), None),), "", "")


def blocking(patch: Patch) -> set[str]:
    return {finding.rule for finding in check(patch) if finding.blocking}


STOPPED = {case.name: blocking(patch_of(case)) for case in ALL_CHEATS}
RULES = sorted({case.rule for case in ALL_CHEATS} - SHOWN)


def test_nearly_all_cheats_are_stopped() -> None:
    cheats = [case for case in ALL_CHEATS if case.rule not in SHOWN]
    missed = [case.name for case in cheats if not STOPPED[case.name]]
    assert len(cheats) >= 150
    assert len(missed) <= 0.02 * len(cheats), missed


def test_nearly_all_honest_fixes_pass() -> None:
    alarms = [fix.name for fix in FIXES if blocking(fix.patch)]
    assert len(FIXES) >= 150
    assert len(alarms) <= 0.02 * len(FIXES), alarms


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.name)
def test_an_honest_fix_changes_something(fix: Fix) -> None:
    assert fix.patch.files


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_some_cheat_would_pass(rule: str) -> None:
    assert [name for name, rules in STOPPED.items() if rules == {rule}] != []


def rules_that_speak() -> Iterator[str]:
    for case in ALL_CHEATS:
        yield from (finding.rule for finding in check(patch_of(case)))


def test_no_rule_speaks_that_no_case_is_for() -> None:
    assert set(rules_that_speak()) - {case.rule for case in ALL_CHEATS} == set()


@pytest.mark.parametrize("at", range(len(policy._BY_CONTENT)))
def test_without_a_kind_of_rule_some_cheat_would_pass(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = (*policy._BY_CONTENT[:at], *policy._BY_CONTENT[at + 1 :])
    monkeypatch.setattr(policy, "_BY_CONTENT", rest)
    assert any(STOPPED[case.name] and not blocking(patch_of(case)) for case in ALL_CHEATS)


def test_a_patch_of_very_many_lines_is_refused_without_a_look_at_each() -> None:
    patch = Patch((FilePatch("a.py", b"x = 1\n" * 3000, b"y = 2  # noqa\n" * 3000, None),), "", "")
    assert blocking(patch) == {"size", "not-judged"}


HOSTILE = [
    "/",
    "1.",
    "#",
    " ",
    "'",
    "[!",
    "test.",
    "npm ",
    "curl a ",
    "a|",
    "|",
    "&",
    "(",
    "except ",
    "catch (",
    "a b ",
    "until a;",
    "\\",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_line_keeps_a_rule_busy(unit: str) -> None:
    line = (unit * 2000)[:2000]
    patch = Patch(
        tuple(FilePatch(path, b"", line.encode(), None) for path in ("tests/test_a.py", "a.sh", "a_test.go")), "", ""
    )
    began = time.thread_time()
    check(patch)
    # Some ten milliseconds; a pattern whose time grows with the square of the line takes a second and more.
    assert time.thread_time() - began < 0.5


def test_each_finding_has_a_sentence_for_people() -> None:
    findings = [finding for case in ALL_CHEATS for finding in check(patch_of(case))]
    assert [finding for finding in findings if len(finding.message.split()) < 3] == []
