"""The same mistake in two projects that share nothing else, as tools told it: `pairs/TOOL.pairs.toml` and `TOOL.logs`.

Beside the recorded cases they are what the search for similar failures is measured on.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis

FOLDER = Path(__file__).parent / "pairs"
_SUFFIX = ".pairs.toml"
"""A file named `ruff.toml` alone would be that tool's own settings."""
_MARK = "=== {} ===\n"


class Side(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One project that makes the mistake."""

    run: str
    """The failing step's script."""
    files: dict[str, str] = {}


class Mistake(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The two projects."""

    one: Side
    other: Side


@dataclass(frozen=True, slots=True)
class Tool:
    """The mistakes that are shown with one tool; `install` runs once for all of them, outside of the logs."""

    name: str
    install: tuple[str, ...]
    mistakes: dict[str, Mistake]

    @property
    def sides(self) -> dict[str, Side]:
        """Every project, by `MISTAKE/one` or `MISTAKE/other`."""
        return {
            f"{name}/{side}": getattr(mistake, side)
            for name, mistake in self.mistakes.items()
            for side in ("one", "other")
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """A mistake by its name, such as `ruff/unused-import`, with what the analysis says of both logs."""

    name: str
    one: Diagnosis
    other: Diagnosis


def tool_names() -> list[str]:
    """Name every tool, in order."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in FOLDER.glob(f"*{_SUFFIX}"))


def read_tool(name: str) -> Tool:
    """Read one tool's mistakes; raises msgspec.ValidationError with the key that is wrong."""
    found = msgspec.toml.decode((FOLDER / f"{name}{_SUFFIX}").read_bytes())
    install = tuple(found.pop("install"))
    return Tool(name, install, msgspec.convert(found, dict[str, Mistake]))


def write_logs(name: str, logs: dict[str, str]) -> None:
    """Keep the logs of one tool, by side."""
    text = "".join(f"{_MARK.format(side)}{log}" for side, log in logs.items())
    (FOLDER / f"{name}.logs").write_text(text, encoding="utf-8", newline="\n")


def read_logs(name: str) -> dict[str, str]:
    """The logs of one tool, by side."""
    text = (FOLDER / f"{name}.logs").read_bytes().decode()
    parts = re.split(r"(?m)^=== (\S+/(?:one|other)) ===\n", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def recorded_pairs() -> tuple[Pair, ...]:
    """Every mistake of which both logs are there, diagnosed once a process."""
    return tuple(pair for name in tool_names() for pair in _pairs_of(name))


def _pairs_of(name: str) -> list[Pair]:
    told = {side: analyze([log.encode()]) for side, log in read_logs(name).items()}
    return [
        Pair(f"{name}/{mistake}", told[f"{mistake}/one"], told[f"{mistake}/other"])
        for mistake in read_tool(name).mistakes
    ]
