"""What holds of any bytes at all, cut anywhere: an answer, the same one, within its budget, true to the log."""

import re
from collections.abc import Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.analyze import analyze
from analysis.blocks import BLOCK_BYTES, LINE_CUT, StepStart
from analysis.diagnosis import Diagnosis
from analysis.extract import TOKEN
from analysis.reader import LogReader
from analysis.redact import MASK
from analysis.rules import rule_book
from tests.analysis.cuts import cut_anywhere

EXAMPLES = [text.encode() for rule in rule_book().rules for text in rule.examples]
STAMP = b"2025-01-31T10:20:30.1234567Z "
MARKS = (
    b"##[group]Run make",
    b"shell: /usr/bin/bash -e {0}",
    b"##[endgroup]",
    b"##[error]Process completed with exit code 2.",
    b"##[error]boom",
    b"Post job cleanup.",
    b"+ make test",
    b"[command]/usr/bin/git version",
    b"##[section]Starting: Build",
    b"section_start:1717171717:step_script\r\x1b[0KRunning",
    b"ERROR: Job failed: exit code 1",
    b"~~~ Preparing",
    b"-----BEGIN " + b"PRIVATE KEY-----",
    b"-----END " + b"PRIVATE KEY-----",
    b"  API_TOKEN: 0aF3kL9mQ2xZ7bN5vC1s",
    b"https://ci:hunter2hunter2@example.com/x",
)
LINES = st.one_of(
    st.sampled_from(MARKS),
    st.sampled_from(EXAMPLES),
    st.binary(max_size=40),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"a:1:" * 300, b" " * 5000, b"(" * 9000, b"\x1b[31m" * 99, b"x" * 70_000, b"\xef\xbb\xbf", b"\xff\xfe"]
    ),
)
STARTS = st.sampled_from(
    [b"", b"", STAMP, STAMP, b"\xef\xbb\xbf" + STAMP, b"job\tstep\t" + STAMP, b"[2025-01-31T10:20:30Z] "]
)
ENDS = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r", b""])
LOGS = st.lists(st.tuples(STARTS, LINES, ENDS).map(b"".join), max_size=40).map(b"".join)
ANY = st.one_of(st.binary(max_size=500), LOGS, LOGS)
CUTS = st.lists(st.integers(0, 20_000), max_size=8)
BUDGETS = st.sampled_from([50, 51, 77, 200, 500, 2000, 8000])
FEW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def lines_of(chunks: Sequence[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace") for block in LogReader().blocks(chunks) for line in block.lines]


def assert_within(diagnosis: Diagnosis, budget: int) -> None:
    evidence = diagnosis.evidence
    assert evidence.budget_tokens == budget
    assert sum(len(block.text) for block in evidence.blocks) <= budget * TOKEN
    assert evidence.tokens <= budget
    assert 0 <= diagnosis.confidence <= 1
    assert all(0 <= block.score <= 1 for block in evidence.blocks)


def assert_inside(diagnosis: Diagnosis, lines: int) -> None:
    """No line number outside the log; blocks in its order, each with as many lines as it says."""
    assert diagnosis.lines == lines
    numbers = [location.log_line for location in diagnosis.locations]
    if diagnosis.root_line is not None:
        numbers.append(diagnosis.root_line.line)
    assert all(1 <= number <= lines for number in numbers)
    last = 0
    for block in diagnosis.evidence.blocks:
        assert last < block.start <= block.end <= lines
        assert block.text.count("\n") == block.end - block.start
        last = block.end


def assert_word_for_word(diagnosis: Diagnosis, lines: Sequence[str]) -> None:
    """Each line shown is the log's, but for cuts and masks."""
    shown = [
        (number, text)
        for block in diagnosis.evidence.blocks
        for number, text in enumerate(block.text.split("\n"), start=block.start)
    ]
    if diagnosis.root_line is not None:
        shown.append((diagnosis.root_line.line, diagnosis.root_line.text))
    for number, text in shown:
        parts = re.split(f"{re.escape(LINE_CUT)}|{re.escape(MASK)}", text)
        pattern = ".*".join(re.escape(part) for part in parts)
        assert re.fullmatch(pattern, lines[number - 1], re.DOTALL), (number, text)


@FEW
@given(ANY, CUTS, BUDGETS)
@example(b"", [], 50)
@example(b"\n", [], 50)
@example(b"\0" * 100, [3], 50)
@example(b"\xff\xfe", [1], 50)
@example(b"\r" * 50, [], 50)
@example(b"\x1b]8;;" * 50, [], 50)
@example(b"##[group]Run \n" * 50, [], 50)
def test_any_bytes_cut_anywhere_give_one_and_the_same_answer(log: bytes, cuts: list[int], budget: int) -> None:
    whole = analyze([log], budget_tokens=budget)
    assert analyze(cut_anywhere(log, cuts), budget_tokens=budget) == whole
    assert whole.bytes == len(log)


@FEW
@given(ANY, BUDGETS)
def test_the_evidence_never_exceeds_its_budget(log: bytes, budget: int) -> None:
    assert_within(analyze([log], budget_tokens=budget), budget)


@FEW
@given(ANY, BUDGETS)
def test_no_line_number_lies_outside_the_log(log: bytes, budget: int) -> None:
    assert_inside(analyze([log], budget_tokens=budget), len(lines_of([log])))


@FEW
@given(ANY, BUDGETS)
def test_what_is_shown_is_the_log_s_own_text(log: bytes, budget: int) -> None:
    assert_word_for_word(analyze([log], budget_tokens=budget), lines_of([log]))


@FEW
@given(ANY)
def test_a_log_with_lines_has_a_root_line_and_one_without_has_none(log: bytes) -> None:
    diagnosis = analyze([log])
    assert (diagnosis.root_line is None) == (diagnosis.lines == 0)


@FEW
@given(st.lists(st.tuples(st.text(max_size=9), LOGS), max_size=5), BUDGETS)
def test_the_files_of_steps_are_one_log(steps: list[tuple[str, bytes]], budget: int) -> None:
    chunks: list[bytes | StepStart] = []
    for name, log in steps:
        chunks += [StepStart("job", name), log]
    diagnosis = analyze(chunks, budget_tokens=budget)
    lines = [line for _, log in steps for line in lines_of([log])]
    assert_within(diagnosis, budget)
    assert diagnosis.bytes == sum(len(log) for _, log in steps)
    if not any(b"\t" in log for _, log in steps):  # the form of `gh run view` is told from a log's first lines
        assert_inside(diagnosis, len(lines))


@settings(FEW, max_examples=8)
@given(LOGS, st.lists(st.integers(0, 3 * BLOCK_BYTES), max_size=5), st.integers(0, 40))
def test_logs_of_many_blocks_give_one_and_the_same_answer_too(log: bytes, cuts: list[int], shift: int) -> None:
    filler = b"y" * shift + b"\n" + b"2025-01-31T10:20:30.1234567Z compiling\n" * (BLOCK_BYTES // 40)
    long = log + filler + log + filler + log
    whole = analyze([long])
    assert analyze(cut_anywhere(long, cuts)) == whole
    assert_inside(whole, len(lines_of([long])))
    assert_word_for_word(whole, lines_of([long]))
