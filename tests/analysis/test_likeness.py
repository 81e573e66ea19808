"""What makes one failure like another: measured on the same mistakes in different projects, by real tools."""

import subprocess
import sys
from dataclasses import replace

import pytest

from analysis.diagnosis import Diagnosis
from analysis.likeness import BANDS, MOST_SHINGLES, Likeness, likeness, likeness_of_message, likeness_of_text
from tests.analysis.recorded_cases import diagnosis_of, recorded_names
from tests.analysis.recorded_pairs import Pair, read_logs, read_tool, recorded_pairs, tool_names

PAIRS_BAR = 60
RECALL_BAR = 0.95
FIRST = 5


def jaccard(one: Likeness, other: Likeness) -> float:
    both = len({*one.shingles} & {*other.shingles})
    return both / (len(one.shingles) + len(other.shingles) - both)


def told(message: str) -> Likeness:
    return likeness_of_message("ruff", "lint", message)


@pytest.mark.parametrize("tool", tool_names())
def test_both_projects_of_every_mistake_are_recorded(tool: str) -> None:
    assert list(read_logs(tool)) == list(read_tool(tool).sides)


def test_the_partner_in_another_project_is_among_the_first_five() -> None:
    pairs = recorded_pairs()
    assert len(pairs) >= PAIRS_BAR
    sides = [likeness(side) for pair in pairs for side in (pair.one, pair.other)]
    others = [*sides, *(likeness(diagnosis_of(name)) for name in recorded_names())]
    missed = [pairs[at // 2].name for at, asked in enumerate(sides) if at ^ 1 not in first_of(asked, at, others)]
    assert 1 - len(missed) / len(sides) >= RECALL_BAR, missed


def first_of(asked: Likeness, at: int, others: list[Likeness]) -> list[int]:
    """As the database finds them: those that share a band, the most alike first."""
    bands = {*asked.bands}
    sharing = [number for number, other in enumerate(others) if number != at and bands & {*other.bands}]
    return sorted(sharing, key=lambda number: -jaccard(asked, others[number]))[:FIRST]


def test_names_paths_and_numbers_make_little_difference() -> None:
    one, other = (
        told("shop/cart.py:3:8: F401 `os` imported but unused"),
        told("a.py:77:1: F401 `json` imported but unused"),
    )
    assert jaccard(one, other) > 0.7
    assert jaccard(one, told("shop/cart.py:3:8: F821 Undefined name `os`")) < 0.5


def test_equal_names_make_it_more_alike() -> None:
    asked = told("No module named 'yaml'")
    assert jaccard(asked, told("No module named 'yaml'")) > jaccard(asked, told("No module named 'numpy'"))


def test_the_same_words_of_another_tool_are_less_alike() -> None:
    said = "config.h: No such file or directory"
    gcc, shell = likeness_of_message("gcc", "compile", said), likeness_of_message("shell", "config", said)
    assert jaccard(gcc, shell) < jaccard(gcc, likeness_of_message("gcc", "compile", said.replace("config", "ledger")))


def test_it_is_the_same_in_every_process() -> None:
    program = "from analysis.likeness import likeness_of_message as of; print(of('mypy', 'type_check', 'a `b` c/d.py'))"
    said = {
        subprocess.run(
            (sys.executable, "-c", program), env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {str(likeness_of_message("mypy", "type_check", "a `b` c/d.py"))}


def test_hashes_fit_the_databases_integers_and_are_capped() -> None:
    many = likeness_of_message("mypy", "type_check", " ".join(f"word{number}x" for number in range(900)))
    everything = [*many.shingles, *many.bands]
    assert len(many.shingles) <= MOST_SHINGLES
    assert len(many.bands) == BANDS
    assert all(-(2**31) <= one < 2**31 for one in everything)
    assert len({*many.shingles}) == len(many.shingles) > 0


def test_what_says_nothing_is_compared_by_its_category_alone() -> None:
    assert len(likeness_of_message(None, "unknown", "").shingles) == 1


def test_a_line_that_a_person_brings_finds_the_failure_that_said_it() -> None:
    asked = likeness_of_text("src/beam.py:4:20: F401 [*] `typing.Iterable` imported but unused")
    ranked = sorted(recorded_pairs(), key=lambda pair: -max(jaccard(asked, likeness(side)) for side in sides_of(pair)))
    assert "ruff/unused-import" in [pair.name for pair in ranked[:FIRST]]


def sides_of(pair: Pair) -> tuple[Diagnosis, Diagnosis]:
    return pair.one, pair.other


def test_the_messages_of_many_places_are_no_more_than_those_of_ten() -> None:
    one = recorded_pairs()[0].one
    place = diagnosis_of("mypy-errors").locations[0]
    places = [replace(place, message=f"word{number}x said") for number in range(500)]
    few, many = replace(one, locations=tuple(places[:10])), replace(one, locations=tuple(places))
    assert likeness(few) == likeness(many)
