import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.normal import normal, relative


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 3.2s", "took 14 ms"),
        ("at 2025-01-31T10:20:30.123Z", "at 2024-12-01 00:00:00,5"),
        ("0x7f3a2b10 leaked", "0xdeadbeef leaked"),
        ("commit 0a1b2c3d", "commit ffe09a1b2c3d4e5f60718293a4b5c6d7e8f90123"),
        ("id 0a1b2c3d-4e5f-6789-abcd-ef0123456789", "id 11111111-2222-3333-4444-555555555555"),
        ("connect 10.0.0.1:5432 refused", "connect 172.17.0.2:49153 refused"),
        ("localhost:5432 refused", "localhost:49153 refused"),
        ("[gw0] crashed", "[gw3] crashed"),
        ("shard 1/4 failed", "shard 3/4 failed"),
        ("attempt 1 of 3", "attempt 2 of 3"),
        ("/tmp/pytest-of-runner/a1/x.py missing", "/tmp/tmp81ksx/y/z missing"),
        ("/home/runner/work/shop/shop/src/a.py", "/Users/runner/work/shop/shop/src/a.py"),
        (r"D:\a\shop\shop\src\a.py", "/__w/shop/shop/src/a.py"),
        ("two  words", "two\twords "),
        ("expected 3 got 4", "expected 30 got 41"),
    ],
)
def test_what_changes_from_run_to_run_is_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("src/a.py: no", "src/b.py: no"),
        ("KeyError: 'name'", "KeyError: 'names'"),
        ("test_a failed", "test_b failed"),
        ("deadline passed", "decade passed"),
    ],
)
def test_what_tells_failures_apart_stays(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(st.text(max_size=300))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


def test_so_much_of_a_message_is_read() -> None:
    assert len(normal("x" * 50_000)) == 1000


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("/home/runner/work/shop/shop/src/a.py", "src/a.py"),
        (r"D:\a\shop\shop\src\a.cs", "src/a.cs"),
        ("/__w/shop/shop/a.py", "a.py"),
        ("/github/workspace/src/a.py", "src/a.py"),
        ("/srv/runner/_work/shop/shop/src/a.py", "src/a.py"),
        ("./src/a.py", "src/a.py"),
        ("file:///home/runner/work/shop/shop/src/a.ts", "src/a.ts"),
        ("src/work/a.py", "src/work/a.py"),
        ("/usr/lib/python3/os.py", "/usr/lib/python3/os.py"),
        ("/work/shop/a.py", "shop/a.py"),
        ("", ""),
    ],
)
def test_a_path_is_given_as_the_repository_has_it(told: str, path: str) -> None:
    assert relative(told) == path
