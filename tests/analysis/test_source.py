import io
import os
import struct
import zipfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.archive import ArchiveError, check_directory
from analysis.blocks import StepStart
from analysis.source import CHUNK_BYTES, FILES, LogError, LogSource, open_logs, stream

RUN = {
    "0_build.txt": b"whole build\n",
    "build/1_Set up job.txt": b"set up\n",
    "build/2_Run make.txt": b"make\n",
    "build/system.txt": b"diary\n",
    "1_test (3.11).txt": b"whole test\n",
    "test (3.11)/1_Set up job.txt": b"set up\n",
}


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def content(source: LogSource) -> bytes:
    return b"".join(chunk for chunk in source.chunks() if isinstance(chunk, bytes))


def steps(source: LogSource) -> list[str]:
    return [chunk.step for chunk in source.chunks() if isinstance(chunk, StepStart)]


def named(sources: tuple[LogSource, ...]) -> dict[str, bytes]:
    return {source.name: content(source) for source in sources}


def test_a_file_is_one_log(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"x" * (CHUNK_BYTES + 1))
    [source] = open_logs(path)
    assert (source.name, source.size, content(source)) == ("job.log", CHUNK_BYTES + 1, b"x" * (CHUNK_BYTES + 1))


def test_a_stream_is_one_log() -> None:
    assert content(stream(io.BytesIO(b"piped"))) == b"piped"


@pytest.mark.parametrize("make", [zipped, folder])
class TestTheLogsOfARun:
    def test_one_log_a_job_though_its_steps_are_there_again(self, tmp_path: Path, make: type) -> None:
        assert named(open_logs(make(tmp_path / "run", RUN))) == {
            "build": b"whole build\n",
            "test (3.11)": b"whole test\n",
        }

    def test_steps_alone_are_joined_in_their_order_and_keep_their_names(self, tmp_path: Path, make: type) -> None:
        files = {f"job/{number}_Step {number}.txt": b"%d\n" % number for number in (10, 2, 1)}
        [source] = open_logs(make(tmp_path / "run", files))
        assert (source.name, source.size, content(source)) == ("job", 7, b"1\n2\n10\n")
        assert steps(source) == ["Step 1", "Step 2", "Step 10"]

    def test_a_job_without_a_file_of_its_own_is_read_from_its_steps(self, tmp_path: Path, make: type) -> None:
        files = {name: text for name, text in RUN.items() if name != "1_test (3.11).txt"}
        assert named(open_logs(make(tmp_path / "run", files))) == {
            "build": b"whole build\n",
            "test (3.11)": b"set up\n",
        }

    def test_one_folder_around_all_of_it_says_nothing(self, tmp_path: Path, make: type) -> None:
        files = {f"logs_42/{name}": text for name, text in RUN.items()}
        assert list(named(open_logs(make(tmp_path / "run", files)))) == ["build", "test (3.11)"]

    def test_one_job_s_folder_is_one_log(self, tmp_path: Path, make: type) -> None:
        files = {"1_Set up job.txt": b"set up\n", "2_Run make.txt": b"make\n", "system.txt": b"diary\n"}
        [source] = open_logs(make(tmp_path / "job", files))
        assert (source.name, steps(source)) == ("job", ["Set up job", "Run make"])

    def test_other_files_are_a_log_each(self, tmp_path: Path, make: type) -> None:
        files = {"a/one.log": b"1", "a/two.out": b"2", "a/picture.png": b"3", "three.LOG": b"4"}
        assert named(open_logs(make(tmp_path / "run", files))) == {
            "three.LOG": b"4",
            "a/one.log": b"1",
            "a/two.out": b"2",
        }

    def test_without_logs_it_says_what_was_looked_for(self, tmp_path: Path, make: type) -> None:
        with pytest.raises(LogError, match=r"without logs \(looked for \*\.txt, \*\.log and \*\.out\)"):
            open_logs(make(tmp_path / "run", {"a/picture.png": b"x"}))


class TestFolders:
    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("outside")
        inside = folder(tmp_path / "run", {"a.log": b"inside"})
        (inside / "b.log").symlink_to(tmp_path / "secret")
        (inside / "again").symlink_to(inside)
        assert named(open_logs(inside)) == {"a.log": b"inside"}

    def test_an_empty_folder_is_said_to_be_one(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match="a folder without logs"):
            open_logs(tmp_path)

    def test_a_folder_without_end_is_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("analysis.source.ENTRIES", 5)
        with pytest.raises(LogError, match="more than 5 entries; name the folder that holds the run's logs"):
            open_logs(folder(tmp_path, {f"{number}.png": b"" for number in range(9)}))


