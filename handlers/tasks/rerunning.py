"""Whether a fix ends the failure here too: the failing step's own script, run in a jail before the fix and with it.

Only where an operator has set up a jail. What hinders it leaves the proof where it was, and never a fix.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from analysis.diagnosis import Script
from analysis.patch import Patch
from github_app.client import Installation
from github_app.errors import CiFixerError
from github_app.model import Sha
from handlers.services import Services
from handlers.tasks.reading import diagnosis_of
from jail.bubblewrap import CHANGED, GIVEN, TREE, Jail, folder
from storage.failures import FailureRow

_LOG = logging.getLogger(__name__)
_MOST_TREE_BYTES = 64 << 20
"""Packed: what unpacks to more than the jail's memory is not run anyway."""
_MOST_SCRIPTS = 3
"""Each runs twice, and a person waits for the fix."""
_SHELLS = frozenset({"bash", "sh"})


async def passes_again(
    services: Services, installation: Installation, patch: Patch, covered: Sequence[FailureRow]
) -> bool:
    """True where each covered failure's script fails on the head with CI's own exit code, and passes with the patch."""
    scripts = _scripts(covered)
    if services.jail is None or not scripts:
        return False
    try:
        async with folder() as given:
            await _fetch(installation, Sha(covered[0].head_sha), given / TREE)
            # The tarball lacks what is marked `export-ignore`; a file of the fix must not be missing before it alone.
            before = {one.path: one.before for one in patch.files if one.before is not None}
            await asyncio.to_thread(_write, given, before, scripts)
            if not await _all_end(services.jail, given, scripts):
                return False
            await asyncio.to_thread(_write, given, {one.path: one.after for one in patch.files}, scripts)
            return await _all_end(services.jail, given, dict.fromkeys(scripts, 0))
    except (CiFixerError, OSError) as hindered:
        _LOG.warning("the command was not run again: %s", hindered)
        return False


def _scripts(covered: Sequence[FailureRow]) -> dict[Script, int]:
    """What failed, each with its exit code in CI; nothing where one of the failures has no script to run."""
    found: dict[Script, int] = {}
    for diagnosis in (diagnosis_of(row.diagnosis_json) for row in covered):
        if diagnosis.script is None or not diagnosis.exit_code or not _shell(diagnosis.script, ""):
            return {}
        found[diagnosis.script] = diagnosis.exit_code
    return found if len(found) <= _MOST_SCRIPTS else {}


def _shell(script: Script, place: str) -> list[str]:
    """The words that run the script at `place`, as `/usr/bin/bash -e {0}` says; none for another shell than these."""
    name, *options = script.shell.split() or [""]
    known = PurePosixPath(name).name in _SHELLS and options[-1:] == ["{0}"]
    return [f"/bin/{PurePosixPath(name).name}", *options[:-1], place] if known else []


async def _fetch(installation: Installation, sha: Sha, target: Path) -> None:
    """Keep the head's files. Raises OSError where they are too large."""
    left = _MOST_TREE_BYTES
    file = await asyncio.to_thread(target.open, "wb")
    try:
        async with installation.tarball(sha) as chunks:
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    raise OSError(f"the tarball has more than {_MOST_TREE_BYTES >> 20} MiB")
                await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)


def _write(given: Path, changed: Mapping[str, bytes], scripts: Iterable[Script]) -> None:
    (given / CHANGED).mkdir(exist_ok=True)
    for path, content in changed.items():
        target = given / CHANGED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for number, script in enumerate(scripts):
        (given / str(number)).write_text(script.text, encoding="utf-8")


async def _all_end(jail: Jail, given: Path, wanted: Mapping[Script, int]) -> bool:
    for number, (script, code) in enumerate(wanted.items()):
        ended = await jail.run(given, _shell(script, f"{GIVEN}/{number}"))
        if ended.exit_code != code:
            _LOG.info("a command run again ended with %s, not %s %s", ended.exit_code, code, ended.reason)
            return False
    return True
