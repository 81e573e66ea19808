"""One secret, planted everywhere a log can hold it: it stands nowhere in the whole answer."""

import json
from dataclasses import asdict
from random import Random

import pytest

from analysis.analyze import analyze
from analysis.blocks import BLOCK_BYTES, Chunks, StepStart
from analysis.diagnosis import Diagnosis
from analysis.scan import Scan, Scanner
from tests.analysis.planted import BASE62, left_of, planted, private_key

CANARY = "gh" + "p_" + "".join(Random(42).choices(BASE62, k=36))  # no secret
STAMP = "2025-01-31T10:20:30.1234567Z "


def everything(diagnosis: Diagnosis) -> str:
    """All text of the answer, with what is under the fingerprint; `repr` besides JSON, for either may escape."""
    return json.dumps(asdict(diagnosis), ensure_ascii=False) + repr(diagnosis)


def kept(scan: Scan) -> str:
    return repr(scan)


def assert_nowhere(chunks: Chunks, secret: str = CANARY) -> Diagnosis:
    chunks = list(chunks)
    diagnosis = analyze(chunks)
    assert left_of(secret, everything(diagnosis)) == ""
    assert left_of(secret, kept(Scanner().read(chunks))) == ""
    return diagnosis


def stamped(*lines: str) -> bytes:
    return "".join(f"{STAMP}{line}\n" for line in lines).encode()


@pytest.mark.parametrize(
    "line",
    [
        f"##[group]Run curl -H 'X-Key: {CANARY}' https://example.com",
        f"##[error]push refused for {CANARY}",
        f"src/{CANARY}.py:1:1: F401 [*] `os` imported but unused",
        f"src/a.py:1:1: F401 [*] `{CANARY}` imported but unused",
        f"FAILED tests/test_a.py::test_a[{CANARY}] - AssertionError: {CANARY}",
        f"E       AssertionError: assert '{CANARY}' == ''",
        f'src/a.py:3: error: Name "{CANARY}" is not defined  [name-defined]',
        f"[command]/usr/bin/git -c http.extraheader={CANARY} fetch",
        f"+ deploy --with {CANARY}",
        f"  TOKEN: {CANARY}",
        f"\x1b[31m{CANARY[:9]}\x1b[0m{CANARY[9:]}",
        f"##[section]Starting: {CANARY}",
        f"[Pipeline] {{ ({CANARY})",
        f"~~~ {CANARY}",
        f"section_start:1717171717:{CANARY}\r\x1b[0K{CANARY}",
        f'The command "deploy {CANARY}" exited with 1.',
    ],
)
def test_no_line_carries_it_through(line: str) -> None:
    log = (
        "##[group]Run make",
        line,
        "shell: bash",
        "##[endgroup]",
        line,
        "##[error]Process completed with exit code 1.",
    )
    assert_nowhere([stamped(*log)])
    assert_nowhere([stamped(line)])
    assert_nowhere([f"{line}\n".encode()])


def test_it_is_counted() -> None:
    assert assert_nowhere([stamped(f"error: bad token {CANARY}")]).redactions == 1


def test_nor_do_names_of_jobs_and_steps() -> None:
    assert_nowhere([f"job {CANARY}\tstep {CANARY}\t{STAMP}error: no\n".encode()])
    diagnosis = assert_nowhere([StepStart(CANARY, f"Run {CANARY}"), stamped("error: no", "exit 1")])
    assert diagnosis.step == "Run ***"


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_nor_cuts_between_chunks_and_blocks(before: int) -> None:
    line = stamped(f"error: {CANARY}")
    padding = b"x" * 79 + b"\n"
    log = padding * ((BLOCK_BYTES - len(line)) // len(padding)) + b"y" * before + b"\n" + line + padding
    assert_nowhere([log])
    at = log.index(CANARY.encode())
    assert_nowhere([log[: at + 11], log[at + 11 : at + 20], log[at + 20 :]])


@pytest.mark.parametrize("before", [3000, 3060, 4050, 4080, 4096, 8180, 32_750, 32_768, 65_500])
def test_nor_the_cut_of_an_overlong_line(before: int) -> None:
    for after in (0, 970, 1000, 40_000):
        assert_nowhere([stamped("error: " + "x " * (before // 2) + CANARY + " y" * (after // 2))])


@pytest.mark.parametrize("lead", [0, 20, 31, 45])
def test_nor_does_a_key_whose_first_line_is_not_evidence(lead: int) -> None:
    key = private_key(Random(lead), "RSA ", 60)  # no secret
    log = [
        *["ok"] * 300,
        *key[:-1],
        *["MIIfiller" * 2] * 0,
        key[-1],
        *["ok"] * lead,
        "src/a.py:1:1: F401 [*] `os` unused",
    ]
    diagnosis = analyze([stamped(*log, *["ok"] * 300)])
    shown = everything(diagnosis) + kept(Scanner().read([stamped(*log, *["ok"] * 300)]))
    assert [line for line in key[1:-1] if left_of(line, shown, 16)] == []


def test_nor_does_a_key_that_never_ends_and_what_follows_is_shown() -> None:
    key = private_key(Random(9), "RSA ", 60)  # no secret
    after = ['  File "/home/runner/work/shop/shop/tests/test", line 3, in load', "src/a.py:1:1: F401 [*] `os` unused"]
    diagnosis = analyze([stamped(*["ok"] * 300, *key[:-2], *after, *["ok"] * 300)])
    assert [line for line in key[1:-1] if left_of(line, everything(diagnosis), 16)] == []
    assert "/home/runner/work/shop/shop/tests/test" in everything(diagnosis)


def test_nor_any_other_form() -> None:
    for each in planted(each=2, seed=7):
        log = stamped("##[group]Run make", "shell: bash", "env:", each.line, "##[endgroup]", f"error: {each.line}")
        diagnosis = analyze([log])
        assert left_of(each.secret, everything(diagnosis)) == "", each


def test_the_scrubber_can_be_left_out_for_measuring() -> None:
    assert CANARY in everything(analyze([stamped(f"error: {CANARY}")], scrub=False))