class TestNoLog:
    def test_a_name_that_is_nowhere(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match=r"gone\.log: no such file or folder"):
            open_logs(tmp_path / "gone.log")

    def test_a_socket_is_no_log(self, tmp_path: Path) -> None:
        os.mknod(tmp_path / "fifo", 0o600 | 0o140000)
        with pytest.raises(LogError, match="neither a file nor a folder"):
            open_logs(tmp_path / "fifo")


class TestHostileZips:
    def test_names_that_climb_are_no_logs(self, tmp_path: Path) -> None:
        files = dict.fromkeys(("../up.log", "/etc/abs.log", "a/../../b.log", "..\\w.log", "C:/d.log"), b"evil")
        with pytest.raises(LogError, match="without logs"):
            open_logs(zipped(tmp_path / "run.zip", files))
        assert list(named(open_logs(zipped(tmp_path / "run.zip", {**files, "ok..log": b"good"})))) == ["ok..log"]

    def test_a_bomb_is_left_before_it_is_inflated(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"job.txt": b"\0" * (24 << 20)})
        [source] = open_logs(path)
        chunks = source.chunks()
        assert len(list(islice(chunks, 16))) == 16
        with pytest.raises(LogError, match=r"job\.txt inflates far beyond a log's size; not read"):
            next(chunks)

    def test_all_members_together_have_a_limit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("analysis.source.ARCHIVE_BYTES", 3000)
        path = zipped(tmp_path / "run.zip", {f"{number}_job.txt": os.urandom(1000) for number in range(5)})
        sources = open_logs(path)
        assert [len(content(source)) for source in sources[:3]] == [1000] * 3
        with pytest.raises(LogError, match="inflates far beyond"):
            content(sources[3])

    def test_a_repetitive_log_is_no_bomb(self, tmp_path: Path) -> None:
        line = b"2025-01-31T10:20:30.1234567Z Downloading crates ...\n"
        [source] = open_logs(zipped(tmp_path / "run.zip", {"job.txt": line * 100_000}))
        assert len(content(source)) == len(line) * 100_000

    def test_a_hundred_thousand_members_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "run.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(FILES + 1):
                archive.writestr(f"{number}.txt", b"")
        with pytest.raises(LogError, match=r"20,001 logs in a zip; those of one run are at most 20,000"):
            open_logs(path)

    def test_a_directory_that_would_fill_the_memory_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "run.zip"
        directory = b"PK\x01\x02" + b"\0" * (5 << 20)
        path.write_bytes(directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 40_000, 40_000, len(directory), 0, 0))
        with pytest.raises(LogError, match="a zip of 40,000 entries; the logs of one run are far fewer"):
            open_logs(path)

    def test_nor_one_that_hides_behind_the_larger_format(self, tmp_path: Path) -> None:
        path = tmp_path / "run.zip"
        larger = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 9_000_000, 9_000_000, 500 << 20, 0)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
        path.write_bytes(larger + locator + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 50, 0, 0))
        with pytest.raises(ArchiveError, match="a zip of 9,000,000 entries"):
            check_directory(path)

    def test_an_archive_cut_short_is_said_to_be_one(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", RUN)
        path.write_bytes(path.read_bytes()[:-30])
        [source] = open_logs(path)
        assert source.name == "run.zip"  # no zip by its end: the command line tells it by its start

    def test_an_encrypted_member_is_said_to_be_one(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "run.zip", {"job.txt": b"text"})
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\x03\x04") + 6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
        with pytest.raises(LogError, match=r"job\.txt cannot be read: .*encrypted"):
            content(open_logs(path)[0])

    def test_a_member_packed_by_other_means_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "run.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("job.txt", b"text")
        with pytest.raises(LogError, match="packed by other means"):
            content(open_logs(path)[0])

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=6)), min_size=1, max_size=4))
    def test_a_damaged_archive_is_read_or_refused(self, tmp_path: Path, changes: list[tuple[int, bytes]]) -> None:
        data = bytearray(zipped(tmp_path / "run.zip", RUN).read_bytes())
        for at, new in changes:
            data[at % len(data) : at % len(data) + len(new)] = new
        (tmp_path / "run.zip").write_bytes(data)
        try:
            for source in open_logs(tmp_path / "run.zip"):
                content(source)
        except LogError as error:
            assert str(tmp_path) in str(error)  # noqa: PT017  # either answer is right
