"""A script that may not be executed: the shell's exit code 126. The API that commits for the App sets no modes."""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.advice import lines_of, plain_path

_DENIED = re.compile(r"^(?:\S+: line \d+: |\S*sh: (?:\d+: )?)(?P<path>\S{1,300}): Permission denied$")
_EXIT_CODE = 126


@dataclass(frozen=True, slots=True)
class ExecutableBit:
    """The adviser `executable-bit`."""

    name: str = "executable-bit"

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Name the command that makes the script executable in git."""
        if diagnosis.exit_code != _EXIT_CODE:
            return None
        for line in lines_of(diagnosis):
            match = _DENIED.match(line)
            if match and (path := plain_path(match["path"])):
                return f"`{path}` is not executable. Run `git update-index --chmod=+x {path}` and commit it."
        return None
