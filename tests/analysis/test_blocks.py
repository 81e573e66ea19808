import codecs

from hypothesis import given
from hypothesis import strategies as st

from analysis.blocks import BLOCK_BYTES, LINE_BYTES, LINE_CUT, StepStart, parts, utf8, whole_lines
from tests.analysis.cuts import cut_anywhere


def joined(*chunks: bytes) -> bytes:
    return b"\n".join(whole_lines(chunks))


def test_a_block_holds_whole_lines() -> None:
    line = b"x" * 999 + b"\n"
    blocks = list(whole_lines([line * 3000]))
    assert len(blocks) == 3
    assert all(len(block) <= BLOCK_BYTES for block in blocks)
    assert b"\n".join(blocks) + b"\n" == line * 3000


def test_the_last_line_needs_no_line_feed() -> None:
    assert joined(b"one\ntwo") == joined(b"one\ntwo\n") == b"one\ntwo"


def test_an_empty_last_line_counts() -> None:
    assert joined(b"one\n\n").split(b"\n") == [b"one", b""]


def test_nothing_has_no_lines_and_a_lone_line_feed_has_one() -> None:
    assert list(whole_lines([])) == list(whole_lines([b"", b""])) == []
    assert list(whole_lines([b"\n"])) == [b""]


def test_of_an_overlong_line_both_ends_are_kept() -> None:
    [text] = whole_lines([b"first\n" + b"a" * 50_000 + b"m" * 90_000 + b"z" * 50_000 + b"\nlast"])
    first, line, last = text.split(b"\n")
    head, mark, tail = line.partition(LINE_CUT.encode())
    assert (first, last, mark) == (b"first", b"last", LINE_CUT.encode())
    assert head == b"a" * (LINE_BYTES // 2)
    assert tail == b"z" * (LINE_BYTES // 2)


def test_a_line_of_64_kib_is_whole_and_one_byte_more_is_cut() -> None:
    assert joined(b"a" * LINE_BYTES) == b"a" * LINE_BYTES
    assert LINE_CUT.encode() in joined(b"a" * (LINE_BYTES + 1))


def test_a_line_of_50_mb_is_read_in_the_memory_of_a_block() -> None:
    chunks = (b"begin" if index == 0 else b"x" * 1_000_000 for index in range(50))
    [text] = whole_lines([*chunks, b"end\n"])
    assert text.startswith(b"beginxxx")
    assert text.endswith(b"xxxend")
    assert len(text) == LINE_BYTES + len(LINE_CUT.encode())


@given(
    text=st.lists(
        st.sampled_from([b"a", b"\n", b"line\n", b"x" * 70_000, b"y" * (BLOCK_BYTES - 3), b"\r\n"]), max_size=9
    ),
    cuts=st.lists(st.integers(0, 3 * BLOCK_BYTES), max_size=5),
)
def test_blocks_are_the_same_wherever_the_stream_was_cut(text: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(text)
    assert list(whole_lines(cut_anywhere(whole, cuts))) == list(whole_lines([whole]))


def test_a_million_chunks_of_one_byte_take_no_longer_than_their_bytes() -> None:
    line = b"0123456789\n"
    text = line * 100_000
    assert joined(*(text[index : index + 1] for index in range(len(text)))) + b"\n" == text


@given(text=st.text(max_size=200), cuts=st.lists(st.integers(0, 500), max_size=6), mark=st.sampled_from(["le", "be"]))
def test_utf_16_is_recoded_wherever_it_is_cut(text: str, cuts: list[int], mark: str) -> None:
    bom = codecs.BOM_UTF16_LE if mark == "le" else codecs.BOM_UTF16_BE
    data = bom + text.encode(f"utf-16-{mark}", "surrogatepass")
    assert b"".join(utf8(cut_anywhere(data, cuts))).decode() == text.encode("utf-8", "replace").decode()


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=6))
def test_broken_utf_16_gives_an_answer(data: bytes, cuts: list[int]) -> None:
    b"".join(utf8(cut_anywhere(codecs.BOM_UTF16_LE + data, cuts))).decode()


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=6))
def test_other_bytes_pass_as_they_are(data: bytes, cuts: list[int]) -> None:
    if data[:2] not in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        assert b"".join(utf8(cut_anywhere(data, cuts))) == data


def test_a_run_s_step_files_stay_apart() -> None:
    build, test = StepStart("job", "build"), StepStart("job", "test")
    found = [(start, list(part)) for start, part in parts([b"before", build, b"a", b"b", test])]
    assert found == [(None, [b"before"]), (build, [b"a", b"b"]), (test, [])]
