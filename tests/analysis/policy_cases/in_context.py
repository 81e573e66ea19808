"""Cheating patches as a tired engineer or a model writes them: whole small files, one change, in many languages.

Each is one `[[cheat]]` of a file in `cheats_in_context`: a path, the file (named in `[bases]`, or given as `before`;
none for a new one), the text that goes and the one that comes (or the whole `after`), and the rule that must speak.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.analysis.policy_cases import Case, edited

_FOLDER = Path(__file__).parent / "cheats_in_context"


def _read() -> Iterator[Case]:
    for file in sorted(_FOLDER.glob("*.toml")):
        document = tomllib.loads(file.read_text())
        for one in document["cheat"]:
            before = document["bases"][one["base"]] if "base" in one else one.get("before")
            if "after" in one:
                yield Case(one["name"], one["path"], before, one["after"], one["rule"])
            else:
                yield edited(one["path"], before, one["old"], one["new"], one["rule"])


def _honest() -> Iterator[Case]:
    document = tomllib.loads((_FOLDER.parent / "honest_later.toml").read_text())
    yield from (edited(one["path"], one["before"], one["old"], one["new"]) for one in document["fix"])


CHEATS_IN_CONTEXT = tuple(_read())
HONEST_IN_CONTEXT = tuple(_honest())
