"""Honest fixes with a history: of the red repositories, of the recorded failures, and of this project itself.

- `../../repairs/cases`: what led from green to red, the other way round, where that repair may be applied;
- `mended.toml`: what mends the planted faults of the cases in `../recorded`;
- `history/*.patch`: whole commits of this repository, written by `python -m scripts.honest_patches`.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.patch import FilePatch, Patch

_HERE = Path(__file__).parent
_RECORDED = _HERE.parent / "recorded"
_REPAIRS = _HERE.parent.parent / "repairs" / "cases"


@dataclass(frozen=True, slots=True)
class Fix:
    """A whole patch, and where it is from."""

    name: str
    patch: Patch


def _fix(name: str, files: dict[str, tuple[str | None, str]]) -> Fix:
    changed = (
        FilePatch(path, None if before is None else before.encode(), after.encode(), None)
        for path, (before, after) in sorted(files.items())
        if before != after
    )
    return Fix(name, Patch(tuple(changed), "", ""))


def _repairs() -> Iterator[Fix]:
    for file in sorted(_REPAIRS.glob("*.toml")):
        case = tomllib.loads(file.read_text())
        # What took a file or a test back would be no fix of ours, and one that is only shown is not applied.
        mends = case["broken"].keys() <= case["green"].keys() and not any("test" in path for path in case["broken"])
        if case["ends"] == "verified" and mends:
            yield _fix(file.stem, {path: (text, case["green"][path]) for path, text in case["broken"].items()})


def _mended() -> Iterator[Fix]:
    edits: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in tomllib.loads((_HERE / "mended.toml").read_text())["mend"]:
        edits[one["case"]].append((one["path"], one["old"], one["new"]))
    for name, changes in edits.items():
        before: dict[str, str] = tomllib.loads((_RECORDED / f"{name}.toml").read_text())["files"]
        after = dict(before)
        for path, old, new in changes:
            if after[path].count(old) != 1:
                raise ValueError(f"{name}: {old!r} stands {after[path].count(old)} times in {path}")
            after[path] = after[path].replace(old, new)
        yield _fix(name, {path: (before[path], after[path]) for path in before})


def _history() -> Iterator[Fix]:
    """Read patches that hold each file whole, so that both its sides can be told from the one text."""
    for file in sorted((_HERE / "history").glob("*.patch")):
        files: dict[str, tuple[str | None, str]] = {}
        for section in file.read_text().split("diff --git ")[1:]:
            head, _, body = section.partition("\n@@")
            lines = body.partition("\n")[2].splitlines(keepends=True)
            path = head.partition("\n+++ b/")[2].partition("\n")[0]
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            files[path] = (None if "\nnew file" in head else before, after)
        yield _fix(file.stem, files)


FIXES = (*_repairs(), *_mended(), *_history())
