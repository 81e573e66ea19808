"""`ci-fixer setup`: register the App on GitHub from its manifest, and write down what the other commands need."""

import argparse
import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from cli.env_file import NAME
from cli.errors import CommandFailed
from cli.process import stopping
from github_app.manifest import ManifestError, read_manifest
from github_app.server import PortTaken, listen, serve
from github_app.settings import SettingsError, api_url, web_url_of
from github_app.setup import Registered, Setup, SetupFailed

_KEY, _ENV = "ci-fixer.private-key.pem", "ci-fixer.env"


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "setup",
        help="register the App on GitHub",
        description="Serve one page on this machine from which the App is registered on GitHub with the permissions of "
        f"app.yml; then write {_KEY} and {_ENV}, readable by you alone. Run it where your browser is.",
        epilog="example: ci-fixer setup --url https://ci-fixer.acme.dev --organization acme",
    )
    parser.add_argument("--url", required=True, help="where GitHub will reach the App, without a path")
    parser.add_argument("--organization", help="the organisation that owns the App; without it, your own account")
    parser.add_argument("--name", help="the App's name, unique on GitHub (CI Fixer, with the organisation's name)")
    parser.add_argument("--port", type=int, default=0, help="of the page on this machine (any free one)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where to write (the current folder)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Register, write, and say how to go on. Raises CommandFailed; writes nothing then."""
    folder: Path = arguments.folder
    try:
        _check(arguments.url, folder)
        registered = asyncio.run(_registered(arguments))
        if registered is None:
            raise CommandFailed("stopped before GitHub had answered; nothing was written")
        _write(folder, registered)
    except (ManifestError, SettingsError, SetupFailed, PortTaken, OSError) as error:
        raise CommandFailed(str(error)) from error
    print(f"wrote {folder / _KEY} and {folder / _ENV}")
    print(f"install it:  {registered.html_url}/installations/new")
    print(f"start it:    mv {folder / _ENV} {folder / NAME}; ci-fixer all")
    return 0


def _check(url: str, folder: Path) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or parts.path not in ("", "/") or not (parts.scheme == "https" or local):
        raise CommandFailed(f"--url is {url!r}; it must be like https://ci-fixer.acme.dev, where GitHub can reach it")
    if not folder.is_dir():
        raise CommandFailed(f"{folder} is no folder")
    for name in (_KEY, _ENV):
        if (folder / name).exists():
            raise CommandFailed(f"{folder / name} is there already: an App was registered. Move it away to begin anew.")


async def _registered(arguments: argparse.Namespace) -> Registered | None:
    api = api_url(os.environ)
    organization: str | None = arguments.organization
    with listen("127.0.0.1", arguments.port) as listening:
        setup = Setup(
            manifest=read_manifest(),
            name=arguments.name or (f"CI Fixer {organization}" if organization else "CI Fixer"),
            organization=organization,
            web_url=web_url_of(api),
            api_url=api,
            public_url=arguments.url.rstrip("/"),
            own_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
        )
        async with stopping() as stop:
            serving = asyncio.create_task(serve(setup.app(), listening, stop), name="setup")
            setup.registered.add_done_callback(lambda _: stop.set())
            print(f"open in your browser: {setup.start_url}", flush=True)
            await serving
    return setup.registered.result() if setup.registered.done() else None


def _write(folder: Path, registered: Registered) -> None:
    """Both files for the owner's eyes alone, from the first byte on."""
    key = (folder / _KEY).absolute()
    settings = {
        "GITHUB_APP_ID": str(registered.id),
        "GITHUB_PRIVATE_KEY_FILE": str(key),
        "GITHUB_WEBHOOK_SECRET": registered.webhook_secret,
        "GITHUB_CLIENT_ID": registered.client_id,
        "GITHUB_CLIENT_SECRET": registered.client_secret,
    }
    if "GITHUB_API_URL" in os.environ:
        settings["GITHUB_API_URL"] = os.environ["GITHUB_API_URL"]
    for path, text in ((key, registered.pem), (folder / _ENV, "".join(f"{k}='{v}'\n" for k, v in settings.items()))):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
