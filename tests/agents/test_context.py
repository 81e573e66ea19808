"""What a model is sent of logs that real tools wrote: the cause is in it, at its own number, within the limit."""

from statistics import mean

import pytest

from agents.context import chosen, numbered, shares
from agents.engine import FixRequest
from agents.prompt import CHARACTERS, build_prompt
from tests.agents.requests import diagnosis
from tests.analysis.recorded_cases import case_of, diagnosis_of, recorded_names


def folded(text: str) -> str:
    return " ".join(text.split())


def test_the_recorded_causes_are_sent_within_the_limit() -> None:
    held: list[float] = []
    for name in recorded_names():
        prompt = build_prompt(FixRequest((diagnosis_of(name, 8000),), {}, "octo/app", "a" * 40))
        assert len(prompt.text) + len(prompt.instructions) <= CHARACTERS
        sent, roots = folded("\n".join(prompt.evidence)), case_of(name).root
        held.append(sum(folded(root) in sent for root in roots) / len(roots))
    assert len(held) >= 200
    assert mean(held) >= 0.98


@pytest.mark.parametrize("room", [50, 200, 1000, 4000])
@pytest.mark.parametrize("name", ["pytest-xdist", "mypy-errors", "cargo-test"])
def test_the_root_line_is_there_however_small_the_room(name: str, room: int) -> None:
    found = diagnosis_of(name, 8000)
    assert found.root_line is not None
    lines = {
        block.start + at: text for block in found.evidence.blocks for at, text in enumerate(block.text.split("\n"))
    }
    taken = chosen(found, lines, room)
    assert found.root_line.line in taken
    assert len(numbered(taken)) <= room
    assert all(lines[number].startswith(text.split(" […] ")[0]) for number, text in taken.items())


def test_a_job_that_needs_less_leaves_the_rest_to_the_others() -> None:
    assert shares([10, 500, 500], 300) == [10, 145, 145]
    assert shares([10, 20], 300) == [10, 20]
    assert shares([], 300) == []


def test_a_log_without_a_line_is_sent_as_nothing() -> None:
    assert chosen(diagnosis(""), {}, 100) == {}
