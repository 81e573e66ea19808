"""Red repositories: `cases/NAME.toml`, and what came of the real run in `recorded/NAME.log` and `NAME.diff`."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

FOLDER = Path(__file__).parent / "cases"
RECORDED = Path(__file__).parent / "recorded"
WORKFLOW = ".github/workflows/ci.yml"

Ends = Literal["verified", "offered", "advised", "nothing"]
"""CI's own green after the approval; a fix that the App may show and not commit; words alone; nothing at all."""


class Case(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A project and the change that breaks it."""

    ecosystem: str
    recipe: str
    """The recipe that must mend it; empty where none may propose anything."""
    ends: Ends
    run: str
    """The script of the step that passes on the green project and fails on the broken one."""
    green: dict[str, str]
    broken: dict[str, str]
    needs: list[str] = []
    """Programs that must be on PATH."""

    def before(self) -> dict[str, bytes]:
        """The green project, with its workflow."""
        return {WORKFLOW: self._workflow().encode()} | {path: text.encode() for path, text in self.green.items()}

    def after(self) -> dict[str, bytes]:
        """The broken project, whole."""
        return self.before() | {path: text.encode() for path, text in self.broken.items()}

    def _workflow(self) -> str:
        steps = [{"uses": "actions/checkout@v4"}, {"run": self.run}]
        text: str = yaml.safe_dump(
            {"name": "CI", "on": "push", "jobs": {"check": {"runs-on": "ubuntu-latest", "steps": steps}}},
            sort_keys=False,
        )
        return text


class Tools(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is installed for the real runs, `name==version` and `name@version`."""

    pip: list[str]
    npm: list[str]


@cache
def cases(folder: Path = FOLDER) -> dict[str, Case]:
    """Read every case of a folder, in order of name; raises msgspec.ValidationError with the key that is wrong."""
    return {path.stem: read_case(path) for path in sorted(folder.glob("*.toml"))}


def read_case(path: Path) -> Case:
    """Read one case; raises msgspec.ValidationError with the key that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=Case)


def tools() -> Tools:
    """Read what the real runs need beside the machine's own programs."""
    return msgspec.toml.decode((Path(__file__).parent / "tools.toml").read_bytes(), type=Tools)
