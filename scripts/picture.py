"""Draw docs/comment.png and docs/check-run.png: the demo's report while the fix waits for a decision. Needs Chromium.

Run with: python -m scripts.picture
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from demo.stage import stage
from demo.story import Story

_TARGET = Path(__file__).parent.parent / "docs"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1.5",
)


async def main() -> int:
    """Play the story to its middle and take both pictures; 1 where there is no browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium on this machine: install one to draw the pictures", file=sys.stderr)
        return 1
    async with stage() as running:
        proposal = await Story(running, lambda _: None, print).begin()
        at = f"{running.url}/{running.repository.full_name}"
        await _shoot(browser, f"{at}/pull/{proposal.pull_request}", _TARGET / "comment.png", "1000,760")
        await _shoot(browser, f"{at}/runs/{proposal.check_run.id}", _TARGET / "check-run.png", "1000,1330")
    return 0


async def _shoot(browser: str, url: str, target: Path, size: str) -> None:
    with tempfile.TemporaryDirectory() as profile:
        arguments = (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={size}", f"--screenshot={target}", url)
        process = await asyncio.create_subprocess_exec(
            browser, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
