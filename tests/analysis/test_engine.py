"""Two engines, one answer, in linear time: over whatever rules the book holds."""

import time
from collections.abc import Callable, Sequence
from functools import cache

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import engine
from analysis.analyze import analyze
from analysis.book import Book
from analysis.engine import (
    CAPTURE_LIMIT,
    Flags,
    Gate,
    HyperscanGate,
    Re2Gate,
    build_gate,
    capture,
    over_lines,
    rule_patterns,
)
from analysis.findings import unwrapped
from analysis.private_keys import KEY_BEGIN, KEY_END
from analysis.redact import scrub
from analysis.rules import Rule, rule_book
from analysis.secret_formats import LIKELY, MARKED, NAMED, PLACED
from analysis.steps import MARKERS

hyperscan = pytest.importorskip("hyperscan", reason="Hyperscan has no wheel for this platform")

RULES = rule_book().rules
PATTERNS = (*rule_patterns(), *(over_lines(marker, strict=True) for marker in (*MARKERS, KEY_BEGIN, KEY_END)))
SECRETS = (*PLACED, *MARKED, *LIKELY, *NAMED)
NAMES = (*(rule.name for rule in RULES), *MARKERS, KEY_BEGIN, KEY_END)
STAMP = "2025-01-31T10:20:30.1234567Z "
PREFIXES = (
    "",
    STAMP,
    "[2025-01-31T10:20:30.123Z] ",
    "2024-05-22T12:43:46.962646Z 00O ",
    STAMP + "##[error]",
    STAMP + "#12 3.456 ",
    STAMP + "web-1  | ",
    STAMP + "@shop/cart:test: ",
    "  ",
    "\t",
)


@cache
def gates(patterns: tuple[str, ...]) -> tuple[Gate, Gate]:
    encoded = [pattern.encode() for pattern in patterns]
    return HyperscanGate(encoded), Re2Gate(encoded)


