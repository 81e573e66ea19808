"""The commands that serve, as an operator meets them: what is wrong is said in one sentence, before anything starts."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.server import Sandbox, serve

SECRET = "a secret of the tests"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def key() -> str:
    return pem(rsa.generate_private_key(65537, 2048))


def ci_fixer(command: str, folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end with these settings and no others."""
    given = {
        "PATH": os.environ["PATH"], "CI_FIXER_DATA": str(folder / "data"), "ENVIRONMENT": "test", **environment,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "github_app", command, *arguments],
        capture_output=True,
        text=True,
        env=given,
        cwd=Path(__file__).parent.parent.parent,
        timeout=60,
        check=False,
    )


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """The sentence a command ended with; no traceback, nothing on standard output."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith("ci-fixer: ")
    assert "Traceback" not in done.stderr
    return done.stderr.removeprefix("ci-fixer: ").strip()


@pytest.mark.parametrize("command", ["web", "worker", "all"])
def test_nothing_starts_without_a_webhook_secret(tmp_path: Path, command: str) -> None:
    said = refusal(ci_fixer(command, tmp_path))
    assert said.startswith("GITHUB_WEBHOOK_SECRET is not set")
    assert "openssl rand -hex 32" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["worker", "all"])
def test_no_worker_starts_without_the_apps_id_and_key(tmp_path: Path, command: str, key: str) -> None:
    assert "GITHUB_APP_ID is not set" in refusal(ci_fixer(command, tmp_path, GITHUB_WEBHOOK_SECRET=SECRET))
    said = refusal(ci_fixer(command, tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, GITHUB_APP_ID="7"))
    assert "GITHUB_PRIVATE_KEY is not set, nor GITHUB_PRIVATE_KEY_FILE" in said
    assert key not in said


def test_a_wrong_key_file_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    settings = {"GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_APP_ID": "7"}
    file = tmp_path / "app.pem"
    wrong = {
        "which cannot be read as a PEM file": None,
        "holds no private key": "ssh-ed25519 AAAA somebody",
        "holds a key that is not RSA": pem(ec.generate_private_key(ec.SECP256R1())),
    }
    for expected, text in wrong.items():
        if text is not None:
            file.write_text(text)
        said = refusal(ci_fixer("worker", tmp_path, GITHUB_PRIVATE_KEY_FILE=str(file), **settings))
        assert said.startswith("GITHUB_PRIVATE_KEY_FILE")
        assert expected in said


@pytest.mark.parametrize("command", ["migrate", "web"])
def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path, command: str) -> None:
    url = "postgresql://ci:hunter2@127.0.0.1:9/ci_fixer"
    said = refusal(ci_fixer(command, tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, DATABASE_URL=url))
    assert said.startswith("the database at 127.0.0.1:9/ci_fixer does not answer")
    assert "hunter2" not in said
    assert "unset DATABASE_URL to use the embedded one" in said


def test_what_is_no_database_url_is_said_to_be_none(tmp_path: Path) -> None:
    said = refusal(ci_fixer("web", tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, DATABASE_URL="mysql://ci:hunter2@db/x y"))
    assert "DATABASE_URL" in said
    assert "hunter2" not in said


def test_a_port_that_is_taken_is_named(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(
            ci_fixer("web", tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, DATABASE_URL=database_url, PORT=str(port))
        )
    assert said == f"port {port} on 127.0.0.1 is taken by another program. Set PORT to a free one."


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "web"), ("PORT", "70000"), ("GITHUB_APP_ID", "12a"), ("GITHUB_API_URL", "github.com")]
)
def test_a_setting_of_the_wrong_kind_is_named_with_its_value(tmp_path: Path, name: str, value: str) -> None:
    said = refusal(ci_fixer("web", tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, **{name: value}))
    assert said.startswith(name)
    assert value in said


@pytest.mark.parametrize(
    ("engine", "words"),
    [("gpt", "must be one of recipes_only, gemini, portia"), ("gemini", "GOOGLE_API_KEY is not set")],
)
def test_an_engine_that_cannot_run_is_refused_before_anything_starts(
    tmp_path: Path, key: str, engine: str, words: str
) -> None:
    app = {"GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": key}
    said = refusal(ci_fixer("worker", tmp_path, **app, CI_FIXER_ENGINE=engine))
    assert words in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CI_FIXER_MODELS": "gemini-2.5-flash"}, "CI_FIXER_MODELS names models, but no model is asked here"),
        ({"CI_FIXER_MODELS": "gemini-2.5-flash, openai:x", "GOOGLE_API_KEY": "k"}, "CI_FIXER_MODELS: "),
    ],
)
def test_a_model_for_repositories_that_cannot_be_asked_is_refused_before_anything_starts(
    tmp_path: Path, key: str, environment: dict[str, str], words: str
) -> None:
    app = {"GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": key}
    said = refusal(ci_fixer("worker", tmp_path, **app, **environment))
    assert said.startswith(words)
    assert not (tmp_path / "data").exists()


def test_a_jail_that_is_none_is_refused_before_anything_starts(tmp_path: Path, key: str) -> None:
    app = {"GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": key}
    said = refusal(ci_fixer("worker", tmp_path, **app, CI_FIXER_RERUN="docker"))
    assert said == "CI_FIXER_RERUN is 'docker'; it must be bwrap, or unset, which runs nothing."
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "command", ["demo", "migrate", "web", "worker", "all", "analyze", "redeliver", "setup", "token"]
)
def test_every_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "github_app", command, "--help"], capture_output=True, text=True, check=True
    )
    assert "example" in done.stdout
    assert f"ci-fixer {command}" in done.stdout


def test_a_word_that_is_no_command_is_a_usage_error(tmp_path: Path) -> None:
    done = ci_fixer("wbe", tmp_path)
    assert done.returncode == 2
    assert "invalid choice: 'wbe'" in done.stderr


async def test_a_key_of_another_app_is_refused_at_start(tmp_path: Path, database_url: str, key: str) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    async with serve(sandbox) as url:
        app = await sandbox.create_app("CI Fixer", {"checks": "write"}, (), None, SECRET)
        settings = {"GITHUB_WEBHOOK_SECRET": SECRET, "DATABASE_URL": database_url, "GITHUB_API_URL": url}
        for app_id in (str(app.app_id), "999999"):
            given = {**settings, "GITHUB_APP_ID": app_id, "GITHUB_PRIVATE_KEY": key}
            said = refusal(await asyncio.to_thread(ci_fixer, "worker", tmp_path, **given))
            assert said.startswith(f"GitHub knows no App {app_id} with this private key")


async def test_the_web_role_serves_pages_and_api_with_the_apps_key_and_says_where_sign_in_lacks(
    tmp_path: Path, database_url: str
) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    async with serve(sandbox) as url:
        app = await sandbox.create_app("CI Fixer", {"checks": "write"}, (), None, SECRET)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "github_app", "web",
            env={
                "PATH": os.environ["PATH"], "DATABASE_URL": database_url, "PORT": "0", "GITHUB_API_URL": url,
                "GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_APP_ID": str(app.app_id),
                "GITHUB_PRIVATE_KEY": app.private_key_pem, "GITHUB_CLIENT_ID": app.client_id,
            },
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            own = (await process.stdout.readline()).decode().split()[-1]
            async with httpx.AsyncClient(base_url=own, trust_env=False) as client:
                assert (
                    "GITHUB_CLIENT_SECRET are not set" in (await client.get("/", headers={"Accept": "text/html"})).text
                )
                assert (await client.get("/fixes")).status_code == 401
                assert (await client.get("/ready")).json()["status"] == "ready"
                assert (await client.post("/webhook/github")).status_code == 401
        finally:
            process.terminate()
            await process.wait()
