"""Fetch GitHub's OpenAPI document from the npm package ``@octokit/openapi`` into ``.cache/``, for the tests.

The package is pinned by its version, the document by its hash: on every machine the sandbox is held to the same one. To
take a newer one, write its version and hash here.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "23.0.2"
SHA256 = "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a"
"""Of the document itself."""
_MEMBER = "package/generated/api.github.com.json"
TARGET = Path(__file__).parents[1] / ".cache" / "api.github.com.json"


class FetchFailed(Exception):
    """The document could not be had, or is not the one that is pinned."""


def main() -> int:
    """Fetch unless the pinned document is there; the exit code says whether it is there now."""
    try:
        if _is_document(TARGET):
            print(f"{TARGET} is there already (@octokit/openapi {VERSION})")
            return 0
        with tempfile.TemporaryDirectory() as folder:
            fetch(Path(folder), TARGET)
    except FetchFailed as error:
        print(f"openapi: {error}", file=sys.stderr)
        return 1
    print(f"{TARGET}: @octokit/openapi {VERSION}, {TARGET.stat().st_size:,} bytes, as pinned")
    return 0


def fetch(folder: Path, target: Path) -> None:
    """Pack the pinned version in ``folder``, check it, and put its document at ``target``. Raises FetchFailed."""
    npm = shutil.which("npm")
    if npm is None:
        raise FetchFailed("there is no npm on this machine; it comes with Node.js (https://nodejs.org)")
    command = (npm, "pack", f"@octokit/openapi@{VERSION}", "--silent", "--pack-destination", str(folder))
    packed = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = [*folder.glob("*.tgz")]
    if packed.returncode != 0 or len(archives) != 1:
        raise FetchFailed(f"npm pack gave no package (exit code {packed.returncode}): {packed.stderr.strip()}")
    _unpack(archives[0], target)


def _unpack(archive: Path, target: Path) -> None:
    """Write the one file that is wanted; it appears whole or not at all."""
    with tarfile.open(archive) as opened:
        member = opened.extractfile(_MEMBER) if _MEMBER in opened.getnames() else None
        if member is None:
            raise FetchFailed(f"the package has no {_MEMBER}")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        with part.open("wb") as file:
            shutil.copyfileobj(member, file)
    if not _is_document(part):
        part.unlink()
        raise FetchFailed(f"{_MEMBER} of @octokit/openapi {VERSION} is not the document that is pinned")
    part.replace(target)


def _is_document(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


if __name__ == "__main__":
    sys.exit(main())