def difference(one: Flags, other: Flags, names: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Say which pattern flags which line in one and not in the other."""
    flagged = [{(pattern, line) for pattern in flags for line in flags[pattern]} for flags in (one, other)]
    return [f"{names[pattern]}: {lines[line]!r}" for pattern, line in sorted(flagged[0] ^ flagged[1])]


def assert_same(lines: Sequence[str], patterns: tuple[str, ...] = PATTERNS, names: Sequence[str] = NAMES) -> None:
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    fast, drop_in = (gate.flag(text) for gate in gates(patterns))
    assert difference(fast, drop_in, names, lines) == []


def examples() -> list[str]:
    return [example for rule in RULES for example in rule.examples]


def captured(rule: Rule, line: str) -> bool:
    """Whether the rule means this line: a strict one where the line begins, others behind a service's prefix too."""
    return any(capture(rule, text) is not None for text in ({line} if rule.strict else {unwrapped(line), line}))


def test_every_pattern_compiles_in_both_engines() -> None:
    broken = []
    for name, pattern in zip(NAMES, PATTERNS, strict=True):
        try:
            Re2Gate([pattern.encode()])
            hyperscan.Database().compile(expressions=[pattern.encode()], flags=[hyperscan.HS_FLAG_MULTILINE])
        except (re2.error, hyperscan.HyperscanError) as error:
            broken.append(f"{name}: {error}: {pattern}")
    assert broken == []


def test_every_rule_reads_its_own_examples() -> None:
    unread = [f"{rule.name}: {text!r}" for rule in RULES for text in rule.examples if not captured(rule, text)]
    assert unread == []


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_gates_flag_the_same_of_the_rules_own_examples(prefix: str) -> None:
    assert_same([prefix + example for example in examples()])


def test_both_gates_flag_the_same_of_examples_cut_doubled_and_changed() -> None:
    changes: tuple[Callable[[str], str], ...] = (
        lambda text: text[: len(text) // 2],
        lambda text: text[len(text) // 2 :],
        lambda text: f"{text} {text}",
        str.upper,
        lambda text: text.replace(" ", "  "),
        lambda text: text + " ",
        lambda text: text.replace(":", " :\t"),
    )
    for change in changes:
        assert_same([change(example) for example in examples()])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_gate_flags_every_line_that_a_rule_reads(prefix: str) -> None:
    lines = [prefix + example for example in examples()]
    flags = gates(PATTERNS)[1].flag("\n".join(lines).encode())
    bare = [line.removeprefix(STAMP) for line in lines]
    missed = [
        f"{rule.name}: {line!r}"
        for index, rule in enumerate(RULES)
        for line in rule.examples
        if (at := lines.index(prefix + line)) not in flags.get(index, []) and captured(rule, bare[at])
    ]
    assert missed == []


WORDS = st.sampled_from(
    [*"aZ09 :;.,-_/\\'\"()[]{}<>|#*+=@^$%&!?`~\t", "error", "warning:", "src/a.py", ":12:5:", "FAILED", "✖", "é", "at "]
)
LINES = st.lists(
    st.one_of(
        st.lists(WORDS, max_size=12).map("".join),
        st.tuples(st.sampled_from(PREFIXES), st.sampled_from(examples() or [""]), st.lists(WORDS, max_size=3)).map(
            lambda parts: parts[0] + parts[1] + "".join(parts[2])
        ),
        st.text(st.characters(exclude_characters="\n"), max_size=40),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(LINES)
def test_both_gates_flag_the_same_of_any_lines(lines: list[str]) -> None:
    assert_same(lines)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(LINES)
def test_both_gates_find_the_same_secrets_in_any_lines(lines: list[str]) -> None:
    assert_same(lines, SECRETS, SECRETS)


@pytest.mark.parametrize("kind", [HyperscanGate, Re2Gate])
def test_lines_are_told_by_number_whatever_stands_around_them(kind: Callable[[Sequence[bytes]], Gate]) -> None:
    gate = kind([b"^b+$", b"c", b"a.c"])
    assert gate.flag(b"bbb\nabc\n\nb\n") == {0: [0, 3], 1: [1], 2: [1]}
    assert gate.flag(b"") == {}


@pytest.mark.parametrize("stamp", ["", STAMP, "[2025-01-31T10:20:30.123Z] ", "2024-05-22T12:43:46.962646Z 00O+"])
def test_a_line_s_start_is_found_behind_its_stamp(stamp: str) -> None:
    for gate in gates((over_lines(r"^##\[", strict=True), over_lines(r"^[^\^x]$|Q", strict=True))):
        assert gate.flag(f"x ##[no\n{stamp}##[yes".encode()) == {0: [1]}


def test_a_start_in_a_class_or_escaped_is_left_alone() -> None:
    assert over_lines(r"[^a]\^[\]^]", strict=True) == r"[^a]\^[\]^]"


def test_a_rule_that_is_not_strict_is_found_behind_a_prefix_in_each_of_its_alternatives() -> None:
    for gate in gates((over_lines("(?:^one|^two)", strict=False), over_lines("(?:^one|^two)", strict=True))):
        assert gate.flag(b"#12 3.456 two\none") == {0: [0, 1], 1: [1]}
    for gate in gates((over_lines(r"(?:^|[ \t])one", strict=False), over_lines(r"(?:^|[ \t])one", strict=True))):
        assert gate.flag(b"##[error]one\n 1 one") == {0: [0, 1], 1: [1]}


def test_a_match_ends_with_its_line() -> None:
    for gate in gates((over_lines(r"end\W", strict=True), over_lines(r"end\D", strict=True))):
        assert gate.flag(b"end\nx") == {}


def test_a_block_with_too_many_matches_is_asked_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a:1:1:1: x", "nothing", "a:1:1:1: y " * 50, STAMP + "FAILED tests/a.py::b - no"] * 20
    before = gates(PATTERNS)[0].flag("\n".join(lines).encode())
    monkeypatch.setattr(engine, "REPORTS_AT_ONCE", 10)
    assert gates(PATTERNS)[0].flag("\n".join(lines).encode()) == before
    assert_same(lines)


def test_without_hyperscan_the_diagnosis_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    log = [f"{STAMP}{example}\n".encode() for example in examples()]
    with_hyperscan = analyze(log)
    monkeypatch.setattr(engine, "HAS_HYPERSCAN", False)
    slow = Book(RULES, build_gate(PATTERNS))
    monkeypatch.setattr("analysis.book.shipped", lambda: slow)
    monkeypatch.setattr("analysis.redact._gate", lambda: build_gate(SECRETS))
    assert analyze(log) == with_hyperscan


def test_a_capture_sees_so_much_of_a_line() -> None:
    rule = RULES[0]
    assert capture(rule, rule.examples[0]) is not None
    assert capture(rule, " " * CAPTURE_LIMIT + rule.examples[0]) is None


class TestLinearTime:
    """One line four times as long takes some four times as long: a backtracking engine takes sixteen times or more."""

    LINES = ("a:1:", " ", "(", "/", "a.py:1:1: ", "error: ", "-", "=", "\t", "at a.b(", "[", "\\", "é", "1.", "token=")

    @staticmethod
    def seconds(work: Callable[[bytes], object], text: bytes) -> float:
        """Seconds of this process alone: the machine may be busy with others."""
        best = 9e9
        for _ in range(3):
            start = time.process_time()
            work(text)
            best = min(best, time.process_time() - start)
        return best

    def ratio(self, work: Callable[[bytes], object], short: bytes, long: bytes) -> float:
        work(short)
        return self.seconds(work, long) / max(self.seconds(work, short), 1e-3)

    @pytest.mark.parametrize("piece", LINES)
    def test_of_the_gates(self, piece: str) -> None:
        for gate in gates(PATTERNS):
            assert self.ratio(gate.flag, one_line(piece, 16_384), one_line(piece, 65_536)) < 12

    @pytest.mark.parametrize("piece", LINES)
    def test_of_every_capture(self, piece: str) -> None:
        # The slowest rule, over what captures are ever given, and over sixteen times that.
        limit = one_line(piece, CAPTURE_LIMIT)
        slowest = max(
            RULES, key=lambda rule: self.seconds(lambda text: capture(rule, text.decode(errors="replace")), limit)
        )
        search = re2.compile(slowest.pattern).search
        long, longer = (one_line(piece, count * CAPTURE_LIMIT) for count in (4, 16))
        assert self.ratio(lambda text: search(text.decode(errors="replace")), long, longer) < 12

    @pytest.mark.parametrize("piece", LINES)
    def test_of_the_scrubber(self, piece: str) -> None:
        short, long = one_line(piece, 16_384), one_line(piece, 65_536)
        assert self.ratio(lambda text: scrub(text.decode(errors="replace")), short, long) < 12

    @pytest.mark.parametrize("piece", LINES)
    def test_of_the_whole_diagnosis(self, piece: str) -> None:
        line = one_line(piece, 65_536) + b"\n"
        assert self.ratio(lambda text: analyze([text]), line * 2, line * 8) < 12


def one_line(piece: str, length: int) -> bytes:
    return (piece.encode() * length)[:length]
