from hypothesis import given
from hypothesis import strategies as st

from web.keys import Keys

KEYS = Keys((b"first secret", b"former secret"), "client")


@given(st.binary(max_size=300))
def test_what_was_signed_comes_back(content: bytes) -> None:
    assert KEYS.read("x", KEYS.sign("x", content)) == content
    assert KEYS.read("y", KEYS.sign("x", content)) is None


@given(st.text(max_size=100))
def test_no_text_that_was_not_signed_is_anything(text: str) -> None:
    assert KEYS.read("x", text) is None


def test_a_former_webhook_secret_still_reads_and_another_client_secret_does_not() -> None:
    signed = Keys((b"former secret",), "client").sign("x", b"1")
    assert KEYS.read("x", signed) == b"1"
    assert Keys((b"former secret",), "another").read("x", signed) is None
    assert Keys((b"former secret",)).read("x", signed) is None
    assert Keys((b"first secret",), "client").read("x", signed) is None


def test_the_same_secrets_are_the_same_keys_in_every_process() -> None:
    assert Keys((b"a" * 16,), "b").sign("x", b"1") == "MQ.xZ5VQ-FuvY0JYXF4oIm41uqGx9wjI1JKAQDo9XhI_Hs"
