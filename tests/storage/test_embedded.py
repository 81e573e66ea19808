import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.embedded import embedded
from storage.errors import EmbeddedError

DATA = "postgres-18"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose data was created once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("made")
    with embedded(folder, durable=False):
        pass
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", str(made / DATA), str(tmp_path / DATA)], check=True)
    return tmp_path


def server_pid(folder: Path) -> int:
    return int((folder / DATA / "postmaster.pid").read_text().split("\n", 1)[0])


def asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def user_of(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    program = [sys.executable, "-m", "tests.storage.embedded_program", str(folder)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


def test_data_outlives_the_server(folder: Path) -> None:
    with embedded(folder, durable=False) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (41)")
        assert str(asked(url, "SHOW server_version")).startswith("18.")
    with embedded(folder, durable=False) as url:
        assert asked(url, "SELECT n + 1 FROM kept") == 42


def test_after_the_last_user_nothing_runs(folder: Path) -> None:
    with embedded(folder, durable=False) as url:
        with embedded(folder, durable=False) as second:
            assert second == url
        assert asked(url, "SELECT 1") == 1
    assert not (folder / DATA / "postmaster.pid").exists()
    with pytest.raises(psycopg.OperationalError):
        asked(url, "SELECT 1")


def test_processes_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    with user_of(folder) as (first, url), user_of(folder) as (second, other_url):
        assert url == other_url
        first.communicate()
        assert asked(url, "SELECT 1") == 1
        second.communicate()
    assert not (folder / DATA / "postmaster.pid").exists()


def test_a_server_left_by_a_killed_process_is_taken_over_and_stopped(folder: Path) -> None:
    with user_of(folder) as (process, url):
        process.kill()
    pid = server_pid(folder)
    with embedded(folder, durable=False) as again:
        assert again == url
        assert server_pid(folder) == pid
    assert not (folder / DATA / "postmaster.pid").exists()


def test_a_killed_server_recovers(folder: Path) -> None:
    with user_of(folder) as (process, url):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.commit()
            connection.execute("CHECKPOINT")
        os.kill(server_pid(folder), signal.SIGKILL)
        process.kill()
    with embedded(folder, durable=False) as again:
        assert asked(again, "SELECT count(*) FROM kept") == 0


@pytest.mark.parametrize("name", ["long" * 40, "with space", "co,mma", "quo'te \"%41 $HOME", "ünïcode"])
def test_any_folder_name_will_do(folder: Path, name: str) -> None:
    named = folder / name
    named.mkdir()
    (folder / DATA).rename(named / DATA)
    with embedded(named, durable=False) as url:
        assert asked(url, "SHOW data_directory") == str(named / DATA)


def test_nothing_is_left_in_tmp_by_a_long_path(tmp_path: Path) -> None:
    with embedded(tmp_path / ("long" * 40), durable=False) as url:
        socket_dir = Path(str(asked(url, "SHOW unix_socket_directories")))
        assert socket_dir.is_dir()
    assert not socket_dir.exists()


def test_the_server_listens_on_no_network_and_its_socket_is_private(folder: Path) -> None:
    with embedded(folder, durable=False) as url:
        assert asked(url, "SHOW listen_addresses") == ""
        socket_dir = Path(str(asked(url, "SHOW unix_socket_directories")))
        assert socket_dir.stat().st_mode & 0o077 == 0


def test_the_folders_above_keep_their_permissions(tmp_path: Path) -> None:
    above = tmp_path / "private"
    above.mkdir(mode=0o700)
    with embedded(above / "data", durable=False) as url:
        assert asked(url, "SELECT 1") == 1
    assert above.stat().st_mode & 0o777 == 0o700


def test_data_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir()
    (tmp_path / DATA / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="holds data of PostgreSQL 16"), embedded(tmp_path):
        pass


def test_a_folder_that_is_no_data_is_named(tmp_path: Path) -> None:
    (tmp_path / DATA).mkdir()
    with pytest.raises(EmbeddedError, match="is not a PostgreSQL data folder"), embedded(tmp_path):
        pass


def test_damaged_data_says_where_and_what_to_do(folder: Path) -> None:
    (folder / DATA / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match=r"does not start on (?s:.*)delete that folder") as caught, embedded(folder):
        pass
    assert str(folder / DATA) in str(caught.value)


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(EmbeddedError, match=r"file/data cannot be written to .*CI_FIXER_DATA"), embedded(file / "data"):
        pass


def test_an_interrupted_creation_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / f"{DATA}.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with embedded(tmp_path, durable=False) as url:
        assert asked(url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_is_told_whose_folder_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with embedded(folder, durable=False):
        pass
    code = (
        "import os, sys; from pathlib import Path; from storage.embedded import embedded\n"
        "from storage.errors import EmbeddedError\n"
        "import psycopg, importlib.util\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(12345)\n"
        "try:\n    embedded(Path(sys.argv[1])).__enter__()\nexcept EmbeddedError as error:\n    print(error)"
    )
    for level in (tmp_path, *tmp_path.parents[:2]):
        level.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert "Name another" in done.stdout
