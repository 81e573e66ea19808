"""The evidence keeps its promises on any log and any budget: never larger, in the log's order, word for word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.analyze import analyze
from tests.analysis.recorded_cases import FOLDER, recorded_names

LOGS = [(FOLDER / f"{name}.log").read_bytes() for name in recorded_names()]


@st.composite
def torn_logs(draw: st.DrawFn) -> bytes:
    """Pieces of real logs, cut anywhere, with any bytes between them."""
    pieces: list[bytes] = []
    for _ in range(draw(st.integers(0, 3))):
        log = draw(st.sampled_from(LOGS))
        start = draw(st.integers(0, len(log)))
        pieces += [log[start : start + draw(st.integers(0, 4000))], draw(st.binary(max_size=60))]
    return b"".join(pieces)


@settings(deadline=None, max_examples=60)
@given(torn_logs(), st.integers(50, 3000))
def test_any_log_gives_evidence_within_its_budget_and_lines(log: bytes, budget: int) -> None:
    diagnosis = analyze([log], budget_tokens=budget)
    evidence = diagnosis.evidence
    assert evidence.tokens <= budget
    assert sum(len(block.text) for block in evidence.blocks) <= 4 * budget
    ends = [number for block in evidence.blocks for number in (block.start, block.end)]
    assert ends == sorted(ends)
    assert all(1 <= number <= diagnosis.lines for number in ends)
    assert all(1 <= each.log_line <= diagnosis.lines for each in diagnosis.locations)
    assert all(block.text.count("\n") == block.end - block.start for block in evidence.blocks)


@pytest.mark.parametrize("name", ["pytest-assertion", "jest-failures", "tsc-plain", "npm-eresolve"])
def test_the_causes_line_is_always_in_the_evidence(name: str) -> None:
    for budget in (60, 200, 1000):
        diagnosis = analyze([(FOLDER / f"{name}.log").read_bytes()], budget_tokens=budget)
        assert diagnosis.root_line is not None
        assert any(block.start <= diagnosis.root_line.line <= block.end for block in diagnosis.evidence.blocks)


def test_what_is_said_again_and_again_leaves_room_for_the_rest() -> None:
    log = (FOLDER / "mypy-errors.log").read_bytes()
    first, second = (line for line in log.split(b"\n") if b"cart.py:2: error" in line or b"price.py:1: error" in line)
    crowded = log.replace(first, b"\n".join([first] * 500))
    diagnosis = analyze([crowded], budget_tokens=500)
    text = "\n".join(block.text for block in diagnosis.evidence.blocks)
    assert second.decode()[29:] in text
