"""`.env` in the working directory, as every command reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.env_file import read_env_file
from cli.errors import CommandFailed

ROOT = Path(__file__).parent.parent.parent


def wrote(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file = folder / ".env"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return folder


def test_the_environment_wins_even_where_it_is_empty(tmp_path: Path) -> None:
    environment = {"PORT": "1", "HOST": ""}
    read_env_file(environment, wrote(tmp_path, "PORT=2\nHOST=h\nLOG_LEVEL=DEBUG\n"))
    assert environment == {"PORT": "1", "HOST": "", "LOG_LEVEL": "DEBUG"}


def test_values_are_taken_as_they_are_written(tmp_path: Path) -> None:
    text = "\ufeff# ours\nexport A='it is # no remark'\nB=\"two\\nlines\"\nC=a$b${A}c # a remark\nD=\n"
    environment: dict[str, str] = {}
    read_env_file(environment, wrote(tmp_path, text))
    assert environment == {"A": "it is # no remark", "B": "two\nlines", "C": "a$b${A}c", "D": ""}


def test_without_a_file_and_in_tests_nothing_is_read(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    read_env_file(environment, tmp_path)
    environment = {"ENVIRONMENT": "test"}
    read_env_file(environment, wrote(tmp_path, "GOOGLE_API_KEY=real\n"))
    assert environment == {"ENVIRONMENT": "test"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PORT=1\nhunter2 and more\n", "line 2 is not NAME=value"),
        ("PORT=1\n\nGOOGLE_API_KEY='hunter2\n", "line 3 is not NAME=value"),
        ("PORT=1\nhunter2\n", "line 2 is not NAME=value"),
        (b"\xff\xfehunter2", "it is not UTF-8"),
        (b"A=1\n" * 20_000, "no list of variables"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_by_its_line_and_never_by_its_words(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    with pytest.raises(CommandFailed) as failed:
        read_env_file({}, wrote(tmp_path, text))
    assert said in str(failed.value)
    assert str(tmp_path / ".env") in str(failed.value)
    assert "hunter2" not in str(failed.value)


def test_a_file_with_secrets_that_all_may_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "PORT=1\nGOOGLE_API_KEY=hunter2\n"
    read_env_file({}, wrote(tmp_path, text, 0o640))
    assert capsys.readouterr().err == ""
    read_env_file({}, wrote(tmp_path, text, 0o644))
    said = capsys.readouterr().err
    assert said.startswith(f"ci-fixer: everybody on this machine can read {tmp_path / '.env'}, which holds GOOGLE_API")
    assert "chmod 600" in said
    assert "hunter2" not in said
    read_env_file({}, wrote(tmp_path, "PORT=1\n", 0o644))
    assert capsys.readouterr().err == ""


def test_a_command_reads_the_file_of_its_folder(tmp_path: Path) -> None:
    wrote(tmp_path, "GITHUB_WEBHOOK_SECRET='short'\nPORT=http\n")
    done = subprocess.run(
        [sys.executable, "-m", "github_app", "web"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stderr.removeprefix("ci-fixer: ").splitlines()] == [
        "GITHUB_WEBHOOK_SECRET",
        "PORT",
    ]
