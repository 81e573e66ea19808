import os
from pathlib import Path

import pytest

pytest.importorskip("hyperscan", reason="Hyperscan has no wheel for this platform")

from analysis.compiled import FILES_KEPT, compiled_database  # after it is known to be there
from analysis.engine import HyperscanGate

PATTERNS = [b"^a+$", b"b.d"]
TEXT = b"aaa\nbcd\naab"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "ci-fixer" / "hyperscan"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_start_loads_what_the_first_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = HyperscanGate(PATTERNS).flag(TEXT)
    [file] = files(folder)
    assert file.stat().st_mode & 0o077 == 0
    monkeypatch.setattr("hyperscan.Database", None)  # compiling would now raise
    assert HyperscanGate(PATTERNS).flag(TEXT) == first == {0: [0], 1: [1]}


def test_other_patterns_and_flags_are_other_files(folder: Path) -> None:
    for patterns, flags in ((PATTERNS, 0), (PATTERNS[:1], 0), ([b"^a+$b.d"[:4], b"b.d"], 0), (PATTERNS, 8)):
        compiled_database(patterns, flags)
    assert len(files(folder)) == 3


@pytest.mark.parametrize("damage", [b"", b"short", b"\xdb\xdb\xdb\xdb" + b"x" * 500])
def test_a_damaged_file_is_replaced(folder: Path, damage: bytes) -> None:
    compiled_database(PATTERNS)
    [file] = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}
    assert file.read_bytes() == whole


def test_a_flipped_bit_is_seen(folder: Path) -> None:
    compiled_database(PATTERNS)
    [file] = files(folder)
    whole = file.read_bytes()
    file.write_bytes(bytes([*whole[:5000], whole[5000] ^ 1, *whole[5001:]]))
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}


def test_what_others_may_write_is_not_loaded(folder: Path) -> None:
    compiled_database(PATTERNS)
    [file] = files(folder)
    other = compiled_other(folder)
    file.write_bytes(other.read_bytes())
    file.chmod(0o666)
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}
    file.write_bytes(other.read_bytes())
    folder.chmod(0o777)
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}


def compiled_other(folder: Path) -> Path:
    before = set(files(folder))
    compiled_database([b"zzz", b"yyy"])
    return (set(files(folder)) - before).pop()


def test_a_link_is_not_followed(folder: Path) -> None:
    compiled_database(PATTERNS)
    [file] = files(folder)
    other = compiled_other(folder)
    file.unlink()
    file.symlink_to(other)
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert HyperscanGate(PATTERNS).flag(TEXT) == {0: [0], 1: [1]}


def test_a_relative_cache_home_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    compiled_database(PATTERNS)
    assert not Path("here").exists()
    assert files(tmp_path / "home" / ".cache" / "ci-fixer" / "hyperscan")


def test_the_oldest_go(folder: Path) -> None:
    for number in range(FILES_KEPT + 3):
        compiled_database([b"p%d" % number])
        for age, file in enumerate(sorted(files(folder), key=lambda each: -each.stat().st_mtime)):
            os.utime(file, (1e9 - age, 1e9 - age))
    assert len(files(folder)) == FILES_KEPT
