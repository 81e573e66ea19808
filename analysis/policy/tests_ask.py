"""Tests go on asking as much as before: as often, as exactly, of the real thing, and expecting the same."""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from analysis.patch.lines import changed_regions
from analysis.policy.asking import asserting_lines, exact_count, squeezed
from analysis.policy.expectations import demands_lost, expectations, snapshots
from analysis.policy.loosened import loosened
from analysis.policy.model import Change, Finding
from analysis.policy.python_tests import counted, same_program
from analysis.policy.stand_ins import stand_ins


def tests_ask(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find tests that ask less, of something else, or for another answer."""
    for change in changes:
        yield from snapshots(change)
    tests = tuple(part for change in changes if not change.is_prose and (part := _tests_of(change)))
    source = tuple(change for change in changes if not change.is_test)
    for change in tests:
        # A new file of tests takes nothing from any that was there.
        if change.before:
            yield from loosened(change)
            yield from stand_ins(change)
            yield from expectations(change, source)
    yield from _asserting(tests)


def _tests_of(change: Change) -> Change | None:
    """Give the part of a file that is tests: of a Rust file often its end; None for what only changed its layout."""
    if not change.is_test and change.name.endswith(".rs"):
        before, after = _rust_tests(change.code_before), _rust_tests(change.code_after)
        if not before or before == after:
            return None
        return dataclasses.replace(change, code_before=before, code_after=after, regions=changed_regions(before, after))
    if not change.is_test or squeezed(change.code_before) == squeezed(change.code_after):
        return None
    return None if change.name.endswith(".py") and same_program(change.before, change.after) else change


def _rust_tests(lines: Sequence[str]) -> tuple[str, ...]:
    start = next((at for at, line in enumerate(lines) if re.search(r"#\[cfg\(.*\btest\b", line)), None)
    return () if start is None else tuple(lines[start:])


def _asserting(tests: tuple[Change, ...]) -> Iterator[Finding]:
    totals = [_assertions(change) for change in tests]
    for at in (0, 1):
        if sum(after[at] for _, after in totals) < sum(before[at] for before, _ in totals):
            losing = next(c for c, (before, after) in zip(tests, totals, strict=True) if after[at] < before[at])
            yield Finding(losing.path, "test-loosened", "asserts less often than before, or only sometimes")
            return
    yield from _less_exact(tests)


def _assertions(change: Change) -> tuple[tuple[int, int], tuple[int, int]]:
    """Count the assertions, and those that always run, before and after."""
    if change.name.endswith(".py"):
        old, new = counted(change.before), counted(change.after)
        if old and new:
            return (old.assertions, old.certain), (new.assertions, new.certain)
    old_count, new_count = (
        len(asserting_lines(change, change.code_removed)),
        len(asserting_lines(change, change.code_added)),
    )
    return (old_count, old_count), (new_count, new_count)


def _less_exact(tests: tuple[Change, ...]) -> Iterator[Finding]:
    exact = [_exact(change) for change in tests]
    fewer = sum(after for _, after in exact) < sum(before for before, _ in exact)
    for change, (before, after) in zip(tests, exact, strict=True):
        removed, added = (asserting_lines(change, lines) for lines in (change.code_removed, change.code_added))
        shown = next(iter([*removed, *change.code_removed]), "").strip()[:120]
        if fewer and after < before:
            yield Finding(change.path, "test-loosened", f"no longer compares exactly: {shown}")
        elif removed and added:
            what = "changes an assertion, to be weighed by a person: "
            yield Finding(change.path, "assertion-changed", what + added[0].strip()[:120], blocking=False)
            yield from demands_lost(change)


def _exact(change: Change) -> tuple[int, int]:
    """Count the assertions that leave one answer, before and after."""
    if change.name.endswith(".py"):
        old, new = counted(change.before), counted(change.after)
        if old and new:
            return old.exact, new.exact
    removed, added = (asserting_lines(change, lines) for lines in (change.code_removed, change.code_added))
    return exact_count(change, removed), exact_count(change, added)
