"""What green runs teach."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.analyze import analyze
from analysis.novelty import LINES_KEPT, NOTHING, Normal, learn, step_name, together, unpacked
from tests.analysis.recorded_cases import FOLDER, recorded_names

GREEN = b"""2026-11-25T10:20:30.1234567Z ##[group]Run pytest
2026-11-25T10:20:30.1234567Z ##[endgroup]
2026-11-25T10:20:31.1234567Z collected 12 items in 0.31s
2026-11-25T10:20:31.1234567Z \x1b[32mwarning\x1b[0m: HEAD is at 3f9ab21c
2026-11-25T10:20:32.1234567Z ##[group]Run ruff check
2026-11-25T10:20:32.1234567Z All checks passed!
"""


def test_a_line_is_known_again_with_other_numbers_times_and_hashes() -> None:
    normal = learn([GREEN])
    assert normal.knows("pytest", "collected 977 items in 12.05s")
    assert normal.knows("pytest", "warning: HEAD is at 77e0d11f")
    assert not normal.knows("pytest", "collected nothing")


def test_what_is_normal_in_one_step_is_new_in_another() -> None:
    normal = learn([GREEN])
    assert normal.knows("ruff check", "All checks passed!")
    assert not normal.knows("pytest", "All checks passed!")
    assert step_name("Run ruff check") == "ruff check"


def test_nothing_learned_knows_nothing() -> None:
    assert not NOTHING.knows("pytest", "collected 12 items in 0.31s")
    assert learn([]).keys <= learn([b"\n"]).keys


def test_several_runs_are_one_norm() -> None:
    both = together([learn([b"one\n"]), learn([b"two\n"])])
    assert both.knows("", "one")
    assert both.knows("", "two")


@pytest.mark.parametrize("name", recorded_names()[::5])
def test_what_is_normal_takes_no_location_and_no_failed_test_away(name: str) -> None:
    log = (FOLDER / f"{name}.log").read_bytes()
    before, after = analyze([log]), analyze([log], normal=learn([log]))
    assert after.locations == before.locations
    assert after.failed_tests == before.failed_tests


@pytest.mark.parametrize("name", recorded_names()[::5])
def test_another_jobs_normal_changes_nothing(name: str) -> None:
    log = (FOLDER / f"{name}.log").read_bytes()
    assert analyze([log], normal=learn([GREEN])) == analyze([log])


@given(st.frozensets(st.integers(0, 2**64 - 1), max_size=200))
def test_what_is_packed_comes_back(keys: frozenset[int]) -> None:
    assert unpacked(Normal(keys).packed()) == Normal(keys)


@pytest.mark.parametrize("data", [b"not packed", zlib.compress(b"123"), zlib.compress(bytes(8 * LINES_KEPT + 8))])
def test_what_was_never_packed_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="these are no learned lines"):
        unpacked(data)


@given(st.lists(st.binary(max_size=80), max_size=30))
def test_any_bytes_can_be_learned(chunks: list[bytes]) -> None:
    assert len(learn(chunks).keys) <= LINES_KEPT


def test_a_log_of_a_million_lines_is_learned_to_the_cap() -> None:
    words = (
        f"line {chr(103 + at % 19)}{chr(104 + at // 19 % 18)}{'z' * (at // 342)}\n".encode() for at in range(70_000)
    )
    assert len(learn(words).keys) <= LINES_KEPT
