"""What a jailed command can do: little, and not for long. Run for real."""

import asyncio
import io
import os
import socket
import tarfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jail.bubblewrap import CHANGED, TREE, Ended, Jail, JailRefused, folder, open_jail
from tests.jail.here import in_a_jail

pytestmark = in_a_jail
FILES = {"a.py": "x = 1\n", "src/b.py": "y = 2\n"}


class Zeros(io.RawIOBase):
    """A file of nothing but zeros, without end."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def pack(given: Path, files: dict[str, str]) -> None:
    with tarfile.open(given / TREE, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"octo-geo-0123456/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    (given / CHANGED).mkdir()


@pytest.fixture
async def given() -> AsyncIterator[Path]:
    async with folder() as made:
        pack(made, FILES)
        yield made


async def sh(given: Path, script: str, seconds: float = 20) -> Ended:
    return await Jail(seconds).run(given, ["/bin/bash", "-ec", script])


async def python(given: Path, script: str, seconds: float = 20) -> Ended:
    return await Jail(seconds).run(given, ["/usr/bin/python3", "-c", script])


async def test_a_command_runs_in_the_checkout_and_gives_its_exit_code(given: Path) -> None:
    assert await sh(given, '[ "$PWD" = /work ]; grep -q "x = 1" a.py; grep -q "y = 2" src/b.py') == Ended(0)
    assert await sh(given, "exit 42") == Ended(42)


async def test_changed_files_stand_in_the_checkout(given: Path) -> None:
    (given / CHANGED / "src").mkdir()
    (given / CHANGED / "src" / "b.py").write_text("y = 3\n")
    assert await sh(given, 'grep -q "y = 3" src/b.py; grep -q "x = 1" a.py') == Ended(0)


async def test_a_run_leaves_nothing_for_the_next(given: Path) -> None:
    assert await sh(given, "echo z > a.py; echo z > new; echo z > /tmp/new") == Ended(0)
    assert await sh(given, 'grep -q "x = 1" a.py; [ ! -e new ]; [ ! -e /tmp/new ]') == Ended(0)


async def test_there_is_no_network_not_even_to_this_machine(given: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connects = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert (await python(given, connects)).exit_code == 1
        away = "import socket; socket.socket().connect(('192.0.2.1', 80))"
        assert (await python(given, f"try:\n {away}\nexcept OSError as e:\n raise SystemExit(e.errno)")) == Ended(101)
        with socket.create_connection(("127.0.0.1", port), 5):
            pass  # so it was the jail that kept it out


async def test_nothing_of_the_environment_leaks(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "the key")
    names = "import os; raise SystemExit(sorted(os.environ) != ['HOME', 'LANG', 'PATH', 'PWD'])"
    assert await python(given, names) == Ended(0)
    assert await sh(given, "! cat /proc/*/environ | grep -q KEY") == Ended(0)


async def test_nothing_of_the_machine_is_seen_but_its_programs(given: Path) -> None:
    for place in ("/root", "/home", "/var", "/run", "/srv", "/opt", "/mnt", "/sys", "/etc/passwd", "/etc/ssh"):
        assert await sh(given, f"[ ! -e {place} ]") == Ended(0), place
    assert await sh(given, '[ "$(ls /proc | grep -c "^[0-9]")" -lt 8 ]; [ -z "$(ls /tmp)" ]') == Ended(0)


async def test_nothing_can_be_written_but_the_checkout_and_tmp(given: Path) -> None:
    for place in ("/x", "/usr/x", "/usr/local/x", "/etc/x", "/dev/x", "/given/x", "/given/changed/x"):
        assert (await sh(given, f"echo x > {place}")).exit_code == 1, place
    assert await sh(given, "echo x > /work/x; echo x > /tmp/x") == Ended(0)


async def test_no_right_is_left_and_none_can_be_had(given: Path) -> None:
    assert await sh(given, '[ "$(id -u)" != 0 ]; grep -q "^CapEff:.0*$" /proc/self/status') == Ended(0)
    assert (await sh(given, "unshare --user --map-root-user true")).exit_code not in (0, None)
    assert (await sh(given, "mount -t tmpfs none /tmp")).exit_code not in (0, None)


async def test_an_endless_command_is_ended_with_all_it_started(given: Path) -> None:
    mark = f"{os.getpid()}54321"
    ended = await sh(given, f"setsid sleep {mark} & trap '' TERM INT HUP; while :; do :; done", seconds=2)
    assert ended == Ended(None, "it did not end within 2 seconds")
    assert await gone(mark)


async def test_what_a_command_leaves_running_ends_with_it(given: Path) -> None:
    mark = f"{os.getpid()}65432"
    assert await sh(given, f"setsid sleep {mark} & exit 3") == Ended(3)
    assert await gone(mark)


async def test_a_cancelled_run_leaves_nothing_running(given: Path) -> None:
    mark = f"{os.getpid()}76543"
    running = asyncio.ensure_future(sh(given, f"exec sleep {mark}"))
    await asyncio.to_thread(_wait_until, mark, there=True)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert await gone(mark)


async def test_a_fork_bomb_runs_into_its_limit(given: Path) -> None:
    many = "import os, time\nfor n in range(400):\n  if os.fork() == 0: time.sleep(60)"
    caught = f"try:\n {many.replace(chr(10), chr(10) + ' ')}\nexcept BlockingIOError: raise SystemExit(7)"
    assert await python(given, caught) == Ended(7)


async def test_a_bomb_that_never_gives_up_is_ended_in_time(given: Path) -> None:
    assert (await sh(given, "b() { b | b & }; b; sleep 60", seconds=3)).exit_code != 0
    assert await sh(given, "true") == Ended(0)


async def test_memory_runs_into_its_limit(given: Path) -> None:
    hoard = "try: bytearray(5 << 30)\nexcept MemoryError: raise SystemExit(7)"
    assert await python(given, hoard) == Ended(7)


async def test_a_disk_cannot_be_filled(given: Path) -> None:
    assert (await sh(given, "for n in 1 2 3; do head -c 250M /dev/zero > f$n; done")).exit_code == 1
    for place in ("/tmp", "/dev/shm"):
        assert (await sh(given, f"head -c 200M /dev/zero > {place}/f")).exit_code == 1, place
    assert await sh(given, "head -c 300M /dev/zero > f") == Ended(128 + 25)  # SIGXFSZ


async def test_output_without_end_fills_nothing(given: Path) -> None:
    assert await sh(given, "yes | head -c 300M; yes | head -c 300M >&2") == Ended(0)


async def test_a_checkout_that_cannot_be_unpacked_is_not_run(given: Path) -> None:
    (given / TREE).write_bytes(b"no archive")
    assert await sh(given, "true") == Ended(None, "the checkout could not be unpacked")


async def test_a_checkout_that_is_a_bomb_is_not_run(given: Path) -> None:
    with tarfile.open(given / TREE, "w:gz", compresslevel=1) as archive:
        for number in range(3):
            member = tarfile.TarInfo(f"top/{number}")
            member.size = 200 << 20
            archive.addfile(member, Zeros())
    assert await sh(given, "true") == Ended(None, "the checkout could not be unpacked")


async def test_a_jail_that_works_is_accepted() -> None:
    await Jail().check()


async def test_a_bubblewrap_that_cannot_make_namespaces_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with folder() as place:
        program = place / "bwrap"
        program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
        program.chmod(0o755)
        place.chmod(0o755)
        monkeypatch.setattr("jail.bubblewrap._PATH", f"{place}:/usr/bin:/bin")
        with pytest.raises(JailRefused, match=r"No permissions to create new namespace.*a kernel that lets"):
            await Jail().check()


async def test_a_machine_without_bubblewrap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jail.bubblewrap._PATH", "/nowhere")
    with pytest.raises(JailRefused, match="the program bwrap is missing: install the package bubblewrap"):
        await Jail().check()


def test_without_the_setting_there_is_no_jail() -> None:
    assert open_jail(None) is None
    with pytest.raises(JailRefused, match="CI_FIXER_RERUN is 'docker'; it must be bwrap"):
        open_jail("docker")


def _runs(mark: str) -> bool:
    lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    return any(line == f"sleep\0{mark}\0".encode() for line in lines)


def _wait_until(mark: str, *, there: bool) -> None:
    end = time.monotonic() + 10
    while _runs(mark) is not there:
        assert time.monotonic() < end
        time.sleep(0.02)


async def gone(mark: str) -> bool:
    """The kernel ends a namespace's processes at once, but not in the same instant."""
    await asyncio.to_thread(_wait_until, mark, there=False)
    return True
