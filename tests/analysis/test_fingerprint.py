"""One failure has one name: recorded logs as another run would have written them, and near misses of each."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pytest

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis
from analysis.fingerprint import SYMPTOMS_KEPT
from tests.analysis.recorded_cases import FOLDER, recorded_names

NAMES = recorded_names()
PAIRS = 150
NEAR_MISSES = 80
F1_BAR = 0.95


def log_of(name: str) -> str:
    return (FOLDER / f"{name}.log").read_text(encoding="utf-8")


# What another run of the same failure changes


def later(log: str) -> str:
    """Another day, with other durations, addresses and hashes."""
    log = re.sub(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d", r"2031-02-28\g<1>03:17:59", log)
    log = re.sub(r"\b\d+(?:\.\d+)?(?=\s?(?:ms|s|sec|seconds)\b)", lambda one: f"{one[0]}7", log)
    log = re.sub(r"0x[0-9a-fA-F]+", lambda one: f"0x{one[0][:1:-1]}", log)
    return re.sub(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b", lambda one: one[0][::-1], log)


def in_a_shard(log: str) -> str:
    """As one part of a matrix, its name and its variables in the log."""
    log = re.sub(r"(Complete job name: .*)", r"\1 (3.12, shard 2/4)", log)
    return re.sub(
        r"^(\S+ )(shell: .*)$",
        lambda line: f"{line[0]}\n{line[1]}env:\n{line[1]}  SHARD: 2/4\n{line[1]}  TOTAL_SHARDS: 4",
        log,
        flags=re.MULTILINE,
    )


def tried_again(log: str) -> str:
    """As the second attempt, with what it says of that before the step and in it."""
    stamp = "2026-11-25T10:00:00.0000000Z "
    first, rest = log.split("\n", 1)
    return f"{first}\n{stamp}Run attempt: 2\n{stamp}Runner name: 'Hosted Agent 7'\n{rest}"


def in_a_container(log: str) -> str:
    return log.replace("/home/runner/work/repo/repo", "/__w/shop/shop")


def on_another_system(log: str) -> str:
    return log.replace("/home/runner/work/repo/repo", "/Users/runner/work/shop/shop")


def moved_down(log: str) -> str:
    """After an edit further up in each file: the same words, at other lines."""
    return re.sub(
        r"(?<=\w\.\w)((?:\w{0,4}):)(\d{1,3})(?=[:\s,)])", lambda found: f"{found[1]}{int(found[2]) + 97}", log
    )


_ROW = re.compile(r"^\S+Z (?:\S*?\w\.\w+(?::|\()\d+[:,)]|FAILED |ERROR tests?/|not ok |\[ERROR\] \S+:)")


def in_another_order(log: str) -> str:
    """Rows of the same kind that stand one below the other, upside down."""
    lines = log.split("\n")
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _ROW.match(lines[end]):
            end += 1
        lines[start:end] = lines[start:end][::-1]
        start = max(end, start + 1)
    return "\n".join(lines)


CHANGES: tuple[Callable[[str], str], ...] = (
    later,
    in_a_shard,
    tried_again,
    in_a_container,
    on_another_system,
    moved_down,
    in_another_order,
)


# What makes it another failure


# The recorded projects are all about a shop; these are the words that their authors, not the tools, brought.
PROJECTS_WORDS = (
    "price",
    "prise",
    "total",
    "discount",
    "cart",
    "tea",
    "shop",
    "idna",
    "left-pad",
    "nope",
    "nowhere",
    "tset",
)


def of_another_name(name: str) -> str | None:
    """The same log about another function, test or package; None where the cause names nothing of the project."""
    log = log_of(name)
    root = diagnosed(log).root_line
    own = [word for word in PROJECTS_WORDS if root is not None and re.search(rf"{word}(?![^\s:]*\.\w)", root.text)]
    return log.replace(own[0], "wheelbarrow") if own else None


@cache
def diagnosed(log: str) -> Diagnosis:
    return analyze([log.encode()], budget_tokens=0)


@dataclass(frozen=True)
class Item:
    """A log and which failure it shows."""

    what: str
    failure: str
    log: str

    @property
    def fingerprint(self) -> str:
        return diagnosed(self.log).fingerprint


def items() -> list[Item]:
    found: list[Item] = []
    for name in NAMES:
        log = log_of(name)
        found.append(Item(name, name, log))
        found += [Item(f"{name} {change.__name__}", name, new) for change in CHANGES if (new := change(log)) != log]
        other = of_another_name(name)
        if other is not None:
            found.append(Item(f"{name} of another name", f"{name}, other", other))
    return found


def test_the_same_failure_in_another_run_has_the_same_name() -> None:
    wrong = [
        f"{name} {change.__name__}"
        for name in NAMES
        for change in CHANGES
        if diagnosed(change(log_of(name))).fingerprint != diagnosed(log_of(name)).fingerprint
    ]
    assert wrong == []


def test_each_change_changes_many_of_the_logs() -> None:
    changed = Counter(change.__name__ for name in NAMES for change in CHANGES if change(log_of(name)) != log_of(name))
    assert min(changed[change.__name__] for change in CHANGES) >= 10, changed


def test_another_failure_has_another_name() -> None:
    pairs = [(name, other) for name in NAMES if (other := of_another_name(name)) is not None]
    same = [name for name, other in pairs if diagnosed(other).fingerprint == diagnosed(log_of(name)).fingerprint]
    assert len(pairs) >= NEAR_MISSES
    assert same == []


def b_cubed(labels: Iterable[tuple[str, str]]) -> float:
    """F1 of (failure, fingerprint) pairs: Bagga and Baldwin 1998, as Amigó et al. 2009 define it over items."""
    pairs = list(labels)
    both, failures, names = Counter(pairs), Counter(one for one, _ in pairs), Counter(name for _, name in pairs)
    precision = sum(both[pair] / names[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / failures[pair[0]] for pair in pairs) / len(pairs)
    return 2 * precision * recall / (precision + recall)


def test_all_logs_fall_into_their_failures() -> None:
    found = items()
    assert len(found) - len(NAMES) >= PAIRS
    groups: dict[str, set[str]] = defaultdict(set)
    for item in found:
        groups[item.fingerprint].add(item.failure)
    mixed = [sorted(failures) for failures in groups.values() if len(failures) > 1]
    assert b_cubed((item.failure, item.fingerprint) for item in found) >= F1_BAR, mixed


def test_the_measure_is_one_for_what_is_right_and_less_for_what_is_lumped_or_split() -> None:
    assert b_cubed([("a", "1"), ("a", "1"), ("b", "2")]) == 1
    assert b_cubed([("a", "1"), ("b", "1")]) == pytest.approx(2 / 3)
    assert b_cubed([("a", "1"), ("a", "2")]) == pytest.approx(2 / 3)


# One more failing test


def pytest_log(tests: Iterable[str]) -> bytes:
    rows = "".join(f"FAILED tests/test_cart.py::{test} - KeyError: 'tea'\n" for test in tests)
    return f"##[group]Run pytest\n##[endgroup]\n{rows}##[error]Process completed with exit code 1.\n".encode()


def test_one_more_failing_test_is_another_failure_that_shares_its_symptoms() -> None:
    one, two = analyze([pytest_log(["test_a"])]), analyze([pytest_log(["test_a", "test_b"])])
    assert one.fingerprint != two.fingerprint
    assert set(one.symptoms) < set(two.symptoms)


@pytest.mark.parametrize("extra", [f"test_new_{letter}" for letter in "abcdefgh"])
def test_one_more_than_the_symptoms_that_are_kept_still_shows(extra: str) -> None:
    many = [f"test_{number}" for number in range(2 * SYMPTOMS_KEPT)]
    base, head = analyze([pytest_log(many)]), analyze([pytest_log([*many, extra])])
    assert len(head.symptoms) == SYMPTOMS_KEPT
    assert not set(head.symptoms) <= set(base.symptoms)
