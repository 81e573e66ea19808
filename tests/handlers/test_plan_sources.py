"""What a tool is shown of a log: the lines as the diagnosis counts them, and no part of a secret."""

from handlers.tasks.plan_sources import _searched, _sliced

STAMP = "2026-01-31T10:20:30.1234567Z "
KEY_BODY = [("Qk3" + "aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kP" * 2)[:64] for _ in range(30)]


def log(lines: list[str]) -> list[bytes]:
    """A log in chunks that end anywhere."""
    data = "".join(f"{STAMP}{line}\r\n" for line in lines).encode()
    return [data[at : at + 37] for at in range(0, len(data), 37)]


def test_a_slice_is_the_lines_asked_for_without_stamps() -> None:
    found = _sliced(2, 3, iter(log(["one", "two", "three", "four"])))
    assert [(line.number, line.text) for line in found] == [(2, "two"), (3, "three")]


def test_a_slice_beyond_the_end_is_empty() -> None:
    assert _sliced(50, 60, iter(log(["one"]))) == []


def test_a_slice_out_of_the_middle_of_a_private_key_shows_none_of_it() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", *KEY_BODY, "-----END RSA PRIVATE KEY-----", "after"]
    found = _sliced(10, 20, iter(log(lines)))
    assert len(found) == 11
    assert all(KEY_BODY[0][:20] not in line.text for line in found)


def test_a_search_gives_the_lines_that_hold_the_words_and_their_numbers() -> None:
    lines = [f"line {at}" for at in range(1, 50_000)]
    found = _searched(1, 100_000, "line 4999", iter(log(lines)))
    assert [line.number for line in found] == [4999, *range(49_990, 50_000)]


def test_a_search_keeps_one_line_more_than_is_shown() -> None:
    assert len(_searched(1, 10_000, "line", iter(log(["a line"] * 5000)))) == 41


def test_a_search_for_the_letters_of_a_key_shows_none_of_it() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", *KEY_BODY, "-----END RSA PRIVATE KEY-----"]
    found = _searched(1, 100, KEY_BODY[3][:8].lower(), iter(log(lines)))
    assert found
    assert all(KEY_BODY[0][:20] not in line.text for line in found)
