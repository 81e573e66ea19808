"""What the demo runs on this machine: a database, the sandbox as its GitHub, and the App as two processes of its own.

The App is started as its users start it, `ci-fixer web` and `ci-fixer worker`, and knows of the demo only what its
environment says; what it does is seen from GitHub's side alone.
"""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import project
from github_app.manifest import ManifestError, read_manifest
from github_app.oauth import CALLBACK_PATH
from sandbox.registry import SandboxApp, SandboxRepository
from sandbox.server import Sandbox, serve
from storage.embedded import embedded
from storage.migrate import migrate

_START_SECONDS = 30
_STOP_SECONDS = 10
_TAIL_LINES = 20
_LISTENING = re.compile(r"listens on (http://\S+)")
_TOOLS = ("ruff", "pytest")


class DemoFailed(Exception):
    """The demo cannot go on; the text says why, with the App's own last words where it spoke."""


@dataclass(slots=True)
class Program:
    """One process of the App, with the last lines that it said."""

    name: str
    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    async def line(self) -> str:
        """Its next line. Raises DemoFailed where it has ended."""
        if self.process.stdout is None:
            raise DemoFailed(f"ci-fixer {self.name} has no output")
        raw = await self.process.stdout.readline()
        if not raw:
            raise DemoFailed(f"ci-fixer {self.name} ended by itself:\n" + "\n".join(self.said[-_TAIL_LINES:]))
        text = raw.decode(errors="replace").rstrip()
        self.said = [*self.said[-_TAIL_LINES:], text]
        return text

    async def first_line_with(self, words: re.Pattern[str]) -> "re.Match[str]":
        """Wait until it says something; what it said before is kept for errors."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                while True:
                    if found := words.search(await self.line()):
                        return found
        except TimeoutError:
            raise DemoFailed(f"ci-fixer {self.name} was not ready within {_START_SECONDS} seconds") from None

    async def listen(self) -> None:
        """Keep what it says until it ends, so that its output never fills the pipe."""
        with contextlib.suppress(DemoFailed):
            while True:
                await self.line()


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    sandbox: Sandbox
    url: str
    app: SandboxApp
    app_url: str
    repository: SandboxRepository
    database_url: str
    programs: tuple[Program, ...]

    def last_words(self) -> str:
        """What the App's processes said last, for an error."""
        said = [f"  {one.name}: {line}" for one in self.programs for line in one.said[-_TAIL_LINES:]]
        return "\n".join(said)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Set everything up in a folder of its own, and take it down and away at the end. Raises DemoFailed."""
    _check_tools()
    with _folder() as folder, embedded(folder / "data") as database_url:
        await migrate(database_url)
        sandbox = Sandbox(folder / "github")
        async with serve(sandbox) as url:
            app = await _app(sandbox)
            environment = _environment(app, url, database_url, folder)
            async with _program("web", environment) as web, _program("worker", environment) as worker:
                app_url = (await web.first_line_with(_LISTENING))[1]
                await sandbox.set_webhook(app, f"{app_url}/webhook/github")
                await sandbox.set_callback_urls(app, [f"{app_url}{CALLBACK_PATH}"])
                repository = await _repository(sandbox)
                await worker.first_line_with(re.compile("works"))
                async with _listening(web), _listening(worker):
                    await sandbox.install(app, project.OWNER, [repository])
                    yield Stage(sandbox, url, app, app_url, repository, database_url, (web, worker))


async def _app(sandbox: Sandbox) -> SandboxApp:
    """The App as its manifest describes it: the demo asks for nothing that an organisation would not be asked for."""
    try:
        asked = await asyncio.to_thread(read_manifest)
    except ManifestError as error:
        raise DemoFailed(f"{error}. The demo runs from a checkout.") from error
    secret = secrets.token_hex(32)
    return await sandbox.create_app(asked.name, asked.default_permissions, asked.default_events, None, secret)


async def _repository(sandbox: Sandbox) -> SandboxRepository:
    await sandbox.create_user(project.OWNER, "Organization")
    for login in (project.AUTHOR, project.MAINTAINER):
        await sandbox.create_user(login)
    made = await sandbox.create_repository(project.OWNER, project.NAME, project.GREEN)
    await sandbox.set_role(made, project.AUTHOR, "write")
    await sandbox.set_role(made, project.MAINTAINER, "maintain")
    return made


def _environment(app: SandboxApp, url: str, database_url: str, folder: Path) -> Mapping[str, str]:
    """The App's settings, and nothing of the caller's: a key that is set for real work must not be spent here."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        # No `.env` of the folder is read.
        "ENVIRONMENT": "test",
        # No model, by choice and not for want of a key.
        "CI_FIXER_ENGINE": "recipes_only",
        "DATABASE_URL": database_url,
        "CI_FIXER_DATA": str(folder / "data"),
        "GITHUB_API_URL": url,
        "GITHUB_APP_ID": str(app.app_id),
        "GITHUB_PRIVATE_KEY": app.private_key_pem,
        "GITHUB_WEBHOOK_SECRET": app.webhook_secret,
        "GITHUB_CLIENT_ID": app.client_id,
        "GITHUB_CLIENT_SECRET": app.client_secret,
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


@asynccontextmanager
async def _program(name: str, environment: Mapping[str, str]) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "github_app",
        name,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C is the demo's to handle, in its order: first the App, then what it talks to.
        start_new_session=True,
    )
    try:
        yield Program(name, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _listening(program: Program) -> AsyncIterator[None]:
    task = asyncio.create_task(program.listen(), name=f"listen to {program.name}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ci-fixer-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_tools() -> None:
    """The demo's CI runs the tools beside this interpreter, as `actions/setup-python` gives them in the sandbox."""
    beside = Path(sys.executable).parent
    missing = [tool for tool in _TOOLS if not (beside / tool).exists()]
    if missing:
        raise DemoFailed(f"the demo's CI runs {' and '.join(missing)}: pip install {' '.join(missing)}")
    if shutil.which("git") is None:
        raise DemoFailed("the demo's repository is a real one: install git")
