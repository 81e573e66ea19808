import pytest

from analysis.blocks import BLOCK_BYTES, LINE_CUT
from analysis.engine import CAPTURE_LIMIT
from analysis.rules import rule_book
from analysis.scan import HITS_KEPT, KEPT_BYTES, TAIL_LINES, Scan, Scanner

STAMP = "2025-01-31T10:20:30.1234567Z "
HIT = "src/a.py:1:1: F401 [*] `os` imported but unused"


def scan(*lines: str) -> Scan:
    return Scanner().read(["\n".join(lines).encode() + b"\n"])


def by_rule(found: Scan, name: str) -> list[int]:
    return [hit.line for hit in found.hits if rule_book().rules[hit.rule].name == name]


def test_an_empty_log_has_no_lines() -> None:
    found = Scanner().read([])
    assert (found.lines, found.bytes, found.text, found.hits) == (0, 0, {}, [])


def test_lines_count_from_one_over_all_blocks() -> None:
    filler = ["x" * 99] * (2 * BLOCK_BYTES // 100)
    found = scan(*filler, HIT, *filler, HIT)
    assert found.lines == 2 * len(filler) + 2
    assert by_rule(found, "ruff/concise") == [len(filler) + 1, 2 * len(filler) + 2]
    assert found.text[len(filler) + 1] == found.text[2 * len(filler) + 2] == HIT


def test_what_is_kept_is_bare_and_word_for_word() -> None:
    found = scan(f"{STAMP}\x1b[1m  two  spaces\tand a tab \x1b[0m", f"{STAMP}{HIT}")
    assert found.text == {1: "  two  spaces\tand a tab ", 2: HIT}


@pytest.mark.parametrize("shift", range(0, 120, 17))
def test_context_reaches_over_the_border_of_blocks(shift: int) -> None:
    lines = ["x" * 99] * (BLOCK_BYTES // 100) + ["y" * 99] * 300
    at = BLOCK_BYTES // 100 - 60 + shift
    lines[at] = HIT
    found = scan(*lines)
    assert set(range(at + 1 - 30, at + 1 + 41)) <= set(found.text)


def test_the_last_lines_are_kept_if_nothing_is_flagged() -> None:
    for count in (TAIL_LINES // 2, TAIL_LINES, 100 * TAIL_LINES, 2 * BLOCK_BYTES // 10):
        found = scan(*["nothing."] * count)
        assert set(found.text) == set(range(max(1, count - TAIL_LINES + 1), count + 1))


def test_of_a_rule_without_end_the_first_and_the_last_hits_are_kept() -> None:
    filler = ["ok"] * 200
    found = scan(*(line for _ in range(3 * HITS_KEPT) for line in (HIT, *filler)))
    lines = by_rule(found, "ruff/concise")
    assert len(lines) == 2 * HITS_KEPT
    assert lines[0] == 1
    assert lines[-1] == (3 * HITS_KEPT - 1) * 201 + 1


def test_an_overlong_line_keeps_its_start_and_its_end() -> None:
    found = scan("error: " + "m" * 10_000 + " the end")
    text = found.text[1]
    assert len(text) == CAPTURE_LIMIT
    assert text.startswith("error: mmm")
    assert text.endswith(" the end")
    assert text.count(LINE_CUT) == 1


def test_a_log_of_nothing_but_errors_is_kept_within_bounds() -> None:
    line = f"src/a.py:1:1: F401 [*] `{'m' * 3000}` imported but unused".encode() + b"\n"
    found = Scanner().read([line * 1000] * 60)
    assert found.lines == 60_000
    assert sum(map(len, found.text.values())) < KEPT_BYTES
    assert {1, 60_000} <= set(found.text)
    assert len(by_rule(found, "ruff/concise")) > HITS_KEPT


def test_marks_of_the_runner_outlive_a_flood_of_errors() -> None:
    flood = (f"src/a.py:1:1: F401 [*] `{'m' * 3000}` imported but unused\n" * 20_000).encode()
    mark = b"the last words\n##[error]Process completed with exit code 7.\n"
    found = Scanner().read([b"##[group]Run a\n", mark, flood])
    assert found.text[2] == "the last words"
    assert found.text[3] == "##[error]Process completed with exit code 7."


def test_two_scans_share_nothing() -> None:
    assert scan(HIT).hits == scan(HIT).hits
    assert scan("nothing").hits == []
