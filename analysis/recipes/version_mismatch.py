"""A tool of another version than the project asks for, where the tool names both: which file to look at, in words.

Whether the workflow sets up too old a version or the project asks for too new a one is a person's choice.
"""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.advice import lines_of

# All that a version or a range of versions is written in, so that nothing else of a log is shown.
_RANGE = r"[0-9][\w.+-]{0,30}|[<>=^~!|&*x0-9., -]{1,60}"
_SAID = (
    (
        re.compile(rf'^error \S+: The engine "(?P<tool>node|npm|yarn)" is incompatible with this module\. '
                   rf'Expected version "(?P<wants>{_RANGE})"\. Got "(?P<has>{_RANGE})"'),
        "`engines` in `package.json`, or a dependency's,",
    ),
    (
        re.compile(r"^go: (?:\S+ )?go\.mod requires (?P<tool>go) (?P<wants>>= ?[\d.]+) \(running go (?P<has>[\d.]+)"),
        "`go.mod`",
    ),
    (
        re.compile(rf"^ERROR: Package '[^']{{1,100}}' requires a different (?P<tool>Python): (?P<has>{_RANGE}) not in "
                   rf"'(?P<wants>{_RANGE})'"),
        "`requires-python`",
    ),
    (
        re.compile(rf"^The currently activated (?P<tool>Python) version (?P<has>{_RANGE}) is not supported by the "
                   rf"project \((?P<wants>{_RANGE})\)"),
        "`pyproject.toml`",
    ),
    (
        re.compile(rf"^Your (?P<tool>Ruby) version is (?P<has>{_RANGE}), but your Gemfile "
                   rf"specified (?P<wants>{_RANGE})$"),
        "the `Gemfile`",
    ),
    (
        re.compile(rf"^ {{2,4}}- Root composer\.json requires (?P<tool>php) (?P<wants>{_RANGE}) but your php version "
                   rf"\((?P<has>{_RANGE})[;)]"),
        "`composer.json`",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionMismatch:
    """The adviser `version-mismatch`."""

    name: str = "version-mismatch"

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Name both versions and the file that asks for the one."""
        for line in lines_of(diagnosis):
            text = line.removeprefix("##[error]")
            for pattern, where in _SAID:
                if match := pattern.match(text):
                    return (
                        f"{where} asks for {match['tool']} `{match['wants'].strip()}`, and the job has "
                        f"`{match['has']}`. Set up a fitting version in the workflow, or change what the project "
                        "asks for."
                    )
        return None
