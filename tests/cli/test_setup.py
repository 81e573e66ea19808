"""Registering the App: what a person does in a browser, against the sandbox."""

import asyncio
import html
import re
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from github_app.client import APPLY
from github_app.settings import read_settings, web_url_of
from sandbox.server import Sandbox, serve
from tests.cli.test_serving import ci_fixer, refusal

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(tmp_path / "sandbox")
    await sandbox.create_user("acme", "Organization")
    async with serve(sandbox) as url:
        yield sandbox, url


@asynccontextmanager
async def setup(folder: Path, url: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command, running, and the address it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "github_app", "setup", "--url", "https://ci-fixer.acme.dev", "--organization", "acme",
        "--folder", str(folder),
        env={"GITHUB_API_URL": url, "PATH": ""}, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    try:
        yield process, first.split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def press(client: httpx.AsyncClient, page: str) -> httpx.Response:
    """Press the form's button; what GitHub answers is not yet followed."""
    action = re.search(r'action="([^"]+)"', page)
    value = re.search(r'name="manifest" value="([^"]+)"', page)
    assert action is not None
    assert value is not None
    return await client.post(html.unescape(action[1]), data={"manifest": html.unescape(value[1])})


async def test_one_click_registers_the_app_and_writes_what_the_worker_needs(
    github: tuple[Sandbox, str], tmp_path: Path
) -> None:
    sandbox, url = github
    async with setup(tmp_path, url) as (process, start), httpx.AsyncClient() as client:
        back = await press(client, (await client.get(start)).text)
        done = await client.get(back.headers["location"])
        assert "is registered" in done.text
        output, _ = await process.communicate()
        assert process.returncode == 0
    (app,) = sandbox.world.state.apps.values()
    assert (app.name, app.owner.login) == ("CI Fixer acme", "acme")
    assert (app.permissions, app.webhook_url) == (APPLY, "https://ci-fixer.acme.dev/webhook/github")
    assert f"{url}/apps/{app.slug}/installations/new" in output.decode()
    written = dict(line.replace("'", "").split("=", 1) for line in (tmp_path / "ci-fixer.env").read_text().splitlines())
    settings = read_settings(written)
    assert (settings.client_id, settings.client_secret) == (app.client_id, app.client_secret)
    assert app.callback_urls == ("https://ci-fixer.acme.dev/auth/callback",)
    assert settings.app_credentials()[0] == app.id
    assert settings.webhook_secrets == (app.webhook_secret.encode(),)
    for name in ("ci-fixer.env", "ci-fixer.private-key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


async def test_a_stranger_without_the_word_gets_nowhere(github: tuple[Sandbox, str], tmp_path: Path) -> None:
    _, url = github
    async with setup(tmp_path, url) as (_, start), httpx.AsyncClient() as client:
        root = start.rpartition("/")[0]
        assert (await client.get(root)).status_code == 404
        assert (await client.get(f"{root}/done?code=x")).status_code == 404
        assert (await client.get(f"{start}/done?code=x&state=wrong")).status_code == 400
        assert (await client.get(f"{start}/done")).status_code == 400


async def test_a_code_that_github_does_not_know_ends_with_words_and_writes_nothing(
    github: tuple[Sandbox, str], tmp_path: Path
) -> None:
    _, url = github
    async with setup(tmp_path, url) as (process, start), httpx.AsyncClient() as client:
        word = start.rpartition("/")[2]
        assert (await client.get(f"{start}/done?code=x&state={word}")).status_code == 502
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode() == "ci-fixer: GitHub answered 404 when the App was fetched. Begin again.\n"
    assert not (tmp_path / "ci-fixer.env").exists()
    assert not (tmp_path / "ci-fixer.private-key.pem").exists()


def test_an_app_that_was_registered_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "ci-fixer.env").write_text("kept")
    done = ci_fixer("setup", tmp_path, "--url", "https://ci-fixer.acme.dev", "--folder", str(tmp_path))
    assert "ci-fixer.env is there already" in refusal(done)
    assert (tmp_path / "ci-fixer.env").read_text() == "kept"


@pytest.mark.parametrize("url", ["ci-fixer.acme.dev", "http://acme.dev", "https://acme.dev/ci-fixer", "ftp://x"])
def test_an_address_that_github_cannot_use_is_refused(tmp_path: Path, url: str) -> None:
    assert "it must be like https://ci-fixer.acme.dev" in refusal(ci_fixer("setup", tmp_path, "--url", url))


def test_the_url_is_asked_for(tmp_path: Path) -> None:
    done = ci_fixer("setup", tmp_path)
    assert done.returncode == 2
    assert "--url" in done.stderr


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.acme.dev/api/v3", "https://ghe.acme.dev"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
    ],
)
def test_githubs_pages_are_found_from_its_api(api: str, web: str) -> None:
    assert web_url_of(api) == web
