"""Line ends made the same within a file, as pre-commit's `mixed-line-ending` does it by its own rule.

By default the most frequent end wins, and `\\n` where two are as frequent
(https://github.com/pre-commit/pre-commit-hooks/blob/main/pre_commit_hooks/mixed_line_ending.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.pre_commit import CONFIG, hook_arguments, lines_of_hooks
from analysis.recipes.stretches import in_repository, stretches

_HOOK = "mixed-line-ending"
_FIXED = re.compile(r"^(?P<path>.{1,400}): fixed mixed line endings$")


@dataclass(frozen=True, slots=True)
class LineEndings:
    """The recipe `line-endings`."""

    name: str = "line-endings"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that the hook changed, and pre-commit's configuration."""
        fixed = _fixed(diagnosis)
        return fixed | {CONFIG} if fixed else frozenset()

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """End each line of the files alike, where the hook goes by its default."""
        edits: list[Edit] = []
        arguments = hook_arguments(files.get(CONFIG), _HOOK)
        if CONFIG not in files or any(
            argument.startswith("--fix") and "auto" not in argument for argument in arguments
        ):
            return None
        done = [path for path in sorted(_fixed(diagnosis) & files.keys()) if "\r" in text_of(files[path])]
        for path in done:
            text = text_of(files[path])
            edits += edits_between(path, text, _alike(text))
        if not edits:
            return None
        names = ", ".join(f"`{path}`" for path in done)
        return Proposal(
            recipe=self.name,
            summary=f"End all lines alike in {names}",
            explanation=f"The hook {_HOOK} found lines that end in `\\r\\n` beside lines that end in `\\n` in {names}.",
            edits=tuple(edits),
            confidence=0.95,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if place.path in done),
        )


def _fixed(diagnosis: Diagnosis) -> frozenset[str]:
    return frozenset(
        path
        for stretch in stretches(diagnosis)
        for hook, line in lines_of_hooks(stretch)
        if hook == _HOOK and (match := _FIXED.match(line)) and (path := in_repository(match["path"]))
    )


def _alike(text: str) -> str:
    """Give the text with the more frequent of the two ends; as it is where a `\\r` stands alone."""
    windows = text.count("\r\n")
    if text.count("\r") != windows:
        return text
    plain = text.replace("\r\n", "\n")
    return plain if 2 * windows <= plain.count("\n") else plain.replace("\n", "\r\n")
